"""`python -m tests.live.trials`: kills servers at random moments, and holds what subscribers were told to what was committed.

Each trial is one fault: a client's connection breaks, or one of the servers is killed by SIGKILL and started again. It ends
when everybody was told all that was committed until its end, in order, nothing twice, and nothing of other branches.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.live.support.crowd import Crowd
from tests.live.support.house import House, housed

FAULTS = ("client", "structure", "router", "valkey", "database", "writer")
"""The connection of a client breaks, or one of the servers is killed."""
PATIENCE = 120.0
"""Seconds in which everybody must be told all, on a crowded machine."""


@dataclass
class Result:
    """What the trials came to."""

    faults: Counter[str] = field(default_factory=Counter[str])
    seconds: list[float] = field(default_factory=list[float])
    """From the end of each fault until nobody missed anything."""

    def report(self, crowd: Crowd) -> str:
        """In a few lines."""
        kinds: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for each in crowd.subscribers:
            kinds[each.kind] += len(each.told)
            ends += each.ends
        return "\n".join(
            [
                f"{sum(self.faults.values())} trials: {dict(self.faults)}",
                f"{crowd.written:,} changes written, {crowd.refused:,} requests failed meanwhile",
                f"{sum(kinds.values()):,} events told to {len(crowd.subscribers)} subscribers: {dict(kinds)}",
                f"ends of connections: {dict(ends.most_common())}",
                f"whole again after a median of {median(self.seconds):.2f} s, at most {max(self.seconds):.2f} s",
                "0 gaps, 0 duplicates, 0 events of other branches",
            ]
        )


def run(house: House, crowd: Crowd, faults: Sequence[str], chance: random.Random, say: Callable[[str], None]) -> Result:
    """One trial of each of these faults. Raises `AssertionError` for the first that does not hold."""
    result = Result()
    for number, fault in enumerate(faults, 1):
        time.sleep(chance.random() * 0.8)
        if fault == "client":
            crowd.drop()
        else:
            house.kill(fault)
            time.sleep(chance.choice([0, 0, chance.random() * 1.5]))
            house.revive(fault)
        result.faults[fault] += 1
        result.seconds.append(crowd.whole(PATIENCE))
        if number % 10 == 0:
            say(
                f"{number} of {len(faults)} trials; {crowd.written:,} changes; the last took {result.seconds[-1]:.2f} s"
            )
    return result


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Runs them, and says what they came to."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.trials", description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100, help="changes a second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clay-trials-") as folder, housed(Path(folder)) as house:
        crowd = Crowd(house, given.rate, given.seed)
        crowd.start()
        try:
            chance = random.Random(given.seed)
            result = run(house, crowd, chance.choices(FAULTS, k=given.trials), chance, _say)
        finally:
            crowd.stop()
        _say(result.report(crowd))


if __name__ == "__main__":
    main()
