"""Filters of nodes: their part of a statement, and the time that they may take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

import orjson
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import LimitExceeded

from mediaclay_structure.records import NodeFilter
from mediaclay_structure.store import jsonpath
from mediaclay_structure.store.columns import statement

# Case folding by the tables of Unicode, so that it doesn't depend on the locale that the server was set up with.
_FOLDED = 'casefold({} COLLATE "pg_unicode_fast")'
FILTER = f"""
    (CAST(:kinds AS text[]) IS NULL OR n.kind = ANY(CAST(:kinds AS text[])))
    AND (CAST(:pattern AS text) IS NULL
         OR {_FOLDED.format("n.name")} LIKE {_FOLDED.format("CAST(:pattern AS text)")})
    AND (CAST(:predicate AS jsonpath) IS NULL OR n.properties @@ CAST(:predicate AS jsonpath))
"""
_HOLD = statement("SELECT set_config('statement_timeout', CAST(:milliseconds AS text), true)")


def filter_values(wanted: NodeFilter) -> dict[str, object]:
    """The parameters of `FILTER`."""
    pattern = None
    if wanted.name_contains is not None:
        escaped = wanted.name_contains.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%"
    return {"kinds": wanted.kinds, "pattern": pattern, "predicate": wanted.where}


class Deadline:
    """The end of the time that the filtered lists of one field may take together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds. Raises `LimitExceeded` where none are left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> LimitExceeded:
        """The refusal of a filter that took too long."""
        return LimitExceeded(
            f"The filter went on for {self.seconds:g} s without an end. Ask for a smaller branch, for fewer levels, or "
            "for an equality such as '$.sku == 7', which an index answers.", limit=self.seconds,
        )  # fmt: skip

    async def hold(self, db: Connection) -> None:
        """From here to the end of the transaction, PostgreSQL gives up when the time is over."""
        await _HOLD.value(db, milliseconds=str(max(int(self.left * 1000), 1)))


@dataclass(frozen=True, slots=True)
class Search:
    """A filter that was checked: `normal` is its predicate where an index narrows that down."""

    wanted: NodeFilter
    normal: str | None
    deadline: Deadline

    @property
    def is_nothing(self) -> bool:
        """Whether no node can be wanted."""
        return self.wanted.kinds == []

    def narrow(self, structure: UUID) -> str | None:
        """What the index is asked, where each structure's properties lie below its id; None where it can't help."""
        parts: list[str] = []
        if self.wanted.kinds is not None:
            kinds = (orjson.dumps(kind).decode() for kind in self.wanted.kinds)
            parts.append(" || ".join(f'$."kind {structure}" == {kind}' for kind in kinds))
        if self.normal is not None:
            parts.append(jsonpath.beneath(jsonpath.body(self.normal), str(structure)))
        if not parts:
            return None
        return jsonpath.mode(self.normal or "") + " && ".join(f"({part})" for part in parts)
