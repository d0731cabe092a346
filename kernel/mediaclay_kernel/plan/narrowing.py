"""Which attributes of its answers a plan will read, worked out for each path from what is selected under it."""

from __future__ import annotations

from collections.abc import Iterable

from mediaclay_kernel.plan.needs import EVERYTHING, Needs
from mediaclay_kernel.plan.shapes import TYPENAME, Field, Shape, Source
from mediaclay_kernel.plan.sources import Column

Read = dict[type, frozenset[str]]


def needs_under(shapes: Iterable[Shape]) -> Needs:
    """What will be read of a path's answers, `EVERYTHING` where one reader does not say what it reads.

    It ends at the next paths: what these answer is their own to fetch, what they read of their records counts here.
    """
    read: Read = {}
    return Needs(read) if all(_gather(shape, read) for shape in shapes) else EVERYTHING


def _gather(shape: Shape, read: Read) -> bool:
    if shape.record is not None:
        read.setdefault(shape.record, frozenset())
    return all(_gather_field(shape, each, read) for each in shape)


def _gather_field(shape: Shape, field: Field, read: Read) -> bool:
    if field.name == TYPENAME:
        return True
    names = _names(shape.record, field.source)
    if names is None or (names and shape.record is None):
        return False
    if shape.record is not None:
        read[shape.record] |= names
    return not isinstance(field.source, Column) or all(_gather(each, read) for each in field.shapes.values())


def _names(record: type | None, source: Source) -> frozenset[str] | None:
    needs = getattr(source, "needs", None)
    if needs is not None:
        return frozenset(needs)
    if not isinstance(source, Column) or source.name is None:
        return None
    name = source.name.partition(".")[0]
    # A property reads others, and does not say which.
    return None if isinstance(getattr(record, name, None), property) else frozenset((name,))
