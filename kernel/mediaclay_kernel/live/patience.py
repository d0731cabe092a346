"""Waiting for a server that is away, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mediaclay_kernel.errors import Unavailable

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a subscription waits for a server that is away."""
PAUSE = 0.2


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` answers, asked again while it raises `Unavailable`; in the end that is raised."""
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await ask()
        except Unavailable:
            if asyncio.get_running_loop().time() >= until:
                raise
        await asyncio.sleep(PAUSE)
