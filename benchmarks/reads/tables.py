"""The results in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.reads.measure import Result
from benchmarks.reads.queries import PLAIN

_HEAD = (
    "What", "Who", "Requests/s", "CPU ms, server", "CPU ms, PostgreSQL", "Ours is", "Floor", "Reached", "By server CPU",
)  # fmt: skip
_UNCHECKED = " (no access checks)"


def ratios(results: Sequence[Result]) -> str:
    """A line for each query and form: medians of the rounds, and how many times ours is theirs."""
    return _table(_HEAD, [_line(result, form) for result in results for form in result.rounds])


def rounds(results: Sequence[Result]) -> str:
    """Requests a second in each round, as they were measured."""
    count = max(len(each) for result in results for each in result.rounds.values())
    lines = [
        (result.query.name, form, *(_number(one.rate) for one in each))
        for result in results
        for form, each in result.rounds.items()
    ]
    return _table(("Query", "Who", *(str(number + 1) for number in range(count))), lines)


def missed(results: Sequence[Result]) -> list[str]:
    """The floors that were not reached, in words."""
    return [
        f"{result.query.name}: {result.ratio(form):.2f} times {form}, floor {floor:g}"
        for result in results
        for form, floor in result.query.floors.items()
        if form in result.rounds and not _reached(result, form)
    ]


def _line(result: Result, form: str) -> tuple[str, ...]:
    ours = form == result.query.measured
    floor = result.query.floors.get(form)
    return (
        result.query.title if ours else "",
        form if ours or form == PLAIN else form + _UNCHECKED,
        _number(result.middle(form, lambda one: one.rate)),
        f"{result.middle(form, lambda one: one.server):.3g}",
        f"{result.middle(form, lambda one: one.postgres):.3g}",
        "" if ours else f"{result.ratio(form):.2f} x",
        "" if floor is None else f">= {floor:g} x",
        "" if floor is None else "yes" if _reached(result, form) else "**no**",
        "" if ours else f"{result.cpu_ratio(form):.2f} x",
    )


def _reached(result: Result, form: str) -> bool:
    return result.ratio(form) >= result.query.floors[form]


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines))
