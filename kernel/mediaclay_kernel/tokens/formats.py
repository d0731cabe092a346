"""Signed tokens, read and verified: JWT (RFC 7519) and PASETO v4.public. Nothing here asks anybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
import pyseto
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.util import to_bytes, urlsafe_b64decode

from mediaclay_kernel.tokens.trust import PASETO

IMPLICIT = b"mediaclay access token"
"""What is signed with every PASETO of ours and is not in it: so none that was made for another purpose is one of these."""
LARGEST = 16 * 1024
"""Characters of a token."""
_TIMES = ("exp", "iat", "nbf")


class Malformed(ValueError):
    """It is no token, or not one that this key has signed."""


class Unverified(NamedTuple):
    """What a token says of itself, before anybody has looked at its signature."""

    algorithm: str
    kid: str
    type: str
    """The `typ` of a JWT in lower case, without `application/`; empty for a PASETO, which has its implicit assertion."""
    issuer: str


def read(token: str) -> Unverified:
    """What a token says of itself. Raises `Malformed`."""
    if len(token) > LARGEST:
        raise Malformed("it is too long")
    try:
        return _paseto(token) if token.startswith(f"{PASETO}.") else _jwt(token)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed("it is no token") from error


def verified(token: str, said: Unverified, key: Key) -> dict[str, Any]:
    """The claims that `key` has signed, times in seconds. Raises `Malformed`."""
    try:
        _ensure_fits(said, key)
        return _open_paseto(token, key) if said.algorithm == PASETO else _open_jwt(token, said, key)
    except (JoseError, pyseto.PysetoError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed("its signature is not right") from error


class Registry(JWSRegistry):
    """The algorithms that are allowed, and no warnings of them: joserfc has one for EdDSA, which RFC 9864 only renames."""

    def __init__(self, algorithms: Collection[str]) -> None:
        super().__init__(algorithms=[*algorithms], strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """See `JWSRegistry`."""
        if name == "EdDSA" and name in (self.allowed or ()):
            return self.algorithms[name]
        return super().get_alg(name)


def _jwt(token: str) -> Unverified:
    header, claims, _ = token.encode("ascii").split(b".")
    said = _object(header)
    type_ = str(said.get("typ", "")).lower().removeprefix("application/")
    return Unverified(_text(said["alg"]), _text(said["kid"]), type_, _text(_object(claims)["iss"]))


def _paseto(token: str) -> Unverified:
    _, _, payload, footer = token.encode("ascii").split(b".")
    message = urlsafe_b64decode(payload)[:-64]
    return Unverified(PASETO, _text(_object(footer)["kid"]), "", _text(orjson.loads(message)["iss"]))


def _object(part: bytes) -> dict[str, Any]:
    found = orjson.loads(urlsafe_b64decode(part))
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return cast("dict[str, Any]", found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it is no text")
    return value


def _ensure_fits(said: Unverified, key: Key) -> None:
    """A key is good for the one algorithm that it was published for: RFC 8725, 3.1."""
    published = key.alg
    if published is None and said.algorithm == PASETO:
        raise ValueError("the key is not for PASETO")
    if published is not None and published != said.algorithm and {published, said.algorithm} != {"EdDSA", "Ed25519"}:
        raise ValueError("the key is for another algorithm")


def _open_jwt(token: str, said: Unverified, key: Key) -> dict[str, Any]:
    opened = jws.deserialize_compact(to_bytes(token), key, registry=Registry([said.algorithm]))
    claims = orjson.loads(opened.payload or b"")
    if not isinstance(claims, dict):
        raise ValueError("it has no claims")
    return cast("dict[str, Any]", claims)


def _open_paseto(token: str, key: Key) -> dict[str, Any]:
    public = pyseto.Key.from_asymmetric_key_params(4, x=urlsafe_b64decode(to_bytes(key.as_dict(private=False)["x"])))
    opened = pyseto.decode(public, token, implicit_assertion=IMPLICIT)
    claims: dict[str, Any] = orjson.loads(cast("bytes", opened.payload))
    return {**claims, **{name: _seconds(claims[name]) for name in _TIMES if name in claims}}


def _seconds(said: object) -> float:
    """PASETO writes times as text (ISO 8601)."""
    at = datetime.fromisoformat(_text(said))
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.timestamp()
