"""Answers in Valkey or Redis, for all processes and across their restarts.

An answer is one hash under one key, so a cluster may spread them as it likes, and a failover or an eviction can part
nothing that belongs together. What has been purged is not kept there: a server that comes back empty has nothing to
say, and one that comes back with old data says what the reader knows to be purged.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mediaclay_kernel import valkey
from mediaclay_kernel.cache.answer import Answer, pack, unpack
from mediaclay_kernel.errors import Unavailable

log = logging.getLogger(__name__)

WAIT = 0.25
"""Seconds that the server gets to answer: a reading must not wait for it longer than the reading itself would take."""
PAUSE = 1.0
"""Seconds for which a server that did not answer is not asked."""
_FIELDS = ("key", "positions", "rest", "body")
# An answer that surely knows more stays: of the same streams, no position behind ours, and one before.
_PUT = """
local old = redis.call('HGET', KEYS[1], 'positions')
local is_ours, there = pcall(cjson.decode, old)
if old and is_ours and type(there) == 'table' then
    local given, more = cjson.decode(ARGV[2]), false
    for stream, position in pairs(there) do
        if given[stream] == nil or position < given[stream] then more = nil break end
        if position > given[stream] then more = true end
    end
    if more then
        for stream in pairs(given) do if there[stream] == nil then more = false end end
    end
    if more then return 0 end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'key', ARGV[1], 'positions', ARGV[2], 'rest', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[5])
return 1
"""


class ValkeyStore:
    """See `Store`. What is asked in one turn of the loop goes out as one request."""

    def __init__(self, client: Any, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._put: Any = self._client.register_script(_PUT)
        self._asked: list[tuple[bytes, asyncio.Future[Answer | None]]] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._not_before = float("-inf")

    def _name(self, key: bytes) -> str:
        return f"{self._prefix}:{key.hex()}"

    def _check(self) -> None:
        if self._clock() < self._not_before:
            raise Unavailable("Valkey did not answer a moment ago.")

    async def get(self, key: bytes) -> Answer | None:
        """See `Store`."""
        self._check()
        waiting: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, waiting))
        if len(self._asked) == 1:
            task = asyncio.create_task(self._ask())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return await waiting

    async def _ask(self) -> None:
        asked, self._asked = self._asked, []
        found = await self._fetch([key for key, _ in asked])
        for (key, waiting), fields in zip(asked, found, strict=True):
            if waiting.done():
                continue  # whoever asked went away
            if fields is None or isinstance(fields, Exception):
                waiting.set_exception(Unavailable("Valkey does not answer."))
            else:
                waiting.set_result(_read(key, fields))

    async def _fetch(self, keys: list[bytes]) -> list[Any]:
        """The fields of each hash, or an exception; None for all where the server does not answer."""
        pipe = self._client.pipeline(transaction=False)
        for key in keys:
            pipe.hmget(self._name(key), _FIELDS)
        try:
            async with asyncio.timeout(WAIT):
                return list(await pipe.execute(raise_on_error=False))
        except valkey.AWAY:
            pass
        except Exception:
            log.exception("Valkey's client fell over")
        self._not_before = self._clock() + PAUSE
        return [None] * len(keys)

    async def put(self, key: bytes, answer: Answer) -> None:
        """See `Store`."""
        self._check()
        try:
            async with asyncio.timeout(WAIT):
                await self._put(
                    keys=[self._name(key)], args=[key, *pack(answer), answer.body, int(answer.until * 1000)]
                )
        except valkey.AWAY as error:
            self._not_before = self._clock() + PAUSE
            raise Unavailable("Valkey does not answer.") from error


def _read(key: bytes, fields: list[bytes | None]) -> Answer | None:
    """None for what is not whole, or not ours: a connection out of step must never show one caller another's answer."""
    own, positions, rest, body = fields
    if own != key or positions is None or rest is None or body is None:
        return None
    try:
        answer = unpack(positions, rest, body)
    except ValueError:
        return None
    return answer if answer.until > time.time() else None


@asynccontextmanager
async def connect(url: str, prefix: str) -> AsyncGenerator[ValkeyStore]:
    """A store on the server or the cluster at `url`; it need not answer yet."""
    async with valkey.connected(url) as client:
        yield ValkeyStore(client, prefix)
