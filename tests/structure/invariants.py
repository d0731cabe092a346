"""What must hold of a structure's tables, whatever was done to it: as `clay check` looks for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Database
from mediaclay_structure.operations.check_structure import Report, check_structure
from mediaclay_structure.store import checking


async def examined(pool: Any, structure: UUID | str) -> Report:
    """What a check finds."""
    async with checking.snapshot(Database(pool)) as db:
        [asked] = [each for each in await checking.structures(db, None) if str(each.id) == str(structure)]
        return await check_structure(db, asked)


async def broken(pool: Any, structure: UUID) -> list[str]:
    """The names of the invariants that do not hold, those among them that the next change would mend."""
    return [finding.invariant for finding in (await examined(pool, structure)).findings]
