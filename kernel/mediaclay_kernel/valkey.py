"""A client of Valkey or Redis: one server, or a cluster of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisClusterException, RedisError

AWAY = (RedisError, RedisClusterException, OSError)
"""What a client raises when nobody answers, or answers with an error."""
CLUSTERS = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
"""The schemes of a cluster's address, which names any of its servers; the client finds the others."""
CONNECTS = 2.0
"""Seconds that a connection may take."""
FINDS = 5.0
"""Seconds that finding a cluster's servers may take at the start."""


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncGenerator[Any]:
    """A client, closed afterwards; it need not reach anybody yet. Raises `ValueError` for an address that is none.

    Who uses it sets times of its own (`asyncio.timeout`): those of the client use `wait_for`, which in Python 3.11 may
    swallow that somebody is cancelled.
    """
    scheme, colon, rest = url.partition("://")
    options |= {"socket_timeout": None, "socket_connect_timeout": CONNECTS}
    client: Any
    if scheme in CLUSTERS:
        client = redis.RedisCluster.from_url(f"{CLUSTERS[scheme]}{colon}{rest}", **options)
        # Now, since who asks for an answer gives it less time than finding all servers may take.
        with suppress(*AWAY):
            async with asyncio.timeout(FINDS):
                await client.initialize()
    else:
        client = redis.Redis.from_url(url, **options)  # pyright: ignore[reportUnknownMemberType]
    try:
        yield client
    finally:
        await client.aclose()
