"""docs/benchmarks.md: each part of a run replaces what the page says of it, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rows import Row

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_SIGNS = {True: "yes", False: "**no**", None: ""}
_HEAD = ("What", "Ours", "Peer", "Ratio", "Goal", "Reached", "Note")


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    cells = [_HEAD, ("---",) * len(_HEAD)]
    cells += [(r.what, r.ours, r.peer, r.ratio, r.goal, _SIGNS[r.reached], r.note) for r in rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def replace(text: str, name: str, body: str) -> str:
    """The page with `body` between the markers of `name`. Raises `ValueError` where it has no such markers."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"The page has no place for {name}: it needs {begin} and {end}.")
    return pattern.sub(lambda _: f"{begin}\n\n{body}\n\n{end}", text)


def write(name: str, body: str, page: Path = PAGE) -> None:
    """Puts `body` into the page."""
    page.write_text(replace(page.read_text(), name, body))
