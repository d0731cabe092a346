"""What one registered kind asks of its nodes."""

from __future__ import annotations

from typing import NamedTuple


class KindRule(NamedTuple):
    """A kind's JSON Schema, as JSON, and the kinds that its nodes may have as children: None for any."""

    name: str
    schema: str
    allowed_children: list[str] | None

    def allows(self, child: str) -> bool:
        """Whether a child of that kind may be."""
        return self.allowed_children is None or child in self.allowed_children
