"""Check a structure: every invariant, in one snapshot. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.store import checking
from mediaclay_structure.store import kinds as stored
from mediaclay_structure.store.checking import Checked, Violation
from mediaclay_structure.store.invariants import INVARIANTS, Invariant

SHOWN = 20
"""How many of what breaks an invariant are named; the rest is counted."""
KINDS = Invariant("kinds", "The properties of a node don't fit its kind.", sql="")
"""Asked of the validator, not of the database."""
STEPS = len(INVARIANTS) + 2
"""How often `check_structure` tells what it looks at, at most."""


@dataclass(frozen=True, slots=True)
class Example:
    """One of what breaks an invariant. `path` is None for what does not lie below a root."""

    id: UUID | None
    path: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: how many break it, and the first of them."""

    invariant: str
    message: str
    is_error: bool
    count: int
    examples: list[Example]


@dataclass(slots=True)
class Report:
    """What a check found, and how much it looked at."""

    structure: UUID
    slug: str
    size: dict[str, int | None] = field(default_factory=dict[str, int | None])
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def errors(self) -> list[Finding]:
        """What nothing mends by itself."""
        return [finding for finding in self.findings if finding.is_error]


async def check_structure(db: Connection, asked: Checked, tell: Callable[[str], None] = lambda _: None) -> Report:
    """What is wrong with a structure. `db` must be a snapshot; `tell` hears the name of each rule before it is looked at."""
    report = Report(asked.id, asked.slug)
    tell("size")
    report.size = await checking.size(db, asked.id)
    for invariant in INVARIANTS:
        if _is_proven(invariant, report):
            continue
        tell(invariant.name)
        count, found = await checking.violations(db, invariant, asked.id, SHOWN)
        if count:
            report.findings.append(await _finding(db, asked, invariant, count, found))
    tell(KINDS.name)
    count, found = await _unfit(db, asked.id)
    if count:
        report.findings.append(await _finding(db, asked, KINDS, count, found))
    return report


async def _unfit(db: Connection, structure: UUID) -> tuple[int, list[Violation]]:
    """How many nodes don't fit the schema of their kind, and the first of them that are read."""
    rules = await stored.rules(db, structure, None)
    kinds = Kinds(rules)
    count, found = 0, list[Violation]()
    async for node in checking.of_kinds(db, structure, [rule.name for rule in rules]):
        try:
            kinds.check(node.kind, node.properties)
        except BadUserInput as error:
            count += 1
            if len(found) < SHOWN:
                found.append(Violation(node.id, error.message))
    return count, found


def _is_proven(invariant: Invariant, report: Report) -> bool:
    broken = {finding.invariant for finding in report.findings}
    return bool(invariant.after) and not broken & {*invariant.after}


async def _finding(db: Connection, asked: Checked, invariant: Invariant, count: int, found: list[Violation]) -> Finding:
    paths = await checking.paths(db, asked.id, [each.id for each in found if each.id is not None])
    examples = [Example(each.id, paths.get(each.id) if each.id else None, each.note) for each in found]
    return Finding(invariant.name, invariant.broken, not invariant.mended, count, examples)
