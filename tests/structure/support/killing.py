"""Servers that die without warning, and come back."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import psutil
from mediaclay_kernel.migrations import migrate
from mediaclay_structure import subgraph

from mediaclay.errors import StartFailed
from mediaclay.processes.server import Server

PATIENCE = 60.0
"""Seconds for a server to come back on a crowded machine."""


def kill(server: Server) -> None:
    """SIGKILL, for a server's own processes, too, as if the power were cut."""
    process = psutil.Process(server.pid)
    workers = process.children(recursive=True)
    server.kill()
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    psutil.wait_procs(workers, timeout=10)


def revive(server: Server) -> None:
    """Starts it again: right after a kill its port or its memory may still be the dead one's for a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            server.start()
        except StartFailed:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def migrated(url: str) -> None:
    """Gives a database the tables of structure. Not to be called where an event loop runs."""
    assert subgraph.migrations is not None
    asyncio.run(migrate(url, subgraph.database_schema, subgraph.migrations))
