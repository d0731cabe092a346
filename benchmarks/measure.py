"""Measuring side by side: the forms that are compared take turns, so that what slows the machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any, TypeVar

K = TypeVar("K")
Form = Callable[[K], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Times:
    """The median seconds of each form, in each round."""

    rounds: Mapping[str, Sequence[float]]

    def of(self, form: str) -> float:
        """The median of the rounds."""
        return median(self.rounds[form])

    def ratio(self, form: str, to: str) -> float:
        """The median of the rounds' ratios: what changes from round to round changes both."""
        return median(a / b for a, b in zip(self.rounds[form], self.rounds[to], strict=True))


async def side_by_side(forms: Mapping[str, Form[K]], keys: Sequence[K], rounds: int, random: Random) -> Times:
    """Each form on each key in each round, in an order that changes; after one round that warms up.

    Raises `AssertionError` where two forms answer differently.
    """
    times: dict[str, list[float]] = {name: [] for name in forms}
    for key in keys:
        await _agree(forms, key)
    for _ in range(rounds):
        taken: dict[str, list[float]] = {name: [] for name in forms}
        for key in keys:
            for name in random.sample(list(forms), len(forms)):
                began = time.perf_counter()
                await forms[name](key)
                taken[name].append(time.perf_counter() - began)
        for name, each in taken.items():
            times[name].append(median(each))
    return Times(times)


async def _agree(forms: Mapping[str, Form[K]], key: K) -> None:
    answers = {name: await form(key) for name, form in forms.items()}
    first = next(iter(answers))
    for name, answer in answers.items():
        assert answer == answers[first], f"{first} and {name} answer differently for {key!r}"


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
