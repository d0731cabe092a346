"""What became of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaclay_kernel.errors import ClayError

from mediaclay_structure.formats.line import BadLine


@dataclass(slots=True)
class Ingested:
    """How many nodes and links are new, how many of both were there already, and which lines are bad."""

    created: int = 0
    present: int = 0
    linked: int = 0
    bad: list[BadLine] = field(default_factory=list[BadLine])

    def refuse(self, number: int, error: ClayError) -> None:
        """Reports a line that can't be taken."""
        self.bad.append(BadLine(number, error.message, error.code))
