"""What is selected below nodes and answered at once, as JSON that PostgreSQL writes: the second way beside the paths.

What is not known here goes by the paths, the one field or all of the run: other fields and arguments, pages that begin at
a cursor, sizes that are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.plan import Answering, Finished
from mediaclay_kernel.plan.shapes import TYPENAME, Field, Shape
from mediaclay_kernel.plan.sources import Column

from mediaclay_structure.limits import page_size
from mediaclay_structure.loaders import written
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store.outlines import COUNT, CURSOR, NODE, PAGE_INFO, Items, Listing, Object, Value, constant
from mediaclay_structure.store.writing_json import ListsWritten, NodesWritten

MOST_FIELDS = 100
MOST_LISTS = 8
"""More are read by paths: PostgreSQL would plan them for long, at each new connection."""
MOST_NODES = 1_000_000
"""Nodes that an answer may have: all of it is in PostgreSQL's memory at once."""


class _Unknown(Exception):
    """Something is selected that only paths answer."""


class Asked(NamedTuple):
    """A list of children, and the number of the one in whose nodes it is asked for."""

    field: Field
    within: int | None


class _Nodes:
    """Nodes by id with what is selected of them."""

    def __init__(self, outline: Object, lists: Sequence[Asked]) -> None:
        self.lists = lists
        self._form = cache(lambda: _made(NodesWritten, outline))  # where it is never used, nothing is compiled

    @classmethod
    def of(cls, field: Field) -> _Nodes | None:
        """None for a selection that only paths answer."""
        reading = _Reading()
        try:
            return cls(reading.node(field.shapes["Node"]), reading.lists)
        except _Unknown:
            return None

    def answering(self, ids: Callable[[Any, Any], Sequence[UUID | None] | None]) -> Answering:
        """Answers the nodes that `ids` tells from records and variables; None of it leaves it to the paths."""

        async def answering(at: Request, records: Sequence[Any], variables: Any, tagged: bool) -> Finished | None:
            own, sizes = ids(records, variables), _sizes(self.lists, variables, len(records))
            form = None if own is None or sizes is None else self._form()
            if form is None or own is None or sizes is None:
                return None
            return await written.nodes(at, form, own, sizes, tagged=tagged)

        return answering


class _Reading:
    """Reads what is selected. Raises `_Unknown`."""

    def __init__(self) -> None:
        self.lists: list[Asked] = []
        self._within: int | None = None
        self._left = MOST_FIELDS

    def node(self, shape: Shape) -> Object:
        """What is wanted of a node."""
        return self._object(shape, self._of_node)

    def listing(self, field: Field) -> Listing:
        """What is wanted of a node's children."""
        if _arguments(field) - {"first", "after"} or len(self.lists) == MOST_LISTS:
            raise _Unknown
        own, around = len(self.lists), self._within
        self.lists.append(Asked(field, around))
        self._within = own
        shown = self._object(field.shapes["NodeConnection"], self._of_list)
        self._within = around
        return Listing(own, shown)

    def _object(self, shape: Shape, read: Callable[[Field], Value | Object | Listing | Items]) -> Object:
        self._left -= len(shape.fields)
        if self._left < 0:
            raise _Unknown
        name = constant(f'"{shape.type.name}"')
        return Object([(field.key, name if field.name == TYPENAME else read(field)) for field in shape])

    def _of_node(self, field: Field) -> Value | Listing:
        match field.name:
            case "children":
                return self.listing(field)
            case "childCount":
                return COUNT
            case "properties" if not _arguments(field):
                return NODE["properties"]
            case _:
                return _column(field, NODE)

    def _of_list(self, field: Field) -> Value | Object | Items:
        match field.name:
            case "edges":
                return Items(self._object(field.shapes["NodeEdge"], self._of_edge))
            case "nodes":
                return Items(self.node(field.shapes["Node"]))
            case "pageInfo":
                return self._object(field.shapes["PageInfo"], lambda each: _column(each, PAGE_INFO))
            case "totalCount":
                return COUNT
            case _:
                raise _Unknown

    def _of_edge(self, field: Field) -> Value | Object:
        match field.name:
            case "node":
                return self.node(field.shapes["Node"])
            case "cursor":
                return CURSOR
            case _:
                raise _Unknown


def _column(field: Field, known: Mapping[str, Value]) -> Value:
    name = field.source.name if isinstance(field.source, Column) else None
    if name is None or name not in known:
        raise _Unknown
    return known[name]


def _arguments(field: Field) -> set[str]:
    return {each.name.value for node in field.nodes[:1] for each in node.arguments or ()}


def _given(field: Field, variables: Any) -> Mapping[str, Any] | None:
    """The arguments of a field, None where the paths are to say what is wrong with them."""
    try:
        return {} if field.arguments is None else field.arguments(variables)
    except Exception:  # noqa: BLE001
        return None


def _sizes(lists: Sequence[Asked], variables: Any, records: int) -> list[int] | None:
    """How many each list may show. None where a page does not begin with the first, can't be, or all are too many."""
    sizes: list[int] = []
    most: list[int] = []
    for field, within in lists:
        given = _given(field, variables)
        if given is None or given.get("after") is not None:
            return None
        try:
            size = page_size(given.get("first"))
        except ClayError:
            return None
        sizes.append(size)
        most.append(size * (records if within is None else most[within]))
    return sizes if sum(most) <= MOST_NODES else None


F = TypeVar("F")
W = TypeVar("W")


def _made(form: Callable[[W], F], outline: W) -> F | None:
    try:
        return form(outline)
    except ValueError:
        return None


def node(field: Field) -> Answering | None:
    """Of `Query.node`."""
    form = _Nodes.of(field)

    def asked(_: Sequence[None], variables: Any) -> Sequence[UUID | None] | None:
        given = _given(field, variables)
        return None if given is None else parse_ids([given["id"]])

    return form and form.answering(asked)


def by_reference(field: Field) -> Answering | None:
    """Of entities."""
    form = _Nodes.of(field)
    return form and form.answering(lambda keys, _: parse_ids([str(key) for key in keys]))


def roots(field: Field) -> Answering | None:
    """Of `Structure.root`. One without lists is read as quickly by its path."""
    form = _Nodes.of(field)
    return form.answering(lambda of, _: [each.root_id for each in of]) if form and form.lists else None


def children(field: Field) -> Answering | None:
    """Of `Node.children`."""
    reading = _Reading()
    try:
        listing = reading.listing(field)
    except _Unknown:
        return None

    @cache
    def form() -> ListsWritten | None:
        return _made(ListsWritten, listing)

    async def answering(at: Request, of: Sequence[NodeRecord], variables: Any, tagged: bool) -> Finished | None:
        sizes = _sizes(reading.lists, variables, len(of))
        found = None if sizes is None else form()
        return None if found is None or sizes is None else await written.children(at, found, of, sizes, tagged=tagged)

    return answering
