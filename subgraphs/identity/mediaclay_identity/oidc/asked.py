"""What a request asks for: scopes, and for whom its tokens are. Raises `OAuthError` alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mediaclay_kernel.errors import BadUserInput

from mediaclay_identity import scopes
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.records import ClientRecord


def audience(form: Mapping[str, str], terms: Terms) -> str:
    """The audience of a token: the resource that was asked for (RFC 8707), or ours."""
    wanted = form.get("resource") or form.get("audience")
    if wanted is None or wanted == terms.audience:
        return terms.audience
    if wanted in terms.resources and urlsplit(wanted).scheme and "#" not in wanted:
        return wanted
    raise OAuthError("invalid_target", "No token is given for this resource.")


def for_person(form: Mapping[str, str], client: ClientRecord) -> tuple[str, ...]:
    """OpenID's scopes and ours that a client asks a person for; all that it may ask for where it names none."""
    openid, ours = _split(form.get("scope"), client)
    if client.principal is not None:  # it will be named as the actor, and no actor approves
        ours = scopes.for_agents(ours)
    if not openid and not ours:
        raise OAuthError("invalid_scope", "Nothing is asked for.")
    return (*openid, *ours)


def for_itself(form: Mapping[str, str], client: ClientRecord) -> tuple[str, ...]:
    """Our scopes that a client asks for in its own name."""
    openid, ours = _split(form.get("scope"), client)
    if openid:
        raise OAuthError("invalid_scope", f"The scope {openid[0]} is for people.")
    return ours


def narrower(form: Mapping[str, str], held: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked for of what is held; all of it where nothing is named."""
    named = form.get("scope")
    if named is None:
        return held
    asked = named.split()
    if missing := sorted(set(asked) - set(held)):
        raise OAuthError("invalid_scope", f"The scope {missing[0][:60]!r} is not held.")
    return tuple(scope for scope in held if scope in asked)


def _split(named: str | None, client: ClientRecord) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if named is None:
        return (), scopes.ordered(client.scopes)
    try:
        openid, ours = scopes.split(named.split())
    except BadUserInput as error:
        raise OAuthError("invalid_scope", error.message) from error
    if missing := [scope for scope in ours if scope not in client.scopes]:
        raise OAuthError("invalid_scope", f"The scope {missing[0]!r} is not held.")
    return openid, ours
