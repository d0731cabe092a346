"""Token exchange (RFC 8693): an agent acts for a person, and its token names both."""

from __future__ import annotations

from collections.abc import Mapping

from mediaclay_kernel.errors import ClayError, Unauthenticated
from mediaclay_kernel.principal import Principal, PrincipalType
from mediaclay_kernel.tokens.claims import MOST_ACTORS

from mediaclay_identity import scopes
from mediaclay_identity.oidc import asked
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.given import Given, is_agent
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.issue_token import Wanted, issue
from mediaclay_identity.records import ClientRecord, PrincipalRecord
from mediaclay_identity.store import clients, principals

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"


async def by_exchange(provider: Provider, client: ClientRecord, form: Mapping[str, str], address: str | None) -> Given:
    """A token by which the agent acts for the subject of the token that it shows. Raises `OAuthError`.

    It is good for what both may do, ends with the token that was shown, and never approves anything.
    """
    if not is_agent(client) or client.is_public or client.principal is None:
        raise OAuthError("unauthorized_client", "Only agents act for somebody else.")
    if form.get("requested_token_type", ACCESS) not in (ACCESS, JWT):
        raise OAuthError("invalid_request", "Only access tokens are given.")
    shown, ends_at = await _verified(provider, form, "subject_token")
    await _ensure_is_actor(provider, client.principal, form)
    if shown.id is None or shown.id == client.principal.id:
        raise OAuthError("invalid_request", "The subject token is the agent's own.")
    actors = (client.principal.id, *shown.actors)
    if client.principal.id in shown.actors or len(actors) > MOST_ACTORS:
        raise OAuthError("invalid_request", "The chain of actors is too long, or names the agent already.")
    [subject] = await principals.by_id(provider.database.pool, [shown.id])
    await _ensure_allowed(provider, client, client.principal, subject)
    both = tuple(
        scope for scope in scopes.for_agents(shown.scopes) if scope in client.scopes and scope in subject.scopes
    )
    held = asked.narrower(form, both)
    audience = asked.audience(form, provider.terms)
    wanted = Wanted(subject, client.client_id, held, actors, audience, client.token_format, ends_at)
    async with provider.database.transaction() as db:
        return Given(await issue(db, provider.terms, wanted, EXCHANGE, address), issued_type=ACCESS)


async def _verified(provider: Provider, form: Mapping[str, str], name: str) -> tuple[Principal, float]:
    """Whom one of our own tokens names, and when it ends."""
    token = form.get(name)
    if token is None:
        raise OAuthError("invalid_request", f"{name} is missing.")
    if form.get(f"{name}_type") not in (ACCESS, JWT):
        raise OAuthError("invalid_request", f"{name}_type must be {ACCESS}.")
    try:
        principal = await provider.verifier.principal(f"Bearer {token}")
        _, said = await provider.verifier.verified(token)
    except Unauthenticated as error:
        raise OAuthError("invalid_request", f"The {name} is not valid, or has expired.") from error
    return principal, said.expires_at


async def _ensure_is_actor(provider: Provider, agent: PrincipalRecord, form: Mapping[str, str]) -> None:
    """An agent may show a token of its own beside its credentials; it can't name another actor by it."""
    if "actor_token" not in form:
        return
    try:
        actor, _ = await _verified(provider, form, "actor_token")
    except ClayError as error:
        raise OAuthError("invalid_request", error.message) from error
    if actor.id != agent.id or actor.actors:
        raise OAuthError("invalid_request", "The actor token is another principal's.")


async def _ensure_allowed(
    provider: Provider, client: ClientRecord, agent: PrincipalRecord, subject: PrincipalRecord
) -> None:
    if subject.type is not PrincipalType.HUMAN or subject.disabled_at is not None:
        raise OAuthError("invalid_request", "An agent acts for people only.")
    if agent.owner == subject.id:
        return
    if not await clients.consented(provider.database.pool, subject.id, client.client_id):
        raise OAuthError(
            "invalid_request", "The person does not answer for this agent, and has not allowed it anything."
        )
