"""Starts programs stage by stage, starts again what dies, and stops all in the reverse order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from mediaclay.errors import StartFailed
from mediaclay.leftovers import Register
from mediaclay.processes.child import Attached, Child, ending
from mediaclay.processes.program import Program
from mediaclay.terminal import Terminal

STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
SETTLED = 60.0
"""Seconds after which a process counts as running well: the pause before its next restart is short again."""


class Supervisor:
    """The children of one `clay up`. `end` must be awaited, whatever happened before."""

    def __init__(self, terminal: Terminal, register: Register) -> None:
        self.terminal = terminal
        self._register = register
        self._stages: list[list[Child]] = []
        self._passing: set[Child] = set()

    async def start(self, *programs: Program) -> None:
        """Starts programs side by side, as one stage, and waits until all are ready. Raises `StartFailed`."""
        children = [self._child(program) for program in programs]
        self._stages.append(children)
        await _all(*(self._bring_up(child) for child in children))

    async def run(self, program: Program, attached: bool = False) -> None:
        """Runs a program to its end. Raises `StartFailed` where it fails."""
        child = Attached(program, partial(self.terminal.line, program.name)) if attached else self._child(program)
        self._passing.add(child)
        began = time.monotonic()
        try:
            await self._spawn(child)
            if code := await child.wait():
                raise StartFailed(self._reason(program.name, f"{program.name} failed ({ending(code)})"))
        finally:
            await child.stop()
            self._passing.discard(child)
        self.terminal.done(program.name, f"done in {time.monotonic() - began:.1f} s")

    async def watch(self) -> None:
        """Starts again what dies, until cancelled."""
        await asyncio.gather(*(self._keep(child) for stage in self._stages for child in stage))

    async def end(self) -> None:
        """Stops everything, the last stage first."""
        for stage in [list(self._passing), *reversed(self._stages)]:
            await asyncio.gather(*(child.stop() for child in stage))
        self._register.clear()

    def hurry(self) -> None:
        """Kills what still runs: for whoever presses Ctrl-C twice."""
        for stage in [list(self._passing), *self._stages]:
            for child in stage:
                child.kill()

    def _child(self, program: Program) -> Child:
        return Child(program, partial(self.terminal.line, program.name))

    async def _spawn(self, child: Child) -> None:
        pid = await child.spawn()
        self._register.add(child.program.name, pid, child.program.stop_signal)

    async def _bring_up(self, child: Child) -> None:
        await self._spawn(child)
        try:
            seconds = await child.become_ready()
        except StartFailed as error:
            raise StartFailed(self._reason(child.program.name, error.message)) from None
        self.terminal.done(child.program.name, f"ready in {seconds:.1f} s")

    async def _keep(self, child: Child) -> None:
        name, pause, began = child.program.name, FIRST_PAUSE, time.monotonic()
        while True:
            code = await child.wait()
            pause = FIRST_PAUSE if time.monotonic() - began > SETTLED else pause
            self.terminal.note(f"{name} ended ({ending(code)}); starting it again in {pause:g} s", "red")
            await asyncio.sleep(pause)
            pause, began = min(pause * 2, LONGEST_PAUSE), time.monotonic()
            try:
                await self._spawn(child)
                seconds = await child.become_ready()
                self.terminal.note(f"{name} is back, ready in {seconds:.1f} s", "green")
            except StartFailed as error:
                self.terminal.note(error.message, "red")
                await child.stop()

    def _reason(self, name: str, sentence: str) -> str:
        last = self.terminal.last(name)
        if not last or self.terminal.live:
            return sentence
        return "\n".join([sentence.rstrip(".") + ". Its last lines:", *(f"  {line}" for line in last)])


@asynccontextmanager
async def until_stopped(supervisor: Supervisor) -> AsyncGenerator[None]:
    """Ends what is inside at Ctrl-C, SIGTERM or SIGHUP, and all children however it ends. A second signal kills them."""
    task = asyncio.current_task()
    assert task is not None
    told: list[int] = []

    def stop(number: int) -> None:
        told.append(number)
        if len(told) == 1:
            task.cancel()
        else:
            supervisor.hurry()

    for number in STOP:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        task.uncancel()
        supervisor.terminal.note("stopping; Ctrl-C again kills", "bold")
    finally:
        await supervisor.end()


async def _all(*work: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except ExceptionGroup as errors:  # the first tells the story, the others were cancelled for it
        raise errors.exceptions[0] from None
