"""The token endpoint: one function for each grant."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from mediaclay_kernel.errors import Forbidden

from mediaclay_identity import secret
from mediaclay_identity.oidc import asked, clients
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.exchange import EXCHANGE, by_exchange
from mediaclay_identity.oidc.form import Presented
from mediaclay_identity.oidc.given import Given, How, given
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.issue_token import Wanted, issue, narrowed
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.redeem import Handed, Refused, redeem_code, redeem_refresh
from mediaclay_identity.records import ClientRecord
from mediaclay_identity.store import delegations

CODE, REFRESH, CLIENT = "authorization_code", "refresh_token", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A form, who sent it, and from where."""

    form: Mapping[str, str]
    presented: Presented
    address: str | None


async def tokens(provider: Provider, request: TokenRequest) -> Given:
    """What a client is given. Raises `OAuthError`, and writes down in the audit what a known client is refused."""
    grant = request.form.get("grant_type")
    if grant is None:
        raise OAuthError("invalid_request", "grant_type is missing.")
    handler = _GRANTS.get(grant)
    if handler is None:
        raise OAuthError("unsupported_grant_type", f"There are {', '.join(_GRANTS)}.")
    try:
        client = await clients.identified(provider, request.presented)
    except OAuthError as error:
        await _note_failure(provider, request, error)
        raise
    try:
        return await handler(provider, client, request)
    except OAuthError as error:
        if error.error not in ("authorization_pending", "slow_down"):
            await _note_failure(provider, request, error)
        raise


async def _note_failure(provider: Provider, request: TokenRequest, error: OAuthError) -> None:
    named = request.presented.client_id
    if named is None or await provider.client(named) is None:
        return  # anybody can invent names, and fill the audit with them
    details = {"grant": request.form.get("grant_type", ""), "error": error.error}
    await note(
        provider.database.pool,
        "TOKEN_REFUSED",
        succeeded=False,
        client_id=named,
        address=request.address,
        details=details,
    )


async def _by_code(provider: Provider, client: ClientRecord, request: TokenRequest) -> Given:
    form = request.form
    code, verifier, uri = (_needed(form, name) for name in ("code", "code_verifier", "redirect_uri"))
    if not _VERIFIER.match(verifier):
        raise OAuthError("invalid_grant", "The code verifier is not one of RFC 7636.")
    async with provider.database.transaction() as db:
        found = await redeem_code(db, Handed(code, client.client_id, uri, verifier))
        if not isinstance(found, Refused):
            _same_audience(provider, form, found.audience)
            return await given(provider, db, client, found, How(CODE, found.scopes, found.audience, request.address))
    raise OAuthError("invalid_grant", found.reason)


async def _by_refresh(provider: Provider, client: ClientRecord, request: TokenRequest) -> Given:
    token = _needed(request.form, "refresh_token")
    async with provider.database.transaction() as db:
        found = await redeem_refresh(db, token, client.client_id)
        if not isinstance(found, Refused):
            _same_audience(provider, request.form, found.audience)
            less = asked.narrower(request.form, found.scopes)
            return await given(provider, db, client, found, How(REFRESH, less, found.audience, request.address))
    raise OAuthError("invalid_grant", found.reason)


async def _by_client(provider: Provider, client: ClientRecord, request: TokenRequest) -> Given:
    if client.is_public:
        raise OAuthError("invalid_client", "The client is not known, is disabled, or has not proved who it is.", 401)
    if client.principal is None:
        raise OAuthError("unauthorized_client", "An application acts for people only; register an agent or a service.")
    audience = asked.audience(request.form, provider.terms)
    ours = asked.for_itself(request.form, client)
    async with provider.database.transaction() as db:
        try:
            held = narrowed(client.scopes, ours)
        except Forbidden as error:
            raise OAuthError("invalid_scope", error.message) from error
        wanted = Wanted(client.principal, client.client_id, held, (), audience, client.token_format)
        return Given(await issue(db, provider.terms, wanted, CLIENT, request.address))


async def _by_device(provider: Provider, client: ClientRecord, request: TokenRequest) -> Given:
    stored = secret.hashed(_needed(request.form, "device_code"))
    async with provider.database.transaction() as db:
        polled = await delegations.poll(db, stored)
    if polled is None or polled[0].client_id != client.client_id:
        raise OAuthError("invalid_grant", "The device code is not known.")
    device, too_often, is_expired = polled
    if is_expired:
        raise OAuthError("expired_token", "Nobody entered the code in time: begin anew.")
    if device.denied_at is not None:
        raise OAuthError("access_denied", "It was refused.")
    if device.delegation is None:
        name = "slow_down" if too_often else "authorization_pending"
        raise OAuthError(name, "Nobody has entered the code yet.")
    async with provider.database.transaction() as db:
        found = await delegations.find(db, device.delegation)
        if found is None or found.revoked_at is not None or not await delegations.forget_device(db, stored):
            raise OAuthError("invalid_grant", "The device code was used, or what it stood for was revoked.")
        return await given(provider, db, client, found, How(DEVICE, found.scopes, found.audience, request.address))


def _needed(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if value is None:
        raise OAuthError("invalid_request", f"{name} is missing.")
    return value


def _same_audience(provider: Provider, form: Mapping[str, str], audience: str) -> None:
    if "resource" in form and asked.audience(form, provider.terms) != audience:
        raise OAuthError("invalid_target", "The person allowed another resource.")


_GRANTS: Mapping[str, Callable[[Provider, ClientRecord, TokenRequest], Awaitable[Given]]] = {
    CODE: _by_code, REFRESH: _by_refresh, CLIENT: _by_client, DEVICE: _by_device,
    EXCHANGE: lambda provider, client, request: by_exchange(provider, client, request.form, request.address),
}  # fmt: skip
GRANTS = tuple(_GRANTS)
"""Their registered names."""
