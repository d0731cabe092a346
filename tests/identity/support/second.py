"""The second provider, in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from mediaclay.embedded import node

FOLDER = Path(__file__).parent.parent / "provider"


@asynccontextmanager
async def second_provider(port: int) -> AsyncGenerator[str]:
    """Its issuer."""
    process = await asyncio.create_subprocess_exec(
        node.binary(), FOLDER / "provider.mjs", str(port), cwd=FOLDER,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
