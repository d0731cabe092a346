"""A program started by synchronous code, such as a test run. `clay up` has its own way: see `child`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from mediaclay.errors import StartFailed
from mediaclay.processes.leash import options
from mediaclay.processes.program import Program

STEP = 0.03


class Server:
    """A running program and the address at which it is reached. A context manager that stops it."""

    def __init__(self, program: Program, url: str, log: Path) -> None:
        self.program = program
        self.url = url
        self.log = log
        self._process: subprocess.Popen[Any] | None = None

    @property
    def pid(self) -> int:
        """The process id. It must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Server:
        """Starts it and waits until it is ready. Raises `StartFailed` with its last words."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            process: subprocess.Popen[Any] = subprocess.Popen(  # noqa: S603
                self.program.argv, env=dict(self.program.environment), cwd=self.program.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options(self.program.stop_signal),
            )  # fmt: skip
        self._process = process
        until = time.monotonic() + self.program.patience
        while not self.program.ready(process.pid):
            if process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise StartFailed(f"{self.program.name} did not start: {last_words(self.log)}")
            time.sleep(STEP)
        return self

    def stop(self) -> None:
        """Asks it to end, waits, and insists at last."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.program.stop_signal)
        try:
            process.wait(self.program.grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """Ends it without warning, as a failing machine would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def last_words(log: Path, lines: int = 6) -> str:
    """The end of a log, on one line."""
    try:
        return " / ".join(log.read_text(errors="replace").strip().splitlines()[-lines:]) or "it said nothing."
    except FileNotFoundError:
        return "it said nothing."
