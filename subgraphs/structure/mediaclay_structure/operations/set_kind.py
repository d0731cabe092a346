"""Register a kind, or change one that is registered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, LimitExceeded, NotFound
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.kinds.schema import Violation, check_schema, compiled, violations
from mediaclay_structure.limits import check_kind, check_name
from mediaclay_structure.operations.commands import SetKind
from mediaclay_structure.records import KindRecord
from mediaclay_structure.store import kinds, nodes, structures, writing

KINDS = 1_000
"""How many kinds a structure may register, and how many one of them may allow as children."""
NAMED = 100
"""How many of the nodes that don't fit are named."""


async def set_kind(work: UnitOfWork, command: SetKind) -> KindRecord:
    """The kind as it now is. What is the same already changes nothing.

    Raises `NotFound` for the structure, `BadUserInput` for a bad schema (`pointer`) and where nodes of that kind don't
    fit (`total`, and `nodes` [{id, path, violations}], the first 100), `LimitExceeded`.
    """
    work.principal.require(Scope.WRITE)
    wanted = _checked(command)
    await writing.lock_structure(work.connection, command.structure, alone=True)
    found = await structures.by_id(work.connection, [command.structure])
    if not found:
        raise NotFound(f"There is no structure {command.structure}.")
    before = await kinds.find(work.connection, wanted.structure_id, wanted.name)
    if before is not None and _said(before) == _said(wanted):
        return before
    if before is None and await kinds.count(work.connection, wanted.structure_id) >= KINDS:
        raise LimitExceeded(f"A structure registers at most {KINDS:,} kinds.", limit=KINDS)
    await _check_nodes(work, wanted)
    await kinds.put(work.connection, wanted)
    work.record(events.kind_set(found[0].root_id, before, wanted))
    return wanted


def _checked(command: SetKind) -> KindRecord:
    check_schema(command.schema)
    children = command.allowed_children
    if children is not None:
        if len(children) > KINDS:
            raise LimitExceeded(f"A kind allows at most {KINDS:,} kinds of children.", limit=KINDS)
        children = list(dict.fromkeys(check_kind(child) for child in children))
    description = None if command.description is None else check_name(command.description, "description")
    return KindRecord(command.structure, check_kind(command.name), command.schema, children, description)


def _said(kind: KindRecord) -> bytes:
    """What is asked, to be compared: in Python 1 would equal true."""
    return orjson.dumps([kind.schema, kind.allowed_children, kind.description], option=orjson.OPT_SORT_KEYS)


class _Failing(NamedTuple):
    id: UUID
    violations: list[Violation]


async def _check_nodes(work: UnitOfWork, wanted: KindRecord) -> None:
    """Looks at each node of that kind that is not pruned, a few at a time."""
    validator = compiled(orjson.dumps(wanted.schema).decode())
    named: list[_Failing] = []
    total = 0
    async for node in kinds.nodes_of(work.connection, wanted):
        if node.strangers or not validator.is_valid(node.properties):
            total += 1
            if len(named) < NAMED:
                named.append(_Failing(node.id, [*violations(validator, node.properties), *_about(node.strangers)]))
    if total:
        few = "One node of it doesn't" if total == 1 else f"{total:,} nodes of it don't"
        raise BadUserInput(
            f"The kind {wanted.name!r} can't be set: {few} fit.", total=total, nodes=await _described(work, named)
        )


def _about(strangers: Sequence[str]) -> list[Violation]:
    return [{"pointer": "", "message": f"It has a child of the kind {kind!r}."} for kind in strangers]


async def _described(work: UnitOfWork, failing: Sequence[_Failing]) -> list[dict[str, Any]]:
    ids = [each.id for each in failing]
    above = await nodes.ancestors(work.connection, ids)
    own = {node.id: node for node in await nodes.by_id(work.connection, ids)}
    return [
        {
            "id": str(each.id),
            "path": "/" + "/".join([node.slug for node in [*above[each.id], own[each.id]]][1:]),
            "violations": cast("list[Any]", each.violations),
        }
        for each in failing
    ]
