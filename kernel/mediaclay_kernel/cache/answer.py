"""One answer as it is kept, in memory or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from mediaclay_kernel.cache.tags import Marks, positions_text

OVERHEAD = 400
"""Bytes that an answer takes beside its body and names, about."""
NAME = 130
"""Bytes that a name takes in memory, about."""


@dataclass(slots=True)
class Answer:
    """The bytes, what they depend on, and the second (since 1970) at which they are too old whatever happens."""

    body: bytes
    marks: Marks
    until: float

    @property
    def weight(self) -> int:
        """Bytes that it takes in memory, about."""
        names = sum(map(len, self.marks.names.values())) + len(self.marks.anywhere)
        return OVERHEAD + len(self.body) + NAME * names


def pack(answer: Answer) -> tuple[bytes, bytes]:
    """Its positions and its names as JSON, for other processes. Names of any stream are not among them."""
    names = {str(stream): list(own) for stream, own in answer.marks.names.items()}
    return orjson.dumps(positions_text(answer.marks.positions)), orjson.dumps([answer.until, names])


def unpack(positions: bytes, rest: bytes, body: bytes) -> Answer:
    """The answer that was packed. Raises `ValueError` for anything else."""
    try:
        told: dict[str, int] = orjson.loads(positions)
        until, names = orjson.loads(rest)
        marks = Marks(_by_id(names, frozenset), _by_id(told, int))
        if marks.names.keys() != marks.positions.keys():
            raise ValueError("its names and positions are of different streams")
        return Answer(body, marks, float(until))
    except (TypeError, AttributeError) as error:
        raise ValueError("it is of another form") from error


def _by_id(found: dict[str, Any], as_: Any) -> dict[UUID, Any]:
    return {UUID(stream): as_(value) for stream, value in found.items()}
