"""The links of a batch, behind its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import ClayError, NotFound
from mediaclay_kernel.ids import new_id

from mediaclay_structure.formats.line import ROOT, LinkLine
from mediaclay_structure.operations.placing import Placing
from mediaclay_structure.records import LinkRecord
from mediaclay_structure.store import links


async def join(work: UnitOfWork, placing: Placing, lines: Sequence[LinkLine], by: UUID) -> list[LinkRecord]:
    """Links whose ends are there; answers the new ones. One that is there already counts as present.

    Needs the lock alone, so that no end goes away meanwhile.
    """
    if not lines:
        return []
    named = {end for line in lines for end in (line.source, line.target) if isinstance(end, UUID)}
    await placing.reread(work, named)
    now = datetime.now(UTC)
    wanted: list[LinkRecord] = []
    for line in lines:
        try:
            source = await _end(work, placing, line.source, "source")
            placing.require(source)
            target = await _end(work, placing, line.target, "target")
        except ClayError as error:
            placing.done.refuse(line.number, error)
            continue
        properties: Any = line.properties
        wanted.append(LinkRecord(placing.structure, new_id(), line.kind, source, target, properties, now, by))
    made = await links.insert(work.connection, placing.structure, wanted, by) if wanted else []
    placing.done.present += len(wanted) - len(made)
    return made


async def _end(work: UnitOfWork, placing: Placing, end: UUID | str | None, which: str) -> UUID:
    """The node that an end names; None is the branch's top. Raises `NotFound`."""
    if end is None or end == ROOT:
        return placing.under
    found = end if isinstance(end, UUID) else placing.id_at(end)
    if not placing.has(found) and isinstance(end, str):
        await placing.reread(work, [found])
        if not placing.is_here(found):
            found = await placing.follow(work, end) or found
    if not placing.has(found):
        raise NotFound(f"Its {which} {end} is not there; nodes come first.")
    return found
