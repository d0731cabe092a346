"""A result cache at work beside a subgraph."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version

from mediaclay_kernel.background import beside
from mediaclay_kernel.cache import valkey
from mediaclay_kernel.cache.counts import Counts
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.cache.results import ResultCache
from mediaclay_kernel.cache.stores import MemoryStore
from mediaclay_kernel.cache.tags import TagsOf
from mediaclay_kernel.cache.tail import Tail
from mediaclay_kernel.changelog import Change, Changelog
from mediaclay_kernel.database import connect_apart
from mediaclay_kernel.settings import Settings


@asynccontextmanager
async def running(
    changelog: Changelog, url: str, settings: Settings, tags_of: TagsOf, *, seed: str = ""
) -> AsyncGenerator[ResultCache | None]:
    """A cache that is purged by the changes of `changelog`, in the database at `url`; None where it is switched off.

    `tags_of` says what a change purges. `seed` is whatever else the answers depend on and no change tells, such as
    settings of the subgraph's own: processes with different seeds share nothing.
    """
    if settings.cache_bytes == 0:
        yield None
        return
    purges = Purges(tags_of)
    tail = Tail(partial(connect_apart, url, changelog.schema), changelog.schema, purges)

    def hear(changes: Sequence[Change]) -> None:
        for change in changes:
            purges.apply(change)
            if (purges.known_of(change.stream) or 0) < change.revision:
                tail.wake()  # others committed before us, and we have not read of it yet

    async with AsyncExitStack() as stack:
        shared = None
        if settings.cache_shared and settings.redis_url is not None:
            address = settings.redis_url.get_secret_value()
            shared = await stack.enter_async_context(valkey.connect(address, f"clay:{changelog.schema}:answers"))
        cache = ResultCache(
            purges,
            MemoryStore(settings.cache_bytes),
            shared,
            Counts(changelog.schema),
            seed=f"{version('mediaclay-kernel')} {settings.public_read} {seed}",
            seconds=settings.cache_seconds,
        )
        stack.push_async_callback(cache.close)
        await stack.enter_async_context(beside(tail.run()))
        changelog.hearers.append(hear)
        stack.callback(changelog.hearers.remove, hear)
        yield cache
