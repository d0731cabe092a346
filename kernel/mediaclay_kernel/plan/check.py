"""What a start asks of a schema: that each field names something that its record has, and each entity can be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_type_hints

from strawberry.federation.schema_directives import Key
from strawberry.schema import BaseSchema
from strawberry.types.base import StrawberryObjectDefinition

from mediaclay_kernel.plan.declare import RECORD, REFERENCE, SOURCE
from mediaclay_kernel.plan.sources import Column, Events, Path


def fields(schema: BaseSchema) -> Iterator[tuple[StrawberryObjectDefinition, Any]]:
    """Every field of every object type, with the type that it belongs to."""
    converter: Any = schema.schema_converter  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    for known in converter.type_map.values():
        definition = known.definition
        if isinstance(definition, StrawberryObjectDefinition) and not (definition.is_input or definition.is_interface):
            for field in definition.fields:
                yield definition, field


def mistakes(schema: BaseSchema) -> list[str]:
    """One sentence for each field whose record lacks what it reads, with the nearest right name.

    And one for each entity without a `reference`, which would be null wherever another subgraph names it.
    """
    found: list[str] = []
    lost: dict[str, None] = {}
    for definition, field in fields(schema):
        if _is_lost(definition):
            lost[f"{definition.name} is an entity: give @shows a reference, or its key resolvable=False."] = None
        record: type | None = getattr(definition.origin, RECORD, None)
        metadata: dict[str, Any] = field.metadata or {}
        for name in _reads(field, metadata.get(SOURCE)):
            if record is None or hasattr(record, name) or name in get_type_hints(record):
                continue
            near = get_close_matches(name, get_type_hints(record), 1)
            hint = f"; did you mean {near[0]}?" if near else "."
            found.append(f"{definition.name}.{field.python_name}: {record.__name__} has no {name}{hint}")
    return [*found, *lost]


def _is_lost(definition: StrawberryObjectDefinition) -> bool:
    keys = [each for each in definition.directives or () if isinstance(each, Key)]
    return any(key.resolvable is not False for key in keys) and not hasattr(definition.origin, REFERENCE)


def _reads(field: Any, source: Column | Path | Events | None) -> Sequence[str]:
    """The attributes of the record that a field names."""
    if source is None:
        return (field.python_name,) if field.is_basic_field else ()
    if isinstance(source, Events):
        return ()
    name = source.name if isinstance(source, Column) else None
    return (*(() if name is None else (name.partition(".")[0],)), *(source.needs or ()))
