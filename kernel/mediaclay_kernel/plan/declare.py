"""Where a field comes from, said once.

A type shows a record. A field is read from ONE record (a column: pure, at once) or fetched for MANY records together
(a path: awaited, one call). A plain annotation means the attribute of the record that has its name.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast

import strawberry
from aiodataloader import DataLoader
from strawberry.federation.params import FederationFieldParams, process_federation_field_directives
from strawberry.types.field import StrawberryField
from typing_extensions import Unpack

T = TypeVar("T")

SOURCE = "mediaclay.source"
"""The key in a field's metadata under which its `Column` or `Path` is kept."""
RECORD = "__clay_record__"
REFERENCE = "__clay_reference__"


@dataclass(frozen=True, slots=True)
class Column:
    """A value of one record. `name` is the attribute it reads, where it reads just one."""

    read: Callable[[Any], Any]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Values fetched for many records at once; for a root type, one value for nobody's record."""

    fetch: Callable[..., Awaitable[Any]]
    of_root: bool

    async def answers(self, context: Any, records: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """One answer for each record, in their order. An exception as an answer fails that record alone."""
        try:
            if self.of_root:
                return [await self.fetch(context, **arguments)]
            found = list(await self.fetch(context, records, **arguments))
        except Exception as error:  # noqa: BLE001  (each record reports it at its own place in the answer)
            return [error] * len(records)
        if len(found) != len(records):
            name = getattr(self.fetch, "__qualname__", "a path")
            return [RuntimeError(f"{name} answered {len(found)} of {len(records)} records")] * len(records)
        return found


@dataclass(frozen=True, slots=True)
class Reference:
    """How the records of an entity are found: a key of each representation, then one call for all keys."""

    key: Callable[[Mapping[str, Any]], Any]
    path: Path


class Loaders:
    """The data loaders of one request, made at their first use: one for each path and place in the document."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], DataLoader[Any, Any]] = {}

    def load(self, source: Path, record: Any, info: strawberry.Info, arguments: Mapping[str, Any]) -> Awaitable[Any]:
        """The answer of one record, fetched together with those of its level."""
        # A field node has the same arguments wherever it is executed, so it stands for them.
        raw = cast("Any", info)._raw_info
        place = id(source), id(raw.field_nodes[0])
        loader = self._made.get(place)
        if loader is None:

            async def batch(records: list[Any]) -> list[Any]:
                return await source.answers(info.context, records, arguments)

            # Without a cache of its own: records need not be hashable, and nothing is asked twice in one level.
            loader = self._made[place] = DataLoader(batch, cache=False)
        return loader.load(record)


class FieldOptions(FederationFieldParams, total=False):
    """What any Strawberry field takes."""

    name: str
    description: str
    deprecation_reason: str
    directives: Sequence[object]


class _ColumnField(StrawberryField):
    """A basic field to Strawberry, which so passes neither Info nor arguments."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.metadata[SOURCE].read(source)


def column(read: str | Callable[[Any], Any], **options: Unpack[FieldOptions]) -> Any:
    """A field read from its record: the attribute of another name, or a pure function of the record."""
    source = Column(attrgetter(read), read) if isinstance(read, str) else Column(read)
    federation: Any = {k: v for k, v in options.items() if k in FederationFieldParams.__optional_keys__}
    return _ColumnField(
        graphql_name=options.get("name"),
        description=options.get("description"),
        deprecation_reason=options.get("deprecation_reason"),
        metadata={SOURCE: source},
        directives=process_federation_field_directives(options.get("directives", ()), **federation),
    )


def path(fetch: Callable[..., Awaitable[Any]], **options: Unpack[FieldOptions]) -> Any:
    """A field fetched for all records of a level by one call.

    `fetch(context, records, *, argument=default)` answers in the order of the records; on a root type it is
    `fetch(context, *, argument=default)`. Its keyword-only parameters are the field's arguments.
    """
    parameters = list(inspect.signature(fetch).parameters.values())
    arguments = [_argument(p) for p in parameters if p.kind is p.KEYWORD_ONLY]
    source = Path(fetch, of_root=len(parameters) - len(arguments) == 1)

    async def resolve(root: Any, info: strawberry.Info, **values: Any) -> Any:
        given = {name: value for name, value in values.items() if value is not strawberry.UNSET}
        if not source.of_root:
            return await info.context.loaders.load(source, root, info, given)
        [answer] = await source.answers(info.context, [None], given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    own = [p for p in inspect.signature(resolve).parameters.values() if p.kind is not p.VAR_KEYWORD]
    resolver = cast("Any", resolve)
    resolver.__signature__ = inspect.Signature([*own, *arguments])
    resolver.__module__ = fetch.__module__  # Strawberry looks the annotations of the arguments up there
    field = cast("Callable[..., Any]", strawberry.federation.field)
    return field(resolver=resolver, metadata={SOURCE: source}, **options)


def _argument(parameter: inspect.Parameter) -> inspect.Parameter:
    """An argument that defaults to None is simply optional in the schema, without `= null`."""
    return parameter.replace(default=strawberry.UNSET) if parameter.default is None else parameter


def shows(
    record: type,
    *,
    key: str | Callable[[Mapping[str, Any]], Any] = "id",
    reference: Callable[..., Awaitable[Sequence[Any]]] | None = None,
    when: Callable[[Any], bool] | None = None,
) -> Callable[[type[T]], type[T]]:
    """Says which record a type shows, and how an entity is found.

    `reference(context, keys)` answers one record or None for each key, in order; `key` takes the key out of a
    representation, so that a bad one costs its own item alone. `when` tells types apart that show the same record.
    """

    def is_type_of(value: Any, _info: Any) -> bool:
        return isinstance(value, record) and (when is None or when(value))

    def mark(cls: type[T]) -> type[T]:
        marked = cast("Any", cls)
        marked.is_type_of = is_type_of
        setattr(marked, RECORD, record)
        if reference is not None:
            take = itemgetter(key) if isinstance(key, str) else key
            setattr(marked, REFERENCE, Reference(take, Path(reference, of_root=False)))
        return cls

    return mark
