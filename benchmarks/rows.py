"""What a part of the benchmarks finds out: the rows of its table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `reached` is None where there is no goal."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None
    note: str = ""


def at_most(what: str, ours: float, peer: float, ratio: float, goal: float | None, note: str = "") -> Row:
    """Our seconds against a peer's, the ratio to stay below `goal`."""
    wanted = "" if goal is None else f"<= {goal:g}"
    reached = None if goal is None else round(ratio, 2) <= goal
    return Row(what, seconds(ours), seconds(peer), f"{ratio:.2f}", wanted, reached, note)


def times_faster(what: str, ours: float, peer: float, goal: float | None, note: str = "") -> Row:
    """Our seconds against a peer's, which must be `goal` times ours."""
    ratio = peer / ours
    wanted = "" if goal is None else f">= {goal:g} x"
    return Row(
        what,
        seconds(ours),
        seconds(peer),
        f"{ratio:,.{int(ratio < 10)}f} x",
        wanted,
        None if goal is None else ratio >= goal,
        note,
    )


def seconds(value: float) -> str:
    """A time with three digits and the unit that suits it."""
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    if value < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} s"


def amount(value: float) -> str:
    """Bytes with the unit that suits them."""
    if value < 1000:
        return f"{value:.0f} B"
    if value < 1_000_000:
        return f"{value / 1000:.3g} KB"
    return f"{value / 1_000_000:.3g} MB"
