"""Tokens that must be refused, each made of a good one by whoever has some of what it takes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pyseto
from joserfc.jwk import ECKey, OKPKey
from joserfc.util import to_bytes, urlsafe_b64decode
from mediaclay_identity import signing
from mediaclay_identity.records import KeyRecord
from mediaclay_kernel.tokens import IMPLICIT, PASETO

Make = Callable[["Workshop"], str]


def encoded(part: bytes | Mapping[str, Any]) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Workshop:
    """The instance's own keys, with which a good token can be made, and so one that is wrong in one thing alone."""

    def __init__(self, es256: KeyRecord, paseto: KeyRecord, issuer: str, subject: str) -> None:
        self.es256 = es256
        self.paseto = paseto
        now = int(time.time())
        self.claims: dict[str, Any] = {
            "iss": issuer, "aud": "mediaclay", "sub": subject, "iat": now, "exp": now + 300, "jti": str(uuid4()),
            "scope": "clay.read clay.write", "ptype": "HUMAN", "client_id": "test",
        }  # fmt: skip

    def good(self, key: KeyRecord | None = None, **changed: Any) -> str:
        """Well signed, with some claims changed; None takes one away."""
        claims = {name: value for name, value in {**self.claims, **changed}.items() if value is not None}
        return signing.sign(key or self.es256, claims)

    def good_paseto(self, **changed: Any) -> str:
        return self.good(self.paseto, **changed)

    def unsigned(self, algorithm: str, signature: Callable[[bytes], bytes] = lambda _: b"") -> str:
        """Under a header that names another algorithm."""
        head = encoded({"alg": algorithm, "typ": "at+jwt", "kid": self.es256.kid})
        signed = f"{head}.{encoded(self.claims)}"
        return f"{signed}.{encoded(signature(signed.encode()))}"

    def by_public_key(self) -> str:
        """HS256 with the published key for a secret: the classic confusion of algorithms."""
        public = ECKey.import_key(self.es256.private).as_pem(private=False)
        return self.unsigned("HS256", lambda signed: hmac.new(public, signed, hashlib.sha256).digest())

    def own_paseto(self, key: KeyRecord, footer: bytes, implicit: bytes = IMPLICIT) -> str:
        private = pyseto.Key.from_asymmetric_key_params(4, d=urlsafe_b64decode(to_bytes(key.private["d"])))
        times = {
            name: time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(self.claims[name])) for name in ("iat", "exp")
        }
        said = json.dumps({**self.claims, **times})
        return pyseto.encode(private, said, footer, implicit_assertion=implicit).decode()


def _tampered(shop: Workshop) -> str:
    head, claims, signature = shop.good().split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{head}.{encoded({**said, 'scope': 'clay.admin'})}.{signature}"


def _other_footer(shop: Workshop) -> str:
    body = shop.good_paseto().rsplit(".", 1)[0]
    return f"{body}.{encoded({'kid': shop.paseto.kid, 'wpk': 'x'})}"


def _tampered_paseto(shop: Workshop) -> str:
    version, purpose, payload, footer = shop.good_paseto().split(".")
    raw = bytearray(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    raw[20] ^= 1
    return f"{version}.{purpose}.{encoded(bytes(raw))}.{footer}"


def _hidden_type(shop: Workshop) -> str:
    """The PASETO key's name on a JWT that the same key signed."""
    from joserfc import jws
    from mediaclay_kernel.tokens import Registry

    key = OKPKey.import_key({name: shop.paseto.private[name] for name in ("kty", "crv", "x", "d")})
    head = {"alg": "EdDSA", "typ": "at+jwt", "kid": shop.paseto.kid}
    return jws.serialize_compact(head, json.dumps(shop.claims), key, registry=Registry(["EdDSA"]))


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


AGENT = "0190b6b0-0000-7000-8000-0000000000aa"


def chain(length: int) -> dict[str, Any]:
    return {"sub": AGENT, **({"act": chain(length - 1)} if length > 1 else {})}


BAD: Mapping[str, Make] = {
    "expired": lambda s: s.good(iat=_now(-900), exp=_now(-600)),
    "not valid yet": lambda s: s.good(nbf=_now(600)),
    "good for ever": lambda s: s.good(exp=_now(400 * 86_400)),
    "without an end": lambda s: s.good(exp=None),
    "wrong audience": lambda s: s.good(aud="elsewhere"),
    "no audience": lambda s: s.good(aud=None),
    "wrong issuer": lambda s: s.good(iss="https://elsewhere.example"),
    "an ID token": lambda s: signing.sign_id_token(s.es256, s.claims),
    "alg none": lambda s: s.unsigned("none"),
    "alg nOnE": lambda s: s.unsigned("nOnE"),
    "swapped algorithm": lambda s: s.by_public_key(),
    "an algorithm of another family": lambda s: s.unsigned("RS256", lambda _: bytes(256)),
    "unknown kid": lambda s: s.good(signing.new_key()),
    "known kid, another key": lambda s: s.good(s.es256._replace(private=signing.new_key().private)),
    "tampered": _tampered,
    "no signature": lambda s: s.good().rsplit(".", 1)[0] + ".",
    "garbage": lambda _: "garbage",
    "three parts of garbage": lambda _: "a.b.c",
    "PASETO garbage": lambda _: "v4.public.b.c",
    "of nobody": lambda s: s.good(sub=None),
    "an act chain that claims more": lambda s: s.good(scope="clay.read clay.approve", act={"sub": AGENT}),
    "an agent that approves": lambda s: s.good(scope="clay.approve", ptype="AGENT"),
    "an act chain that is none": lambda s: s.good(act="root"),
    "an act chain without end": lambda s: s.good(act=chain(5)),
    "PASETO expired": lambda s: s.good_paseto(iat=_now(-900), exp=_now(-600)),
    "PASETO wrong audience": lambda s: s.good_paseto(aud="elsewhere"),
    "PASETO wrong issuer": lambda s: s.good_paseto(iss="https://elsewhere.example"),
    "PASETO another footer": _other_footer,
    "PASETO without its footer": lambda s: s.good_paseto().rsplit(".", 1)[0],
    "PASETO tampered": _tampered_paseto,
    "PASETO unknown kid": lambda s: s.good(signing.new_key(PASETO)),
    "PASETO for another purpose": lambda s: s.own_paseto(s.paseto, json.dumps({"kid": s.paseto.kid}).encode(), b""),
    "PASETO of another version": lambda s: "v2.public." + s.good_paseto().removeprefix("v4.public."),
    "PASETO an act chain that claims more": lambda s: s.good_paseto(scope="clay.approve", act={"sub": AGENT}),
    "JWT by the key for PASETO": _hidden_type,
}  # fmt: skip
"""A replayed refresh token is no access token: see test_codes.py."""
