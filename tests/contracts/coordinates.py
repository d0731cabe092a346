"""A schema as a flat list of what clients may rely on: schema coordinates, each with its type and default.

Coordinates are those of the GraphQL specification: `Node`, `Node.children`, `Node.children(first:)`, `Position.LAST`.
The keys of entities stand beside them as `Node@key(id)`. Descriptions and order carry no promise, so they are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from graphql import parse, print_ast
from graphql.language import DefinitionNode, InputValueDefinitionNode, Node, SchemaDefinitionNode

Promises = dict[str, str]


def read(path: Path) -> Promises:
    """What the SDL in a file promises."""
    return dict(of_document(parse(path.read_text()).definitions))


def beyond(wide: Promises, narrow: Promises) -> set[str]:
    """What only `wide` has; of something missing as a whole, nothing that lies inside it."""
    only = wide.keys() - narrow.keys()
    return {
        each for each in only if not any(each.startswith((f"{other}.", f"{other}(", f"{other}@")) for other in only)
    }


def different(one: Promises, other: Promises) -> dict[str, tuple[str, str]]:
    """What both have, but not with the same type or default."""
    return {name: (one[name], other[name]) for name in one.keys() & other.keys() if one[name] != other[name]}


def of_document(definitions: Iterable[DefinitionNode]) -> Iterator[tuple[str, str]]:
    """Each promise of a document's definitions."""
    for definition in definitions:
        if not isinstance(definition, SchemaDefinitionNode):
            yield from _of_type(definition)


def _of_type(definition: Node) -> Iterator[tuple[str, str]]:
    name = definition.name.value  # pyright: ignore[reportAttributeAccessIssue]
    # An extension promises the same as the type: which subgraph says `extend` is no matter of clients.
    yield name, definition.kind.replace("_extension", "_definition")
    for directive in getattr(definition, "directives", None) or ():
        if directive.name.value == "key":
            [fields] = [each.value.value for each in directive.arguments if each.name.value == "fields"]
            yield f"{name}@key({fields})", ""
    for field in getattr(definition, "fields", None) or ():
        yield f"{name}.{field.name.value}", _signature(field)
        for argument in getattr(field, "arguments", None) or ():
            yield f"{name}.{field.name.value}({argument.name.value}:)", _signature(argument)
    for value in getattr(definition, "values", None) or ():
        yield f"{name}.{value.name.value}", ""


def _signature(field: Node) -> str:
    default = field.default_value if isinstance(field, InputValueDefinitionNode) else None
    shown = print_ast(field.type)  # pyright: ignore[reportAttributeAccessIssue]
    return shown if default is None else f"{shown} = {print_ast(default)}"
