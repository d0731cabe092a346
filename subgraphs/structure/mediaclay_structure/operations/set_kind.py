"""Register a kind, or change one that is registered."""

from __future__ import annotations

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import LimitExceeded, NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.kinds.schema import check_schema
from mediaclay_structure.limits import check_kind, check_name
from mediaclay_structure.operations.commands import SetKind
from mediaclay_structure.operations.kind_fits import check_nodes
from mediaclay_structure.operations.places import require_of_structure
from mediaclay_structure.records import KindRecord
from mediaclay_structure.store import kinds, structures, writing

KINDS = 1_000
"""How many kinds a structure may register, and how many one of them may allow as children."""


async def set_kind(work: UnitOfWork, command: SetKind) -> KindRecord:
    """The kind as it now is. What is the same already changes nothing. Needs MANAGE on the root.

    Raises `NotFound` for the structure, `BadUserInput` for a bad schema (`pointer`) and where nodes of that kind don't
    fit (`total`, and `nodes` [{id, path, violations}], the first 100), `LimitExceeded`.
    """
    work.principal.require(Scope.WRITE)
    wanted = _checked(command)
    await writing.lock_structure(work.connection, command.structure, alone=True)
    found = await structures.by_id(work.connection, [command.structure])
    if not found:
        raise NotFound(f"There is no structure {command.structure}.")
    require_of_structure(work, found[0], Role.MANAGE)
    before = await kinds.find(work.connection, wanted.structure_id, wanted.name)
    if before is not None and _said(before) == _said(wanted):
        return before
    if before is None and await kinds.count(work.connection, wanted.structure_id) >= KINDS:
        raise LimitExceeded(f"A structure registers at most {KINDS:,} kinds.", limit=KINDS)
    await check_nodes(work, wanted)
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
