"""How often answers were found, made, or not kept and why."""

from __future__ import annotations

from collections import Counter

from mediaclay_kernel.metrics import Values, counted

NAME = "clay.answers"


class Counts:
    """By outcome and reason: ("hit", "process"), ("hit", "shared"), ("miss", ""), ("refused", why it was not kept)."""

    def __init__(self, schema: str) -> None:
        self.of: Counter[tuple[str, str]] = Counter()
        self._schema = schema
        counted(self, NAME, Counts._values, description="Answers found in the cache, made, or not kept.")

    def hit(self, where: str) -> None:
        """One came from `process` or `shared`."""
        self.of["hit", where] += 1

    def miss(self) -> None:
        """One had to be made."""
        self.of["miss", ""] += 1

    def refused(self, reason: str) -> None:
        """One was not kept."""
        self.of["refused", reason] += 1

    def _values(self) -> Values:
        for (outcome, reason), number in list(self.of.items()):
            yield number, {"subgraph": self._schema, "outcome": outcome, "reason": reason}
