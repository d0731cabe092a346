"""A Valkey that is killed, and comes back as it was, empty, or as it was some time ago."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from random import Random

from mediaclay.embedded import valkey
from mediaclay.errors import PortTaken, StartFailed
from mediaclay.ports import any_free
from mediaclay.processes.server import Server


class Valkey:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._port = any_free()
        self._server: Server = valkey.start(home, self._port)
        self.url = self._server.url
        self._data = home / "valkey"
        self._copy = home / "copy"

    async def trouble(self, chance: Random) -> str:
        """Something goes wrong; what it was."""
        match chance.choice(["copy", "copy", "kill", "empty", "old"]):
            case "copy":
                await asyncio.to_thread(self._keep)
                return "copied"
            case "kill":
                await asyncio.to_thread(self._again, None)
                return "killed"
            case "empty":
                await asyncio.to_thread(self._again, self._emptied)
                return "came back empty"
            case _:
                await asyncio.to_thread(self._again, self._put_back)
                return "came back with old data"

    def _keep(self) -> None:
        shutil.rmtree(self._copy, ignore_errors=True)
        with suppress(OSError):  # it goes on writing
            shutil.copytree(self._data, self._copy)

    def _emptied(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)

    def _put_back(self) -> None:
        if self._copy.exists():
            self._emptied()
            shutil.copytree(self._copy, self._data)

    def _again(self, change: object) -> None:
        self._server.kill()
        if callable(change):
            change()
        for _ in range(100):
            try:
                self._server = valkey.start(self._home, self._port)
                return
            except StartFailed:
                self._emptied()  # a copy that was made in the midst of a write
            except PortTaken:
                continue

    def stop(self) -> None:
        with suppress(AssertionError):
            self._server.stop()
