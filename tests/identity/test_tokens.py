"""The tokens that identity signs, judged by the kernel's verifier with nothing but the published keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey
from mediaclay_identity import signing
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.records import KeyRecord
from mediaclay_identity.store import keys, principals
from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.testing import Client
from mediaclay_kernel.tokens import Verifier

Judge = Callable[[str], Awaitable[None]]


def encoded(part: bytes | dict[str, Any]) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
async def key(world: Client) -> KeyRecord:
    found = await keys.signing(world.state.database.pool)
    assert found is not None
    return found


@pytest.fixture
async def good(world: Client) -> str:
    pool = world.state.database.pool
    [administrator] = await principals.by_id(pool, [world.principal])
    return (await issue_to(pool, world.state.terms, administrator, "clay", None)).token


@pytest.fixture
def refused(verifier: Verifier, good: str) -> Judge:
    async def judge(token: str) -> None:
        await verifier.principal(f"Bearer {good}")  # the keys can be had, so it is the token that is refused
        with pytest.raises(Unauthenticated):
            await verifier.principal(f"Bearer {token}")

    return judge


async def test_a_token_says_who_for_whom_and_for_how_long(world: Client, good: str, key: KeyRecord):
    header, claims = (decoded(part) for part in good.split(".")[:2])
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    assert claims.pop("exp") - claims["iat"] == 300
    assert abs(claims.pop("iat") - time.time()) < 60
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": "http://subgraph",
        "aud": "mediaclay",
        "sub": str(world.principal),
        "client_id": "clay",
        "scope": "clay.read clay.write clay.admin clay.approve",
        "ptype": "HUMAN",
    }


async def test_a_good_token_is_its_principal(world: Client, good: str, verifier: Verifier):
    principal = await verifier.principal(f"Bearer {good}")
    assert (principal.id, principal.type, principal.actors) == (world.principal, PrincipalType.HUMAN, ())
    assert principal.scopes == {"clay.read", "clay.write", "clay.admin", "clay.approve"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": -60},
        {"exp": None},
        {"aud": "another"},
        {"aud": None},
        {"iss": "http://another"},
        {"iat": 600},
        {"iat": None},
        {"sub": "Administrator"},
        {"sub": None},
        {"ptype": "GOD"},
    ],
    ids=str,
)
async def test_a_well_signed_token_with_a_wrong_claim_is_refused(
    refused: Judge, good: str, key: KeyRecord, wrong: dict[str, Any]
):
    """A number is a time, in seconds from now."""
    claims = decoded(good.split(".")[1])
    for name, value in wrong.items():
        claims[name] = int(time.time()) + value if isinstance(value, int) else value
    await refused(signing.sign(key, {name: value for name, value in claims.items() if value is not None}))


async def test_a_token_without_signature_is_refused(refused: Judge, good: str, key: KeyRecord):
    claims = good.split(".")[1]
    for algorithm in ("none", "None", "ES256"):
        await refused(f"{encoded({'alg': algorithm, 'typ': 'at+jwt', 'kid': key.kid})}.{claims}.")


async def test_the_public_key_is_no_secret_to_sign_with(refused: Judge, good: str, key: KeyRecord):
    public = ECKey.import_key(key.private)
    signed = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key.kid})}.{good.split('.')[1]}"
    for known in (public.as_pem(private=False), public.as_der(private=False)):
        digest = hmac.new(known, signed.encode(), hashlib.sha256).digest()
        await refused(f"{signed}.{encoded(digest)}")


async def test_a_token_of_an_unpublished_key_is_refused_whatever_it_calls_itself(
    refused: Judge, good: str, key: KeyRecord
):
    other = signing.new_key()
    claims = decoded(good.split(".")[1])
    await refused(signing.sign(other, claims))
    await refused(signing.sign(KeyRecord(key.kid, other.private | {"kid": key.kid}), claims))


async def test_a_tampered_token_is_refused(refused: Judge, good: str):
    header, claims, signature = good.split(".")
    raised = encoded(decoded(claims) | {"sub": "00000000-0000-7000-8000-000000000000"})
    await refused(f"{header}.{raised}.{signature}")
    flipped = ("B" if signature[10] == "A" else "A").join((signature[:10], signature[11:]))
    await refused(f"{header}.{claims}.{flipped}")
    await refused(f"{header}.{claims}")
    await refused("not-a-token")


async def test_an_id_token_is_no_access_token(refused: Judge, good: str, key: KeyRecord):
    from joserfc import jwt

    claims = decoded(good.split(".")[1])
    for kind in ({"typ": "JWT"}, {}):
        header = {"alg": "ES256", "kid": key.kid, **kind}
        await refused(jwt.encode(header, claims, ECKey.import_key(key.private)))


async def test_a_key_that_appears_later_is_fetched(
    world: Client, good: str, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
):
    await verifier.principal(f"Bearer {good}")
    new = signing.new_key()
    await keys.add(world.state.database.pool, new)
    monkeypatch.setattr("mediaclay_kernel.tokens.keys.REFETCH", 0.0)
    token = signing.sign(new, decoded(good.split(".")[1]))
    assert (await verifier.principal(f"Bearer {token}")).id == world.principal
