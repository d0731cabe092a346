"""What the script of the pages asks for, and the script itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from mediaclay_kernel.errors import BadUserInput, Forbidden, Unauthenticated
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mediaclay_identity import pages, secret
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.operations.passkeys import ask_for_new, ask_to_sign_in
from mediaclay_identity.routes.reading import body_of
from mediaclay_identity.routes.visit import cookie, is_ours
from mediaclay_identity.state import State
from mediaclay_identity.store import logins

SCRIPT = (Path(pages.__file__).parent / "passkeys.js").read_bytes()


async def script(_: Request) -> Response:
    """The script, the same for everybody."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(SCRIPT, media_type="text/javascript", headers=headers)


async def sign_in(request: Request) -> Response:
    """Options to sign in by any passkey of ours."""
    state = await _ours(request)
    return _json(await ask_to_sign_in(state.database, state.party))


async def new(request: Request) -> Response:
    """Options to make a passkey, for somebody who is signed in."""
    state = await _ours(request)
    found = request.cookies.get(cookie(state, "session"), "")
    session = await logins.session(state.database.pool, secret.hashed(found))
    if session is None:
        raise Unauthenticated("Nobody is signed in.")
    login = await logins.of(state.database.pool, session.principal.id)
    name = session.principal.name if login is None else login.name
    return _json(await ask_for_new(state.database, state.party, session.principal, name))


async def _ours(request: Request) -> State:
    state: State = request.app.state.running
    try:
        said: Any = orjson.loads(await body_of(request))
    except (OAuthError, orjson.JSONDecodeError) as error:
        raise BadUserInput("The request can't be read.") from error
    if not isinstance(said, dict) or not is_ours(request, state, str(said.get("csrf", ""))):  # pyright: ignore
        raise Forbidden("The request is not of a page of ours.")
    if not state.party.can_have_passkeys:
        raise BadUserInput("Passkeys need an address with a name, such as localhost.")
    return state


def _json(text: str) -> Response:
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


routes = [
    Route("/oauth/passkeys.js", script),
    Route("/oauth/passkeys/sign-in", sign_in, methods=["POST"]),
    Route("/oauth/passkeys/new", new, methods=["POST"]),
]
