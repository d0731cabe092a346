"""Where a field comes from, said once.

A type shows a record. A field is read from ONE record (a column: pure, at once) or fetched for MANY records together
(a path: awaited, one call). A plain annotation means the attribute of the record that has its name.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast

import strawberry
from strawberry.federation.params import FederationFieldParams, process_federation_field_directives
from strawberry.types.field import StrawberryField
from typing_extensions import Unpack

from mediaclay_kernel.plan.needs import asks_for_needs
from mediaclay_kernel.plan.sources import Column, Events, Followed, Path, Reference, Tags, Whole

T = TypeVar("T")

SOURCE = "mediaclay.source"
"""The key in a field's metadata under which its `Column` or `Path` is kept."""
RECORD = "__clay_record__"
REFERENCE = "__clay_reference__"
SURE = "__clay_sure__"
"""On a type's `is_type_of`: the class whose own instances are of the type for sure, None where each must be asked."""


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


def column(
    read: str | Callable[[Any], Any], *, needs: Sequence[str] | None = None, **options: Unpack[FieldOptions]
) -> Any:
    """A field read from its record: the attribute of another name, or a pure function of the record.

    `needs` names the attributes that it reads, for what is more than an attribute (a function, a property): then records
    may be fetched without the others. Unless it is said, they come whole.
    """
    wanted = None if needs is None else tuple(needs)
    source = Column(attrgetter(read), read, wanted) if isinstance(read, str) else Column(read, None, wanted)
    federation: Any = {k: v for k, v in options.items() if k in FederationFieldParams.__optional_keys__}
    return _ColumnField(
        graphql_name=options.get("name"),
        description=options.get("description"),
        deprecation_reason=options.get("deprecation_reason"),
        metadata={SOURCE: source},
        directives=process_federation_field_directives(options.get("directives", ()), **federation),
    )


def path(
    fetch: Callable[..., Awaitable[Any]],
    *,
    needs: Sequence[str] | None = None,
    cache_tags: Tags | None = None,
    whole: Whole | None = None,
    **options: Unpack[FieldOptions],
) -> Any:
    """A field fetched for all records of a level by one call.

    `fetch(context, records, *, argument=default)` answers in the order of the records; on a root type it is
    `fetch(context, *, argument=default)`. Its keyword-only parameters are the field's arguments, but for one that is
    annotated `Needs`: it is told which attributes its answers will be read for.

    `needs` names the attributes of the records that are read here; `cache_tags` says what the answers depend on,
    without which no result that holds them is kept. `whole` may answer with all that is selected below at once: see `Whole`.
    """
    parameters = list(inspect.signature(fetch).parameters.values())
    asks = asks_for_needs(fetch)
    of_root = sum(p.kind is not p.KEYWORD_ONLY for p in parameters) == 1
    arguments = [_argument(p) for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != asks]
    source = Path(fetch, of_root, None if needs is None else tuple(needs), asks, cache_tags, whole)

    async def resolve(root: Any, info: strawberry.Info, **values: Any) -> Any:
        given = {name: value for name, value in values.items() if value is not strawberry.UNSET}
        if not source.of_root:
            return await info.context.loaders.load(source, root, info, given)
        [answer] = await source.answers(info.context, [None], given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return _field(resolve, fetch, arguments, source, **options)


def _field(
    resolve: Callable[..., Any], of: Any, arguments: Sequence[inspect.Parameter], source: Any, **options: Any
) -> Any:
    """A field of Strawberry's whose resolver takes these arguments, annotated as `of` annotates them."""
    own = [p for p in inspect.signature(resolve).parameters.values() if p.kind is not p.VAR_KEYWORD]
    resolver = cast("Any", resolve)
    resolver.__signature__ = inspect.Signature([*own, *arguments])
    resolver.__module__ = of.__module__  # Strawberry looks the annotations of the arguments up there
    field = cast("Callable[..., Any]", strawberry.federation.field)
    return field(resolver=resolver, metadata={SOURCE: source}, **options)


def follows(follow: Callable[..., Awaitable[Followed]], **options: Unpack[FieldOptions]) -> Any:
    """A field of the subscription type: `follow(context, *, argument=default)` says what is followed.

    Each event is a record of the field's type. Its keyword-only parameters are the field's arguments.
    """
    parameters = list(inspect.signature(follow).parameters.values())
    arguments = [_argument(p) for p in parameters if p.kind is p.KEYWORD_ONLY]

    async def resolve(info: strawberry.Info, **values: Any) -> AsyncGenerator[Any]:
        given = {name: value for name, value in values.items() if value is not strawberry.UNSET}
        followed = await follow(info.context, **given)
        async for record in followed.records():
            yield record

    return _field(resolve, follow, arguments, Events(follow), is_subscription=True, **options)


def _argument(parameter: inspect.Parameter) -> inspect.Parameter:
    """An argument that defaults to None is simply optional in the schema, without `= null`."""
    return parameter.replace(default=strawberry.UNSET) if parameter.default is None else parameter


def shows(
    record: type,
    *,
    key: str | Callable[[Mapping[str, Any]], Any] = "id",
    reference: Callable[..., Awaitable[Sequence[Any]]] | None = None,
    when: Callable[[Any], bool] | None = None,
    cache_tags: Tags | None = None,
    whole: Whole | None = None,
) -> Callable[[type[T]], type[T]]:
    """Says which record a type shows, and how an entity is found.

    `reference(context, keys)` answers one record or None for each key, in order; `key` takes the key out of a
    representation, so that a bad one costs its own item alone. `when` tells types apart that show the same record.
    `cache_tags` are those of what `reference` answers, and `whole` is a second way to it.
    """

    def is_type_of(value: Any, _info: Any) -> bool:
        return isinstance(value, record) and (when is None or when(value))

    def mark(cls: type[T]) -> type[T]:
        marked = cast("Any", cls)
        marked.is_type_of = is_type_of
        setattr(marked, RECORD, record)
        setattr(is_type_of, SURE, record if when is None else None)
        if reference is not None:
            take = itemgetter(key) if isinstance(key, str) else key
            path_of = Path(reference, False, (), asks_for_needs(reference), cache_tags, whole)
            setattr(marked, REFERENCE, Reference(take, path_of))
        return cls

    return mark
