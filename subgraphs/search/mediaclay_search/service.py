"""Search as it runs: the index, opened, and what keeps it in step with the trees."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

from mediaclay_kernel.subgraph import Start

from mediaclay_search import meanings
from mediaclay_search.consumers.follower import Follower, following
from mediaclay_search.consumers.measuring import Measuring
from mediaclay_search.consumers.rebuild import Rebuild
from mediaclay_search.consumers.watching import Watching
from mediaclay_search.embedders import registry
from mediaclay_search.engine import SearchBackend, embedded, meili
from mediaclay_search.progress import Heads
from mediaclay_search.sources.pending import Pending
from mediaclay_search.sources.scopes import StructureScopes
from mediaclay_search.sources.trees import Trees
from mediaclay_search.state import State


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """Search at work. Raises `Unavailable` where another process has the index, or it can't be read."""
    heads = Heads()
    trees = Trees(start.own.source_url, start.http, start.service_tokens)
    redis = start.settings.redis_url
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(_engine(start))
        meant = await _meanings(start, stack)
        scopes = StructureScopes(trees)
        standing = Watching(backend, scopes)
        follower = Follower(trees, backend, heads, [] if meant is None else [meant], standing)
        rebuild = Rebuild(trees, backend, heads, follower)
        works: list[Callable[[], Awaitable[None]]] = [
            Measuring(backend, heads, follower).work,
            rebuild.work,
            standing.work,
            *([] if meant is None else [meant.work]),
        ]
        url = None if redis is None else redis.get_secret_value()
        await stack.enter_async_context(following(follower, url, *works))
        yield State(backend, meant, heads, scopes, Pending(trees), rebuild, standing)


def _engine(start: Start) -> AbstractAsyncContextManager[SearchBackend]:
    if start.settings.meili_url is None:
        return embedded.running(start.settings.home)
    key = start.own.meili_key
    return meili.running(start.settings.meili_url, None if key is None else key.get_secret_value())


async def _meanings(start: Start, stack: AsyncExitStack) -> meanings.Meanings | None:
    embedder = registry.wanted(start.own, start.http)
    if embedder is None:
        return None
    of_id = partial(registry.of_id, own=start.own, http=start.http)
    return await stack.enter_async_context(meanings.running(start.settings.home, embedder, of_id))
