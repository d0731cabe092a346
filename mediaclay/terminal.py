"""What `clay up` shows: progress, then the lines of all its processes, each with the name of whose it is."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")
LEVELS = {"warning": "yellow", "error": "red", "critical": "bold red"}
REMEMBERED = 12


class Terminal:
    """Lines go to a file for each process, and to the console once it is `live`; the last ones are remembered."""

    def __init__(self, console: Console, logs: Path, live: bool = False) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.console = console
        self.logs = logs
        self.live = live
        self._files: dict[str, TextIO] = {}
        self._last: dict[str, deque[str]] = {}

    def line(self, name: str, text: str) -> None:
        """A line that the process `name` wrote."""
        if name not in self._files:
            self._files[name] = (self.logs / f"{name}.log").open("w", buffering=1)
            self._last[name] = deque(maxlen=REMEMBERED)
        self._files[name].write(text + "\n")
        self._last[name].append(text)
        if self.live:
            self.show(name, text)

    def show(self, name: str, text: str) -> None:
        """The line on the console, under its name."""
        names = list(self._files)
        colour = COLOURS[names.index(name) % len(COLOURS)] if name in names else "white"
        self.console.print(Text.assemble((f"{name:>10} │ ", colour), readable(text)), soft_wrap=True, highlight=False)

    def last(self, name: str) -> list[str]:
        """The last lines of a process."""
        return list(self._last.get(name, ()))

    def done(self, what: str, how: str) -> None:
        """One step is done."""
        self.console.print(Text.assemble(("  ✓ ", "green"), f"{what:<12}", (how, "dim")), highlight=False)

    def note(self, text: str, style: str = "yellow") -> None:
        """Something that the reader should know."""
        self.console.print(Text.assemble((f"{'clay':>10} │ ", "bold"), (text, style)), soft_wrap=True, highlight=False)

    @contextmanager
    def underway(self, what: str) -> Generator[None]:
        """A spinner where the console is a terminal; nothing in a file."""
        with self.console.status(f"{what} ...", spinner="dots"):
            yield

    def close(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def readable(text: str) -> Text:
    """A line for people: of a JSON line its level, message and the last line of its traceback; of any other all."""
    record = _record(text)
    if record is None:
        return Text.from_ansi(text)
    level = str(record.get("level", ""))
    shown = Text.assemble(
        (f"{level} " if level not in ("", "info") else "", LEVELS.get(level, "dim")), str(record["message"])
    )
    if detail := record.get("error"):
        shown.append(f": {str(detail).strip().splitlines()[-1]} (all of it in the log)", "dim")
    return shown


def _record(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        record: dict[str, Any] = json.loads(text)
    except ValueError:
        return None
    return record if "message" in record else None
