"""A program as a child of `clay up`: its lines are shown, its end is noticed."""

from __future__ import annotations

import asyncio
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable

from mediaclay.errors import StartFailed
from mediaclay.processes.leash import options
from mediaclay.processes.program import Program

LONGEST_LINE = 1 << 20
STEP = 0.05


class Child:
    """One program, started as often as needed. `say` gets each line that it writes."""

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self.program = program
        self._say = say
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def spawn(self) -> int:
        """Starts the process; answers its id. Raises `StartFailed`."""
        try:
            # Its input stays open as long as we live: where no signal tells it of our end, the end of the input does.
            self._process = await asyncio.create_subprocess_exec(
                *self.program.argv, env=dict(self.program.environment), cwd=self.program.folder, stdin=PIPE, stdout=PIPE,
                stderr=STDOUT, limit=LONGEST_LINE, **options(self.program.stop_signal),
            )  # fmt: skip
        except OSError as error:
            raise StartFailed(f"{self.program.name} can't be started: {error}") from None
        self._reader = asyncio.create_task(self._read(self._process))
        return self._process.pid

    async def become_ready(self) -> float:
        """Waits until it is ready; answers the seconds. Raises `StartFailed` if it ends or stays silent too long."""
        process, program = self._process, self.program
        assert process is not None
        began = time.monotonic()
        while not await asyncio.to_thread(program.ready, process.pid):
            if process.returncode is not None:
                await self._drained()
                raise StartFailed(f"{program.name} ended before it was ready ({ending(process.returncode)}).")
            if time.monotonic() - began > program.patience:
                raise StartFailed(f"{program.name} was not ready after {program.patience:.0f} s.")
            await asyncio.sleep(STEP)
        return time.monotonic() - began

    async def wait(self) -> int:
        """Waits for its end; answers the exit code, -N where signal N ended it."""
        assert self._process is not None
        code = await self._process.wait()
        await self._drained()
        return code

    async def stop(self) -> None:
        """Asks it to end, waits, and insists at last."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.program.grace)
        except TimeoutError:
            self._say(f"does not end within {self.program.grace:.0f} s and is killed")
            self._signal(signal.SIGKILL)
            await process.wait()
        await self._drained()

    def kill(self) -> None:
        """Ends it without waiting."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            try:
                self._process.send_signal(number)
            except ProcessLookupError:
                return

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit: its beginning is dropped
                continue
            if not line:
                return
            self._say(line.decode(errors="replace").rstrip())

    async def _drained(self) -> None:
        # Its own children may hold the pipe open longer than it lives itself.
        if self._reader is not None:
            await asyncio.wait([self._reader], timeout=1)


class Attached(Child):
    """A child that writes straight to our terminal, for commands with a progress bar of their own."""

    async def spawn(self) -> int:
        """See `Child`."""
        self._process = await asyncio.create_subprocess_exec(
            *self.program.argv, env=dict(self.program.environment), cwd=self.program.folder, stdin=DEVNULL,
            **options(self.program.stop_signal),
        )  # fmt: skip
        return self._process.pid


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
