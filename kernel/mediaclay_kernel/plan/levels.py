"""Levels of an answer: the fields of all records of a level, each a column, zipped into objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mediaclay_kernel.plan.arguments import Arguments
from mediaclay_kernel.plan.completion import Step, position, together
from mediaclay_kernel.plan.narrowing import needs_under
from mediaclay_kernel.plan.needs import Needs
from mediaclay_kernel.plan.places import Place
from mediaclay_kernel.plan.run import FAILED, Run
from mediaclay_kernel.plan.shapes import TYPENAME, Entities, Field, Shape
from mediaclay_kernel.plan.sources import Column, Path


def level(shape: Shape) -> Step:
    """Turns a column of records into one of objects. The paths of a level run side by side."""
    columns = [_column(field) for field in shape]
    finishes = [column.finish for column in columns]
    later = [at for at, column in enumerate(columns) if column.awaits]
    keys = [field.key for field in shape]
    zipped = partial(_rows, keys)

    def finish(run: Run, place: Place, records: list[Any]) -> list[Any]:
        return zipped(run, len(records), [complete(run, place, records) for complete in finishes])

    async def finish_later(run: Run, place: Place, records: list[Any]) -> list[Any]:
        made = [complete(run, place, records) for complete in finishes]
        for at, done in zip(later, await together([made[at] for at in later]), strict=True):
            made[at] = done
        return zipped(run, len(records), made)

    async def finish_one(run: Run, place: Place, records: list[Any]) -> list[Any]:
        [key], [complete] = keys, finishes
        return [FAILED if done is FAILED else {key: done} for done in await complete(run, place, records)]

    return Step(bool(later), finish if not later else finish_one if len(columns) == 1 else finish_later)


def _rows(keys: Sequence[str], run: Run, count: int, columns: Sequence[list[Any]]) -> list[Any]:
    blank: dict[str, Any] = dict.fromkeys(keys)
    rows: list[Any] = [blank.copy() for _ in range(count)]  # quicker than dict(zip(...)): the keys are placed once
    for key, values in zip(keys, columns, strict=True):
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    if not run.failures:
        return rows
    failed = {at for values in columns for at, value in enumerate(values) if value is FAILED}
    return [FAILED if at in failed else row for at, row in enumerate(rows)]


def _column(field: Field) -> Step:
    step = field.rank, field.key
    complete = position(field.type, field, level)
    if isinstance(field.source, Column):
        return _read(field, complete, step)
    assert isinstance(field.source, Path | Entities)
    fetch = _fetching(field, field.source)
    arguments, awaits, finish = field.arguments, complete.awaits, complete.finish
    answering = None
    if isinstance(field.source, Path) and field.source.whole is not None:
        answering = field.source.whole(field)
    finish_whole = position(field.type, field, None).finish

    async def fetched(run: Run, place: Place, records: list[Any]) -> list[Any]:
        if answering is not None and (whole := await run.ask_whole(answering, records)) is not None:
            return finish_whole(run, Place(place, step), [*whole])
        found = await _answers(run, records, arguments, fetch)
        done = finish(run, Place(place, step), found)
        return await done if awaits else done

    return Step(True, fetched)


def _read(field: Field, complete: Step, step: tuple[int, str]) -> Step:
    assert isinstance(field.source, Column)
    read, finish, name = field.source.read, complete.finish, field.parent.name

    def typename(_run: Run, _place: Place, records: list[Any]) -> list[Any]:
        return [name] * len(records)

    def column(run: Run, place: Place, records: list[Any]) -> Any:
        try:
            values = [*map(read, records)]
        except Exception:  # noqa: BLE001  (which one it was is found by reading each)
            values = [_tried(read, record) for record in records]
        return finish(run, Place(place, step), values)

    return Step(False, typename) if field.name == TYPENAME else Step(complete.awaits, column)


def _tried(read: Callable[[Any], Any], record: Any) -> Any:
    try:
        return read(record)
    except Exception as error:  # noqa: BLE001
        return error


Fetch = Callable[[Run, list[Any], Mapping[str, Any]], Any]


async def _answers(run: Run, records: list[Any], arguments: Arguments | None, fetch: Fetch) -> list[Any]:
    try:
        return await fetch(run, records, {} if arguments is None else arguments(run.variables))
    except Exception as error:  # noqa: BLE001
        return [error] * len(records)


def _fetching(field: Field, source: Path | Entities) -> Fetch:
    """How a path, or `_entities`, is asked for the answers of its records."""
    if isinstance(source, Path):
        needs = needs_under(field.shapes.values())

        async def of_path(run: Run, records: list[Any], given: Mapping[str, Any]) -> Any:
            return await run.ask(source, records, given, needs)

        return of_path
    by_type = {name: needs_under([shape]) for name, shape in field.shapes.items()}
    references = {name: shape.reference.path for name, shape in field.shapes.items() if shape.reference is not None}
    wholes = {name: path.whole(field) for name, path in references.items() if path.whole is not None}

    async def of_entities(run: Run, _records: list[Any], given: Mapping[str, Any]) -> Any:
        async def ask(name: str, path: Path, keys: Sequence[Any]) -> Sequence[Any]:
            answering = wholes.get(name)
            if answering is not None and (whole := await run.ask_whole(answering, keys)) is not None:
                return whole
            return await run.ask(path, keys, {}, by_type.get(name, Needs({})))

        return [await source.fetch(run.context, given["representations"], ask)]

    return of_entities
