"""What identity publishes: its public keys, and what it can do. Keys are replaced without a token being refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from mediaclay_identity import signing, subgraph
from mediaclay_identity.operations.bootstrap import bootstrap
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.operations.rotate_keys import rotate_keys
from mediaclay_identity.service import opened
from mediaclay_identity.store import keys, principals
from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_kernel.tokens import Verifier


async def published(world: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await world.http.get("/.well-known/jwks.json")).json()
    return {key["kid"]: key for key in found["keys"]}


async def signing_kid(world: Client) -> str:
    key = await keys.signing(world.state.database.pool)
    assert key is not None
    return key.kid


async def test_only_the_public_halves_of_keys_are_published(world: Client):
    response = await world.http.get("/.well-known/jwks.json")
    by_algorithm = {key["alg"]: key for key in response.json()["keys"]}
    assert set(by_algorithm) == {"ES256", "v4.public"}
    assert set(by_algorithm["ES256"]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert set(by_algorithm["v4.public"]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert response.headers["cache-control"] == "public, max-age=60"


async def test_a_new_key_is_published_before_anything_is_signed_with_it(world: Client):
    pool = world.state.database.pool
    old = await signing_kid(world)
    async with world.state.database.transaction() as db:
        made = await rotate_keys(db)
    assert len(made) == 2
    assert set(made) < set(await published(world))
    assert await signing_kid(world) == old
    await pool.execute("UPDATE signing_key SET retired_at = now() WHERE kid = $1", old)
    assert await signing_kid(world) == made[0]


async def test_a_retired_key_stays_published_until_its_last_token_has_expired(world: Client):
    pool = world.state.database.pool
    old, new = await signing_kid(world), signing.new_key()
    await keys.add(pool, new)

    async def retire(ago: str) -> set[str]:
        await pool.execute(f"UPDATE signing_key SET retired_at = now() - interval '{ago}' WHERE kid = $1", old)
        return {kid for kid, key in (await published(world)).items() if key["alg"] == "ES256"}

    assert await retire("5 minutes") == {new.kid, old}
    assert await retire("7 minutes") == {new.kid}
    assert await signing_kid(world) == new.kid


async def test_what_an_old_key_signed_stays_good_while_a_new_one_signs(world: Client, verifier: Verifier):
    pool = world.state.database.pool
    [administrator] = await principals.by_id(pool, [world.principal])
    before = (await issue_to(pool, world.state.terms, administrator, "clay", None)).token
    async with world.state.database.transaction() as db:
        await rotate_keys(db)
    await pool.execute("UPDATE signing_key SET retired_at = now() WHERE retired_at > now()")
    after = (await issue_to(pool, world.state.terms, administrator, "clay", None)).token
    for token in (before, after):
        assert (await verifier.principal(f"Bearer {token}")).id == world.principal


async def test_a_key_that_leaked_is_withdrawn_at_once(world: Client, verifier: Verifier):
    pool = world.state.database.pool
    [administrator] = await principals.by_id(pool, [world.principal])
    token = (await issue_to(pool, world.state.terms, administrator, "clay", None)).token
    async with world.state.database.transaction() as db:
        made = await rotate_keys(db, at_once=True)
    assert set(await published(world)) == set(made)
    with pytest.raises(Unauthenticated):
        await verifier.principal(f"Bearer {token}")


async def test_only_keys_that_are_due_are_replaced(settings: Settings):
    month = timedelta(days=30)
    async with opened(settings) as database:  # without the service, which looks after its keys by itself
        async with database.transaction() as db:
            await bootstrap(db, None)
            assert await rotate_keys(db, older_than=month) == []
        await database.pool.execute("UPDATE signing_key SET created_at = now() - interval '31 days'")
        async with database.transaction() as db:
            assert len(await rotate_keys(db, older_than=month)) == 2
            assert await rotate_keys(db, older_than=month) == []


async def test_the_service_replaces_keys_that_are_due_by_itself(settings: Settings):
    async with opened(settings) as database:
        async with database.transaction() as db:
            await bootstrap(db, None)
        await database.pool.execute("UPDATE signing_key SET created_at = now() - interval '31 days'")
        async with running(subgraph, settings), asyncio.timeout(10):
            while await database.pool.fetchval("SELECT count(*) FROM signing_key") < 4:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
async def test_the_configuration_is_complete_and_says_only_what_is_there(world: Client, path: str):
    body = (await world.http.get(f"/.well-known/{path}")).json()
    assert body["issuer"] == "http://subgraph"
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert body["response_types_supported"] == ["code"]
    secure = {
        name: value.replace("http:", "https:") if isinstance(value, str) else value for name, value in body.items()
    }
    AuthorizationServerMetadata(secure).validate()  # by another reader of the specification, who insists on https
    for name, address in body.items():
        if name.endswith("_endpoint"):
            assert (await world.http.post(address)).status_code in (400, 401, 403), name
    assert (await world.http.get(body["jwks_uri"])).status_code == 200
