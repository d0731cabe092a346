"""Keys and signatures: ES256 (RFC 7518, 3.4), access tokens as JWT (RFC 9068)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from mediaclay_identity.records import KeyRecord

ALGORITHM = "ES256"


def new_key() -> KeyRecord:
    """A new private key, named by its thumbprint (RFC 7638), so that two keys never share a name."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM})
    kid = key.thumbprint()
    return KeyRecord(kid, {**key.as_dict(private=True), "kid": kid})


def published(keys: Iterable[KeyRecord]) -> dict[str, Any]:
    """The public halves as a JWK set."""
    return {"keys": [ECKey.import_key(key.private).as_dict(private=False) for key in keys]}


def sign(key: KeyRecord, claims: Mapping[str, Any]) -> str:
    """An access token with these claims."""
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
    return jwt.encode(header, dict(claims), ECKey.import_key(key.private))
