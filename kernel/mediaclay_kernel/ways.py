"""Which way reads were answered, compiled or the ordinary one, and why."""

from __future__ import annotations

from collections import Counter

from opentelemetry import metrics

MOST = 1000
"""Pairs of operation and reason that are told apart: clients choose the names of operations."""


class Ways:
    """Counts in this process, and as the metric `clay.reads` with the attributes `way`, `operation` and `why`."""

    def __init__(self, subgraph: str = "") -> None:
        self.compiled = 0
        self.at_once = 0
        """Those compiled ones of which something nested was answered at once."""
        self.ordinary: Counter[tuple[str, str]] = Counter()
        self._subgraph = subgraph
        self._reads = metrics.get_meter("mediaclay").create_counter("clay.reads", description="Reads by their way.")

    def count_compiled(self) -> None:
        """One more that a plan answered."""
        self.compiled += 1
        self._reads.add(1, {"subgraph": self._subgraph, "way": "compiled"})

    def count_ordinary(self, operation: str, why: str) -> None:
        """One more that Strawberry executed."""
        if (operation, why) not in self.ordinary and len(self.ordinary) >= MOST:
            operation = ""
        self.ordinary[operation, why] += 1
        self._reads.add(1, {"subgraph": self._subgraph, "way": "ordinary", "operation": operation, "why": why})
