"""The arguments of fields, parsed on their way to the loaders. Defaults here are defaults in the schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import orjson
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.plan import Needs

from mediaclay_structure.loaders import changes, children, descendants, links
from mediaclay_structure.loaders.filters import check_filter
from mediaclay_structure.loaders.pages import window
from mediaclay_structure.records import LinkRecord, NodeRecord, Page, StructureRecord
from mediaclay_structure.state import Request
from mediaclay_structure.types.inputs import LinkDirection, NodeFilter, wanted

POINTERS = 100


async def properties(at: Request, nodes: Sequence[NodeRecord], *, pick: list[str] | None = None) -> list[Any]:
    """The properties, or only what these JSON Pointers (RFC 6901) name."""
    if pick is None:
        return [_shown(node.properties) for node in nodes]
    if len(pick) > POINTERS or any(pointer and not pointer.startswith("/") for pointer in pick):
        raise BadUserInput(f"`pick` holds at most {POINTERS} JSON Pointers, each empty or beginning with '/'.")
    return [
        {pointer: value for pointer in pick for value in _picked(_parsed(node.properties), pointer)} for node in nodes
    ]


def _shown(properties: Any) -> Any:
    """PostgreSQL's text of an object goes out as it is."""
    return orjson.Fragment(properties) if isinstance(properties, str) else properties


def _parsed(properties: Any) -> Any:
    return orjson.loads(properties) if isinstance(properties, str) else properties


def _picked(value: Any, pointer: str) -> list[Any]:
    """The value that a pointer names, or nothing."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = cast("dict[str, Any]", value)[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(name)]
        else:
            return []
    return [value]


async def children_page(
    at: Request, nodes: Sequence[NodeRecord], *, first: int | None = None, after: str | None = None,
    last: int | None = None, before: str | None = None, filter: NodeFilter | None = None, needs: Needs,
) -> list[Page[NodeRecord]]:  # fmt: skip
    """Children in the order of their places."""
    asked = window(first, after, last, before)
    return await children.by_parent(at, nodes, check_filter(wanted(filter)), asked, needs.of(NodeRecord))


async def child_count(at: Request, nodes: Sequence[NodeRecord]) -> list[int]:
    """How many children each has."""
    return await children.counts(at, nodes)


async def descendants_page(
    at: Request, nodes: Sequence[NodeRecord], *, first: int | None = None, after: str | None = None,
    max_depth: int | None = None, filter: NodeFilter | None = None,
) -> list[Any]:  # fmt: skip
    """The branch below each, in document order."""
    return list(await descendants.below(at, nodes, check_filter(wanted(filter)), max_depth, window(first, after)))


async def links_page(
    at: Request, nodes: Sequence[NodeRecord], *, kind: str | None = None,
    direction: LinkDirection | None = LinkDirection.OUT, first: int | None = 50, after: str | None = None,
) -> list[Page[LinkRecord]]:  # fmt: skip
    """Links, by kind, and oldest first within one."""
    return await links.of_nodes(at, nodes, kind, (direction or LinkDirection.OUT).value, window(first, after))


async def history(
    at: Request, nodes: Sequence[NodeRecord], *, first: int | None = 20, after: str | None = None
) -> list[Page[Change]]:
    """Changes that named the node, newest first."""
    return await changes.of_nodes(at, nodes, window(first, after))


async def changes_page(
    at: Request, structures: Sequence[StructureRecord], *, after: int | None = None, first: int | None = 100
) -> list[Page[Change]]:
    """The change log, oldest first."""
    return await changes.of_structures(at, structures, after, window(first, None))
