"""What identity publishes: its public keys, and what it can do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mediaclay_identity import signing
from mediaclay_identity.store import keys
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client


async def test_only_the_public_half_of_a_key_is_published(world: Client):
    response = await world.http.get("/.well-known/jwks.json")
    [key] = response.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert response.headers["cache-control"] == "public, max-age=60"


async def test_a_retired_key_stays_published_until_its_last_token_has_expired(world: Client):
    pool = world.state.database.pool
    [old] = await keys.published(pool, timedelta(0))
    new = signing.new_key()
    await keys.add(pool, new)

    async def retire(ago: str) -> list[str]:
        await pool.execute(f"UPDATE signing_key SET retired_at = now() - interval '{ago}' WHERE kid = $1", old.kid)
        found: dict[str, Any] = (await world.http.get("/.well-known/jwks.json")).json()
        return [key["kid"] for key in found["keys"]]

    assert await retire("5 minutes") == [new.kid, old.kid]
    assert await retire("7 minutes") == [new.kid]
    newest = await keys.newest(pool)
    assert newest is not None
    assert newest.kid == new.kid


async def test_the_configuration_says_only_what_is_there(world: Client, settings: Settings):
    body = (await world.http.get("/.well-known/openid-configuration")).json()
    assert body == {
        "issuer": "http://subgraph",
        "jwks_uri": "http://subgraph/.well-known/jwks.json",
        "token_endpoint": "http://subgraph/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": ["clay.read", "clay.write", "clay.admin"],
    }
    assert (await world.http.get(body["jwks_uri"])).status_code == 200
    assert (await world.http.post(body["token_endpoint"])).status_code == 400
