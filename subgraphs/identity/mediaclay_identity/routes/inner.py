"""What other processes of the instance ask: who may not act any more, and who a subject of another issuer is."""

from __future__ import annotations

from mediaclay_kernel.errors import BadUserInput, Forbidden
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.subgraph import Start
from mediaclay_kernel.tokens import directory
from mediaclay_kernel.watching import PATH, Position, shown
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediaclay_identity.oidc.directory import LocalDirectory
from mediaclay_identity.state import State


async def standings(request: Request) -> Response:
    """What `watching.told` reads, for our services. Raises `Unauthenticated`, `Forbidden`, `BadUserInput`, `Unavailable`."""
    start: Start = request.app.state.start
    state: State = request.app.state.running
    caller = await start.verifier.principal(request.headers.get("authorization"))
    is_open = start.settings.public_read or start.settings.service_secret is None
    if caller.type is not PrincipalType.SERVICE and not (is_open and caller.id is None):
        raise Forbidden("This is for our own services.")
    query = request.query_params
    try:
        known = Position(query["epoch"], int(query["after"])) if "epoch" in query else None
    except (KeyError, ValueError) as error:
        raise BadUserInput("after must be a revision.") from error
    return JSONResponse(shown(await state.standings.since(known)), headers={"Cache-Control": "no-store"})


async def principal(request: Request) -> Response:
    """Who the subject of a token of another issuer is; made at first sight. Raises `Unauthenticated`, `Unavailable`."""
    start: Start = request.app.state.start
    state: State = request.app.state.running
    found = await LocalDirectory(state.database, start.verifier).principal(request.headers.get("authorization", ""))
    return JSONResponse({"id": str(found)}, headers={"Cache-Control": "no-store"})


routes = [Route(PATH, standings), Route(directory.PATH, principal, methods=["POST"])]
