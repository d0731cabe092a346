"""Keys and signatures: access tokens as JWT (RFC 9068, ES256) or PASETO v4.public, ID tokens as JWT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pyseto
from joserfc import jwt
from joserfc.jwk import ECKey, JWKRegistry, OKPKey
from joserfc.util import to_bytes, urlsafe_b64decode
from mediaclay_kernel.tokens import ACCESS_TOKEN, IMPLICIT, PASETO

from mediaclay_identity.records import KeyRecord

ES256 = "ES256"
ALGORITHMS = (ES256, PASETO)
FORMATS: Mapping[str, str] = {"jwt": ES256, "paseto": PASETO}
"""The algorithm of each form of access tokens that a client may choose."""


def new_key(algorithm: str = ES256) -> KeyRecord:
    """A new private key, named by its thumbprint (RFC 7638), so that two keys never share a name."""
    about: Any = {"use": "sig", "alg": algorithm}
    key = ECKey.generate_key("P-256", about) if algorithm == ES256 else OKPKey.generate_key("Ed25519", about)
    kid = key.thumbprint()
    return KeyRecord(kid, {**key.as_dict(private=True), "kid": kid}, algorithm)


def published(keys: Iterable[KeyRecord]) -> dict[str, Any]:
    """The public halves as a JWK set."""
    return {"keys": [JWKRegistry.import_key(key.private).as_dict(private=False) for key in keys]}


def sign(key: KeyRecord, claims: Mapping[str, Any]) -> str:
    """An access token with these claims, in the form that the key is for."""
    if key.algorithm == PASETO:
        return _paseto(key, claims)
    return _jwt(key, claims, ACCESS_TOKEN)


def sign_id_token(key: KeyRecord, claims: Mapping[str, Any]) -> str:
    """An ID token (OpenID Connect Core 1.0, 2), which nobody takes for an access token."""
    return _jwt(key, claims, "JWT")


def _jwt(key: KeyRecord, claims: Mapping[str, Any], type: str) -> str:
    header = {"alg": ES256, "typ": type, "kid": key.kid}
    return jwt.encode(header, dict(claims), ECKey.import_key(key.private))


def _paseto(key: KeyRecord, claims: Mapping[str, Any]) -> str:
    private = pyseto.Key.from_asymmetric_key_params(4, d=urlsafe_b64decode(to_bytes(key.private["d"])))
    said = {name: _at(value) if name in ("exp", "iat", "nbf") else value for name, value in claims.items()}
    footer = orjson.dumps({"kid": key.kid})
    return pyseto.encode(private, orjson.dumps(said), footer, implicit_assertion=IMPLICIT).decode()


def _at(seconds: float) -> str:
    """PASETO writes times as text."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
