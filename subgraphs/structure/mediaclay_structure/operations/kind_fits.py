"""Whether the nodes of a kind fit it: asked when a kind is set, and when nodes come back that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.kinds.schema import Violation, compiled, violations
from mediaclay_structure.records import KindRecord
from mediaclay_structure.store import kinds, nodes

NAMED = 100
"""How many of the nodes that don't fit are named."""


async def check_kinds_set_since(work: UnitOfWork, structure: UUID, since: datetime) -> None:
    """Holds the tree to the kinds that were set after that. Raises what `check_nodes` does."""
    for kind in await kinds.set_since(work.connection, structure, since):
        await check_nodes(work, kind)


class _Failing(NamedTuple):
    id: UUID
    violations: list[Violation]


async def check_nodes(work: UnitOfWork, wanted: KindRecord) -> None:
    """Looks at each node of that kind that is not pruned, a few at a time.

    Raises `BadUserInput` with their `total`, and `nodes` [{id, path, violations}], the first 100.
    """
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
            f"The kind {wanted.name!r} does not go with the tree: {few} fit.",
            total=total,
            nodes=await _described(work, named),
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
