"""Which way reads were answered, compiled or the ordinary one, and why."""

from __future__ import annotations

from collections import Counter

from mediaclay_kernel.metrics import Values, counted

MOST = 1000
"""Pairs of operation and reason that are told apart: clients choose the names of operations."""


class Ways:
    """Counts in this process; the metric `clay.reads` has the attributes `way`, `operation` and `why`."""

    def __init__(self, subgraph: str = "") -> None:
        self.compiled = 0
        self.at_once = 0
        """Those compiled ones of which something nested was answered at once."""
        self.ordinary: Counter[tuple[str, str]] = Counter()
        self._subgraph = subgraph
        counted(self, "clay.reads", Ways._values, description="Reads by their way.")

    def count_compiled(self) -> None:
        """One more that a plan answered."""
        self.compiled += 1

    def count_ordinary(self, operation: str, why: str) -> None:
        """One more that Strawberry executed."""
        if (operation, why) not in self.ordinary and len(self.ordinary) >= MOST:
            operation = ""
        self.ordinary[operation, why] += 1

    def _values(self) -> Values:
        yield self.compiled, {"subgraph": self._subgraph, "way": "compiled", "operation": "", "why": ""}
        for (operation, why), number in list(self.ordinary.items()):
            yield number, {"subgraph": self._subgraph, "way": "ordinary", "operation": operation, "why": why}
