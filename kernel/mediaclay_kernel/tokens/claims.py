"""What the claims of a verified token say, as far as they may say it. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast
from uuid import UUID

from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.tokens.trust import TrustedIssuer

LEEWAY = 5
"""Seconds by which clocks may differ."""
LONGEST_LIFE = 31 * 86_400
"""Seconds that a token may be good for at the most. Whoever signed out is remembered for as long."""
MOST_ACTORS = 4
"""Of one `act` chain."""


class Wrong(ValueError):
    """The claims are not those of a good access token; the message is for the log."""


class Said(NamedTuple):
    """What a token says."""

    subject: str
    issued_at: float
    expires_at: float
    scopes: frozenset[str]
    type: PrincipalType
    actors: tuple[UUID, ...]
    name: str | None
    """Of a principal that is seen for the first time."""
    client_id: str | None = None
    """The program that the token was given to, where it says so."""


def judged(claims: Mapping[str, Any], issuer: TrustedIssuer, now: float) -> Said:
    """What the claims say at this moment. Raises `Wrong`."""
    issued_at, expires_at = _times(claims, now)
    _check_for(claims, issuer)
    said = Said(
        _text(_at(claims, issuer.claims.subject), "the subject"), issued_at, expires_at,
        _scopes(claims, issuer), _type(claims, issuer), _actors(claims, issuer),
        _first(claims, issuer.claims.name), _first(claims, issuer.claims.client),
    )  # fmt: skip
    if Scope.APPROVE in said.scopes and (said.actors or said.type is PrincipalType.AGENT):
        raise Wrong("an agent may not approve")
    return said


def principal_of(said: Said, principal: UUID) -> Principal:
    """Who acts by the token."""
    return Principal(principal, said.type, said.scopes, said.actors)


def own_id(said: Said) -> UUID:
    """The principal that a token of our own issuer names. Raises `Wrong`."""
    return _id(said.subject)


def _times(claims: Mapping[str, Any], now: float) -> tuple[float, float]:
    expires_at, issued_at = _number(claims.get("exp"), "exp"), _number(claims.get("iat"), "iat")
    if expires_at + LEEWAY <= now:
        raise Wrong("it has expired")
    if issued_at - LEEWAY > now or _number(claims.get("nbf", issued_at), "nbf") - LEEWAY > now:
        raise Wrong("it is not valid yet")
    if expires_at - issued_at > LONGEST_LIFE:
        raise Wrong("it is good for too long")
    return issued_at, expires_at


def _check_for(claims: Mapping[str, Any], issuer: TrustedIssuer) -> None:
    if claims.get("iss") != issuer.issuer:
        raise Wrong("it is another issuer's")
    said = claims.get("aud")
    named = cast("list[Any]", said if isinstance(said, list) else [said])
    if not any(each in named for each in issuer.audiences):
        raise Wrong("it is for another audience")
    for path, value in issuer.require.items():
        if _at(claims, path) != value:
            raise Wrong(f"{path} is not {value}")


def _scopes(claims: Mapping[str, Any], issuer: TrustedIssuer) -> frozenset[str]:
    said = _at(claims, issuer.claims.scope)
    words: list[Any] = (
        said.split() if isinstance(said, str) else cast("list[Any]", said) if isinstance(said, list) else []
    )
    meant: set[str] = set()
    for word in map(str, words):
        meant.update(issuer.scopes.get(word, (word,)))
    return frozenset(meant) & set(issuer.most) if not issuer.own else frozenset(meant)


def _type(claims: Mapping[str, Any], issuer: TrustedIssuer) -> PrincipalType:
    try:
        if issuer.own:
            return PrincipalType(claims.get("ptype", PrincipalType.HUMAN.value))
    except (ValueError, TypeError) as error:
        raise Wrong("there is no such type of principals") from error
    is_program = any(_at(claims, path) == _at(claims, issuer.claims.subject) for path in issuer.claims.client)
    return PrincipalType.SERVICE if is_program else PrincipalType(issuer.type)


def _actors(claims: Mapping[str, Any], issuer: TrustedIssuer) -> tuple[UUID, ...]:
    act = claims.get("act")
    if act is not None and not issuer.own:
        raise Wrong("only our own issuer says who acts for whom")
    found: list[UUID] = []
    while act is not None:  # the outermost actor is the current one (RFC 8693, 4.1)
        if not isinstance(act, dict) or len(found) == MOST_ACTORS:
            raise Wrong("its chain of actors is no chain, or too long")
        said = cast("dict[str, Any]", act)
        found.append(_id(said.get("sub")))
        act = said.get("act")
    return tuple(found)


def _first(claims: Mapping[str, Any], paths: Iterable[str]) -> str | None:
    return next((str(found) for path in paths if (found := _at(claims, path))), None)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name; else what the dots lead to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return found


def _id(value: object) -> UUID:
    try:
        return UUID(_text(value, "the principal"))
    except ValueError as error:
        raise Wrong("it names no principal of ours") from error


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong(f"{what} is no text")
    return value


def _number(value: object, what: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e11:
        raise Wrong(f"{what} is no time")
    return float(value)
