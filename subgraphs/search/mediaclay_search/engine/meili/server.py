"""Calls of a Meilisearch server by its official client, each in a thread. Raises `Unavailable` where it does not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from mediaclay_kernel.errors import Unavailable
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError, MeilisearchError

T = TypeVar("T")

TIMEOUT = 60
"""Seconds that a call may take."""
TASK = 600_000
"""Milliseconds that a task may take: those before it in the queue count, too."""
LOOK = 20
"""Milliseconds between two looks at a task."""


class Server:
    """A server. Writes are tasks there, done in the order in which they came."""

    def __init__(self, url: str, key: str | None) -> None:
        self._url, self._key = url, key
        self._own = threading.local()

    async def call(self, work: Callable[[Client], T]) -> T:
        """What the client answers."""
        try:
            return await asyncio.to_thread(lambda: work(self._client()))
        except MeilisearchApiError as error:
            raise Unavailable(f"Meilisearch refuses: {str(error)[:300]}") from error
        except MeilisearchError as error:
            raise Unavailable(f"Meilisearch does not answer at {self._url}; try again.") from error

    async def has(self, uid: str) -> bool:
        """Whether there is an index of that name."""

        def look(client: Client) -> bool:
            try:
                client.get_index(uid)
            except MeilisearchApiError as error:
                if cast("Any", error).code == "index_not_found":
                    return False
                raise
            return True

        return await self.call(look)

    async def finish(self, tasks: Sequence[Any]) -> None:
        """Waits for tasks. Raises `Unavailable` where one failed."""
        for task in tasks:
            done = await self.call(lambda client, uid=task.task_uid: client.wait_for_task(uid, TASK, LOOK))
            if done.status != "succeeded":
                raise Unavailable(f"Meilisearch could not do the task {done.uid} ({done.type}): {done.error}")

    def _client(self) -> Client:
        # One for each thread: the client changes its own headers with each call.
        if not hasattr(self._own, "client"):
            self._own.client = Client(self._url, self._key, timeout=TIMEOUT)
        return self._own.client
