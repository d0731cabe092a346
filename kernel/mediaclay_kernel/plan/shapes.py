"""What is selected of each type, and where each field comes from: an operation as the compiler reads it.

graphql-core collects the fields, so the rules of fragments, merging, @skip and @include are not written twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,  # pyright: ignore[reportUnknownVariableType]
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.schema import BaseSchema
from strawberry.types.field import StrawberryField

from mediaclay_kernel.plan.arguments import Arguments, arguments_of
from mediaclay_kernel.plan.declare import RECORD, REFERENCE, SOURCE, SURE
from mediaclay_kernel.plan.sources import Ask, Column, Events, Path, Reference

MOST_FIELDS = 5000
"""A few fragments that name each other can stand for millions of fields."""
MOST_LEVELS = 60
"""Deeper ones would come near to Python's limit of recursion."""
TYPENAME = "__typename"
ENTITIES = "_entities"


class NotPlanned(Exception):
    """An operation that runs the ordinary way; its words are the reason."""


@dataclass(frozen=True, slots=True)
class Entities:
    """`_entities`: one record, None or exception for each representation, in order."""

    fetch: Callable[[Any, list[Any], Ask], Awaitable[list[Any]]]


Source = Column | Path | Entities | Events


@dataclass(slots=True)
class Field:
    """One key of the answer: what it is read from, and the shapes of what it may be, by the names of their types."""

    rank: int
    key: str
    parent: GraphQLObjectType
    name: str
    type: Any
    source: Source
    nodes: list[FieldNode]
    arguments: Arguments | None
    shapes: dict[str, Shape] = field(default_factory=dict[str, "Shape"])


@dataclass(slots=True)
class Shape:
    """What is selected of an object type, the record that the type shows, and how entities of it are found."""

    type: GraphQLObjectType
    fields: list[Field]
    record: Any
    reference: Reference | None

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)


@dataclass(slots=True)
class Reader:
    """Reads one operation with these variables. Raises `NotPlanned`, and `GraphQLError` as graphql-core does."""

    schema: BaseSchema
    entities: Entities | None
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    size: int = 0
    """How many fields were read."""
    depth: int = 0

    def read(self) -> Shape:
        """The shape of the operation's root type."""
        core = self._core
        root = core.get_root_type(self.operation.operation)
        assert root is not None
        collected = collect_fields(core, self._details, self.variables, root, self.operation)
        return self._shape(root, collected)

    @property
    def _core(self) -> Any:
        return cast("Any", self.schema)._schema

    @property
    def _details(self) -> dict[str, FragmentDetails]:
        return {name: FragmentDetails(fragment) for name, fragment in self.fragments.items()}

    def _shape(self, type_: GraphQLObjectType, collected: Any) -> Shape:
        definition = type_.extensions.get("strawberry-definition")
        origin = getattr(definition, "origin", None)
        grouped = collected.grouped_field_set.items()
        self.depth += 1
        if self.depth > MOST_LEVELS:
            raise NotPlanned(f"deeper than {MOST_LEVELS} levels")
        fields = [self._field(type_, rank, *each) for rank, each in enumerate(grouped)]
        self.depth -= 1
        return Shape(type_, fields, getattr(origin, RECORD, None), getattr(origin, REFERENCE, None))

    def _field(self, parent: GraphQLObjectType, rank: int, key: str, details: list[Any]) -> Field:
        self.size += 1
        if self.size > MOST_FIELDS:
            raise NotPlanned(f"more than {MOST_FIELDS} fields")
        nodes: list[FieldNode] = [each.node for each in details]
        name = nodes[0].name.value
        if name.startswith("__") and name != TYPENAME:
            raise NotPlanned("introspection")
        definition: GraphQLField = self._core.get_field(parent, name)
        source = self._source(parent, name, definition)
        arguments = arguments_of(self.schema, definition, nodes[0], self.variables)
        made = Field(rank, key, parent, name, cast("Any", definition).type, source, nodes, arguments)
        for type_ in self._possible(made.type):
            under = collect_subfields(self._core, self._details, self.variables, self.operation, type_, details)
            made.shapes[type_.name] = self._shape(type_, under)
        return made

    def _possible(self, type_: Any) -> list[GraphQLObjectType]:
        """The object types of what is behind lists and non-nulls; none for a leaf."""
        named = cast("Any", get_named_type)(type_)
        if is_object_type(named):
            found = [named]
        elif is_abstract_type(named):
            if getattr(named.extensions.get("strawberry-definition"), "resolve_type", None) is not None:
                raise NotPlanned(f"{named.name} tells its types apart by itself")
            found = list(self._core.get_possible_types(named))
        else:
            return []
        for each in found:
            known = each.is_type_of is not None and hasattr(each.is_type_of, SURE)
            if not known and (each.is_type_of is not None or is_abstract_type(named)):
                raise NotPlanned(f"{each.name} does not say which record it shows")
        return found

    def _source(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Source:
        if name == TYPENAME:
            return Column(lambda _: parent.name, needs=())
        is_root = parent is self._core.query_type
        if name == ENTITIES and is_root and self.entities is not None:
            return self.entities
        declared = definition.extensions.get("strawberry-definition")
        where = f"{parent.name}.{name}"
        if not isinstance(declared, StrawberryField):
            raise NotPlanned(f"{where} is not a field of Strawberry")
        if declared.extensions or declared.permission_classes:
            raise NotPlanned(f"{where} has extensions or permissions")
        source: Column | Path | Events | None = (declared.metadata or {}).get(SOURCE)
        if source is None:
            if not declared.is_basic_field or is_root or parent is self._core.subscription_type:
                raise NotPlanned(f"{where} has a resolver of its own")
            if cast("Any", self.schema).config.default_resolver is not getattr:
                raise NotPlanned("the schema has a default resolver of its own")
            return Column(attrgetter(declared.python_name), declared.python_name)
        if isinstance(source, Column) and inspect.iscoroutinefunction(source.read):
            raise NotPlanned(f"{where} is a column that must be awaited")
        return source
