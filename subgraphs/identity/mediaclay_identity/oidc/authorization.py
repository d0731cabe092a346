"""A browser comes to the authorization endpoint on behalf of a client."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mediaclay_identity import scopes
from mediaclay_identity.oidc import asked, redirects
from mediaclay_identity.oidc.errors import OAuthError, RedirectedError, ShownError
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.delegate import Allowed, delegate, grant_code, refuse
from mediaclay_identity.records import ClientRecord, SessionRecord
from mediaclay_identity.store import clients

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_UNSUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported",
                "registration": "registration_not_supported"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Authorization:
    """A request that makes sense."""

    client: ClientRecord
    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    audience: str
    challenge: str
    nonce: str | None
    prompts: frozenset[str]
    max_age: int | None
    login_hint: str

    def refused(self, error: str, description: str) -> RedirectedError:
        """The same request, refused at the client's address."""
        return RedirectedError(self.redirect_uri, self.state, error, description)


async def understood(provider: Provider, given: Mapping[str, str]) -> Authorization:
    """The request of a query string.

    Raises `ShownError` where it can't be trusted to say where an answer may go, `RedirectedError` where it can.
    """
    client_id, redirect_uri, state = given.get("client_id"), given.get("redirect_uri"), given.get("state")
    client = None if client_id is None else await provider.client(client_id)
    if client is None:
        raise ShownError("The application is not known here.")
    if redirect_uri is None or not redirects.is_registered(redirect_uri, client.redirect_uris):
        raise ShownError("The application asks to send you to an address that is not registered for it.")
    try:
        return _checked(provider, given, client, redirect_uri)
    except OAuthError as error:
        raise RedirectedError(redirect_uri, state, error.error, error.description) from error


def _checked(provider: Provider, given: Mapping[str, str], client: ClientRecord, redirect_uri: str) -> Authorization:
    for name, error in _UNSUPPORTED.items():
        if name in given:
            raise OAuthError(error, f"{name} is not supported.")
    if given.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if given.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "response_mode must be query.")
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.match(challenge):
        raise OAuthError("invalid_request", "A code_challenge of the method S256 is needed (RFC 7636).")
    prompts = frozenset(given.get("prompt", "").split())
    if prompts - {"none", "login", "consent", "select_account"} or ("none" in prompts and len(prompts) > 1):
        raise OAuthError("invalid_request", "prompt can't be that.")
    age = given.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) < 10):
        raise OAuthError("invalid_request", "max_age is a number of seconds.")
    return Authorization(
        client, redirect_uri, given.get("state"), asked.for_person(given, client), asked.audience(given, provider.terms),
        challenge, given.get("nonce"), prompts, None if age is None else int(age), given.get("login_hint", ""),
    )  # fmt: skip


def needs_sign_in(request: Authorization, session: SessionRecord | None, *, has_signed_in: bool) -> bool:
    """Whether the person must sign in first. `has_signed_in`: they have just done so for this very request."""
    if session is None:
        return True
    if has_signed_in:
        return False
    age = time.time() - session.began_at.timestamp()
    too_old = request.max_age is not None and age > request.max_age
    return too_old or bool(request.prompts & {"login", "select_account"})


def offered(request: Authorization, session: SessionRecord) -> tuple[str, ...]:
    """What the person can allow: of what was asked for, that which they hold themselves."""
    held = session.principal.scopes
    return tuple(scope for scope in request.scopes if scope in scopes.OIDC or scope in held)


async def needs_consent(provider: Provider, request: Authorization, session: SessionRecord) -> bool:
    """Whether the person must be asked: not for what they allowed a registered client before.

    One that anybody could pose as, since it has no proof and its answer comes to this machine, is asked for each time.
    """
    is_known = not request.client.is_document and not (
        request.client.is_public and redirects.origin(request.redirect_uri).startswith("http://")
    )
    before = await clients.consented(provider.database.pool, session.principal.id, request.client.client_id)
    return not is_known or "consent" in request.prompts or not set(offered(request, session)) <= before


async def allowed(provider: Provider, request: Authorization, session: SessionRecord, address: str | None) -> str:
    """The address to send the browser to, with a code."""
    what = Allowed(request.client, offered(request, session), request.audience, request.nonce, address)
    async with provider.database.transaction() as db:
        made = await delegate(db, session, what)
        code = await grant_code(db, made, request.redirect_uri, request.challenge)
    return _back(provider, request.redirect_uri, {"code": code, "state": request.state})


async def denied(provider: Provider, request: Authorization, session: SessionRecord, address: str | None) -> str:
    """The address to send the browser to, where the person said no."""
    async with provider.database.transaction() as db:
        await refuse(db, session, request.client, address)
    return refused(provider, request.refused("access_denied", "The person refused."))


def refused(provider: Provider, error: RedirectedError) -> str:
    """The address to send the browser to, with an error."""
    said = {"error": error.error, "error_description": error.description, "state": error.state}
    return _back(provider, error.redirect_uri, said)


def _back(provider: Provider, redirect_uri: str, said: dict[str, Any]) -> str:
    return redirects.answer(redirect_uri, {**said, "iss": provider.terms.issuer})  # RFC 9207
