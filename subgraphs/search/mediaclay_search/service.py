"""Search as it runs: the index, opened, and what keeps it in step with the trees."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mediaclay_kernel.subgraph import Start

from mediaclay_search.consumers.follower import Follower, following
from mediaclay_search.engine import embedded
from mediaclay_search.progress import Heads
from mediaclay_search.sources.trees import Trees
from mediaclay_search.state import State


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """Search at work. Raises `Unavailable` where another process has the index, or it can't be read."""
    heads = Heads()
    trees = Trees(start.own.source_url, start.http, start.service_tokens)
    redis = start.settings.redis_url
    async with embedded.running(start.settings.home) as backend:
        follower = Follower(trees, backend, heads)
        async with following(follower, None if redis is None else redis.get_secret_value()):
            yield State(backend, heads, trees)
