"""Values of one field for a whole level, completed together.

What graphql-core's `complete_value` does with one value is done here with a column of them. FAILED marks a value whose
error is noted: a nullable position makes it null, a non-null one hands it to what it stands in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,  # pyright: ignore[reportUnknownVariableType]
    is_non_null_type,  # pyright: ignore[reportUnknownVariableType]
    is_union_type,
)
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import Undefined, is_iterable  # pyright: ignore[reportUnknownVariableType]
from orjson import Fragment
from strawberry.exceptions import WrongReturnTypeForUnion

from mediaclay_kernel.plan.declare import SURE
from mediaclay_kernel.plan.leaves import leaf, odd
from mediaclay_kernel.plan.places import LISTS, Items, Place, Some
from mediaclay_kernel.plan.run import FAILED, Run
from mediaclay_kernel.plan.shapes import Field, Shape

# Not as guards of types, which would make of each `Any` something that is half unknown.
_is_list = cast("Callable[[Any], bool]", is_list_type)
_is_non_null = cast("Callable[[Any], bool]", is_non_null_type)
_is_iterable = cast("Callable[[Any], bool]", is_iterable)


class Step(NamedTuple):
    """Completes a column: `finish(run, place, values)` answers the list of what is done, or that list later."""

    awaits: bool
    finish: Callable[[Run, Place, list[Any]], Any]


Under = Callable[[Shape], Step]
"""Compiles what is selected of an object type."""
_DONE = frozenset((Fragment, type(None)))
FINISHED = "(finished)"
"""In place of the name of a type: JSON that nothing is to be done to."""


def position(type_: Any, field: Field, under: Under | None) -> Step:
    """A place that a value stands in: a field of an object, or an item of a list.

    Without `under` the values are finished JSON, as far as they are not null.
    """
    if _is_non_null(type_):
        return _then(_bare(type_.of_type, field, under), partial(_required, field))
    return _then(_bare(type_, field, under), _optional)


def _bare(type_: Any, field: Field, under: Under | None) -> Step:
    if under is None:
        return Step(False, partial(_finished, field))
    if is_leaf_type(type_):
        return Step(False, leaf(type_, field))
    if _is_list(type_):
        return _list(type_.of_type, field, under)
    if is_abstract_type(type_):
        return _abstract(type_, field, under)
    return _object(type_, field, under)


def _list(item: Any, field: Field, under: Under) -> Step:
    inner = position(item, field, under)

    def spread(run: Run, place: Place, values: list[Any]) -> tuple[list[Any], list[Any], Place]:
        if not LISTS.issuperset(map(type, values)):
            values = [_listed(field, run, place, at, value) for at, value in enumerate(values)]
        flat = [value for many in values if many and many is not FAILED for value in many]
        return values, flat, Items(place, values)

    def fold(run: Run, lists: list[Any], done: list[Any]) -> list[Any]:
        if len(lists) == 1 and type(lists[0]) in LISTS:
            folded = [done]
        else:
            rest = iter(done)
            folded = [many if many is None or many is FAILED else [*islice(rest, len(many))] for many in lists]
        if not run.failures:
            return folded
        return [FAILED if type(many) is list and FAILED in many else many for many in folded]

    return _around(inner, spread, fold)


def _object(type_: GraphQLObjectType, field: Field, under: Under) -> Step:
    is_type_of = type_.is_type_of
    sure = getattr(is_type_of, SURE, None)

    def spread(run: Run, place: Place, values: list[Any]) -> tuple[list[Any], list[Any], Place]:
        kinds = set(map(type, values))
        if (len(kinds) == 1 and sure in kinds) if is_type_of is not None else not odd(kinds):
            return values, values, place
        values = [_checked(type_, field, run, place, at, value) for at, value in enumerate(values)]
        some = [at for at, value in enumerate(values) if value is not None and value is not FAILED]
        return values, [values[at] for at in some], Some(place, some)

    return _around(under(field.shapes[type_.name]), spread, _refill)


def _abstract(type_: Any, field: Field, under: Under) -> Step:
    steps = {name: under(shape) for name, shape in field.shapes.items()}
    names = _naming(type_, field)

    def split(run: Run, place: Place, values: list[Any]) -> tuple[list[Any], list[tuple[Step, list[int]]]]:
        found = names(run, place, values)
        own: dict[str, list[int]] = {}
        for at, name in enumerate(found):
            if name is not None and name is not FAILED and name is not FINISHED:
                own.setdefault(name, []).append(at)
        blank = [
            FAILED if name is FAILED else value if name is FINISHED else None
            for name, value in zip(found, values, strict=True)
        ]
        return blank, [(steps[name], at) for name, at in own.items()]

    def finish(run: Run, place: Place, values: list[Any]) -> list[Any]:
        if _DONE.issuperset(map(type, values)):
            return values
        out, parts = split(run, place, values)
        for step, at in parts:
            _put(out, at, step.finish(run, Some(place, at), [values[i] for i in at]))
        return out

    async def later(run: Run, place: Place, values: list[Any]) -> list[Any]:
        async def one(step: Step, at: list[int]) -> None:
            done = step.finish(run, Some(place, at), [values[i] for i in at])
            _put(out, at, await done if step.awaits else done)

        if _DONE.issuperset(map(type, values)):
            return values
        out, parts = split(run, place, values)
        await together([one(step, at) for step, at in parts])
        return out

    awaits = any(step.awaits for step in steps.values())
    return Step(awaits, later if awaits else finish)


def _naming(type_: Any, field: Field) -> Callable[[Run, Place, list[Any]], list[Any]]:
    """Tells the type of each value by its name; None for nulls, FAILED for what is of no possible type."""
    tests = [(shape.type.name, cast("Any", shape.type.is_type_of)) for shape in field.shapes.values()]
    known = {getattr(test, SURE): name for name, test in tests}
    if len(known) < len(tests) or None in known:
        known = {}  # two types show one record: each value is looked at
    known[Fragment] = FINISHED

    def name_of(run: Run, place: Place, at: int, value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            return run.fail(place, at, field, value)
        found = next((name for name, test in tests if test(value, None)), None)
        return found or run.fail(place, at, field, _unresolved(type_, field, value))

    return lambda run, place, values: [
        known.get(type(value)) or name_of(run, place, at, value) for at, value in enumerate(values)
    ]


async def together(waiting: Sequence[Awaitable[Any]]) -> Sequence[Any]:
    """The results of all. One alone is awaited here: a task costs more than most columns."""
    return [await waiting[0]] if len(waiting) == 1 else await asyncio.gather(*waiting)


def _unresolved(type_: Any, field: Field, value: Any) -> Exception:
    """What the ordinary way says of a value that is of no possible type: Strawberry of a union, graphql-core else."""
    if is_union_type(type_):
        return WrongReturnTypeForUnion(field.name, str(value.__class__))
    return GraphQLError(f"Abstract type '{type_}' must resolve to an Object type at runtime.", field.nodes)


def _listed(field: Field, run: Run, place: Place, at: int, value: Any) -> Any:
    if value is None or type(value) in LISTS:
        return value
    if value is Undefined:
        return None
    if isinstance(value, Exception):
        return run.fail(place, at, field, value)
    if not _is_iterable(value):
        words = f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'."
        return run.fail(place, at, field, GraphQLError(words))
    return list(value)


def _checked(type_: GraphQLObjectType, field: Field, run: Run, place: Place, at: int, value: Any) -> Any:
    if value is None or value is Undefined:
        return None
    try:
        if isinstance(value, Exception):
            raise value
        if type_.is_type_of is not None and not type_.is_type_of(value, cast("Any", None)):
            raise invalid_return_type_error(type_, value, cast("Any", [SimpleNamespace(node=n) for n in field.nodes]))
    except Exception as error:  # noqa: BLE001
        return run.fail(place, at, field, error)
    return value


def _required(field: Field, run: Run, place: Place, done: list[Any]) -> list[Any]:
    if all(done) or None not in done:  # all() is by far the quicker: objects and full texts are true
        return done
    words = f"Cannot return null for non-nullable field {field.parent}.{field.name}."
    return [run.fail(place, at, field, TypeError(words)) if value is None else value for at, value in enumerate(done)]


def _optional(run: Run, _place: Place, done: list[Any]) -> list[Any]:
    return [None if value is FAILED else value for value in done] if run.failures else done


def _refill(_run: Run, values: list[Any], done: list[Any]) -> list[Any]:
    if len(values) == len(done):
        return done
    rest = iter(done)
    return [value if value is None or value is FAILED else next(rest) for value in values]


def _finished(field: Field, run: Run, place: Place, values: list[Any]) -> list[Any]:
    if not any(isinstance(value, Exception) for value in values):
        return values
    return [
        run.fail(place, at, field, value) if isinstance(value, Exception) else value for at, value in enumerate(values)
    ]


def _put(out: list[Any], at: list[int], done: list[Any]) -> None:
    for index, value in zip(at, done, strict=True):
        out[index] = value


def _then(inner: Step, last: Callable[[Run, Place, list[Any]], list[Any]]) -> Step:
    finish = inner.finish

    async def later(run: Run, place: Place, values: list[Any]) -> list[Any]:
        return last(run, place, await finish(run, place, values))

    def now(run: Run, place: Place, values: list[Any]) -> list[Any]:
        return last(run, place, finish(run, place, values))

    return Step(inner.awaits, later if inner.awaits else now)


def _around(inner: Step, spread: Any, fold: Any) -> Step:
    """Completes what `spread` finds in the values, and puts it together again."""
    complete = inner.finish

    def finish(run: Run, place: Place, values: list[Any]) -> list[Any]:
        whole, flat, below = spread(run, place, values)
        return fold(run, whole, complete(run, below, flat) if flat else [])

    async def later(run: Run, place: Place, values: list[Any]) -> list[Any]:
        whole, flat, below = spread(run, place, values)
        return fold(run, whole, await complete(run, below, flat) if flat else [])

    return Step(inner.awaits, later if inner.awaits else finish)
