"""How often answers were found, made, or not kept and why."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

NAME = "clay.answers"


class Counts:
    """Counters that cost nothing to speak of; the OpenTelemetry SDK, where there is one, reads them now and then.

    By outcome and reason: ("hit", "process"), ("hit", "shared"), ("miss", ""), ("refused", why it was not kept).
    """

    def __init__(self, schema: str) -> None:
        self.of: Counter[tuple[str, str]] = Counter()
        seen = weakref.ref(self)

        def observe(_: CallbackOptions) -> Iterable[Observation]:
            counts = seen()
            for (outcome, reason), number in () if counts is None else list(counts.of.items()):
                yield Observation(number, {"subgraph": schema, "outcome": outcome, "reason": reason})

        metrics.get_meter("mediaclay").create_observable_counter(
            NAME, [observe], unit="{answer}", description="Answers found in the cache, made, or not kept."
        )

    def hit(self, where: str) -> None:
        """One came from `process` or `shared`."""
        self.of["hit", where] += 1

    def miss(self) -> None:
        """One had to be made."""
        self.of["miss", ""] += 1

    def refused(self, reason: str) -> None:
        """One was not kept."""
        self.of["refused", reason] += 1
