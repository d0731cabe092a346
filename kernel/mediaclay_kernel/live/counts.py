"""What subscribers were told, and how long after it happened."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from datetime import UTC, datetime

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from mediaclay_kernel.changelog import Change


class Counts:
    """Plain numbers of one subgraph, which the OpenTelemetry SDK reads now and then where there is one."""

    def __init__(self, subgraph: str) -> None:
        self.members = 0
        """Open subscriptions."""
        self.rendered = 0
        """Events that were written as bytes, each once for all who get the same."""
        self.delivered = 0
        """Events that were handed to somebody as they came."""
        self.replayed = 0
        """Events that somebody had missed, and was given later."""
        self.slow = 0
        """How often somebody was too slow to be handed what comes, and was replayed."""
        self._lag = metrics.get_meter("mediaclay").create_histogram(
            "clay.live.lag", unit="ms", description="From a commit to the moment at which subscribers are told."
        )
        self._attributes = {"subgraph": subgraph}
        self._observe(subgraph)

    def told(self, change: Change, members: int) -> None:
        """A change was handed to so many."""
        self.delivered += members
        self._lag.record((datetime.now(UTC) - change.at).total_seconds() * 1000, self._attributes)

    def _observe(self, subgraph: str) -> None:
        seen = weakref.ref(self)

        def observing(name: str):  # noqa: ANN202
            def observe(_: CallbackOptions) -> Iterable[Observation]:
                counts = seen()
                return [] if counts is None else [Observation(getattr(counts, name), {"subgraph": subgraph})]

            return [observe]

        meter = metrics.get_meter("mediaclay")
        meter.create_observable_up_down_counter("clay.live.members", observing("members"))
        for name in ("rendered", "delivered", "replayed", "slow"):
            meter.create_observable_counter(f"clay.live.{name}", observing(name))
