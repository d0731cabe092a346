"""Finds the plan of a request: a document is read once, compiled once for each set of its flags, and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from graphql import (
    ASTValidationRule,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
)
from graphql.execution.values import VariableValues
from strawberry.extensions import AddValidationRules
from strawberry.schema import BaseSchema
from strawberry.schema.schema import validate_document

from mediaclay_kernel.documents import KnownDocuments
from mediaclay_kernel.plan.documents import Document, read
from mediaclay_kernel.plan.events import EventPlan
from mediaclay_kernel.plan.plan import Plan
from mediaclay_kernel.plan.shapes import Entities, NotPlanned, Reader

FIRST_SIGHT = "seen for the first time"
WEIGHT = 64 << 20
"""Bytes that documents and plans may take, roughly."""
MOST_CHARACTERS = 100_000
OF_CHARACTER, OF_FIELD, OF_ENTRY = 100, 4000, 1000
"""Bytes of a parsed character, a compiled field and a place in the cache: rough, and on the side of too many."""


class Planned(NamedTuple):
    """A plan and the variables to run it with."""

    plan: Plan
    variables: VariableValues


class PlannedEvents(NamedTuple):
    """The plan of a subscription and the variables to run it with."""

    plan: EventPlan
    variables: VariableValues


@dataclass(slots=True)
class _Entry:
    sights: int
    weight: int
    known: Document | str | None = None


class Planner:
    """The plans of one schema.

    `entities` answers `_entities`. A document is compiled when it is seen for the `admit`th time, so that documents that
    are never repeated cost nothing and push nothing out.
    """

    def __init__(
        self, schema: BaseSchema, entities: Entities | None = None, *, admit: int = 2, weight: int = WEIGHT
    ) -> None:
        self.schema = schema
        self.admit = admit
        self.weight = 0
        self._most = weight
        self._entities = entities
        self._core: GraphQLSchema = cast("Any", schema)._schema
        self._entries: OrderedDict[tuple[bool, str, str | None], _Entry] = OrderedDict()
        self._closed, self._rules = _extensions(schema)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, text: str, name: str | None, values: Mapping[str, Any] | None) -> Planned | str:
        """The plan of an operation, or the reason why it must run the ordinary way.

        That way also says what is wrong with a document or its variables.
        """
        found = self._find(text, name, values, OperationType.QUERY)
        return found if isinstance(found, str) else Planned(cast("Plan", found[0]), found[1])

    def follow(self, text: str, name: str | None, values: Mapping[str, Any] | None) -> PlannedEvents | str:
        """The plan of a subscription, or the reason why it must run the ordinary way. Compiled at first sight."""
        found = self._find(text, name, values, OperationType.SUBSCRIPTION)
        return found if isinstance(found, str) else PlannedEvents(cast("EventPlan", found[0]), found[1])

    def checked(self, text: str, name: str | None) -> OperationType | Sequence[GraphQLError]:
        """What an operation is, or what is wrong with its document, so that it can't be executed."""
        try:
            ast = parse(text)
        except GraphQLError as error:
            return [error]
        operation = get_operation_ast(ast, name)
        if operation is None:
            return [GraphQLError("There is no operation of that name." if name else "Which operation is meant?")]
        return validate_document(self._core, ast, tuple(self._rules)) or operation.operation

    def _find(
        self, text: str, name: str | None, values: Mapping[str, Any] | None, wanted: OperationType
    ) -> tuple[Plan | EventPlan, VariableValues] | str:
        if self._closed is not None:
            return self._closed
        if len(text) > MOST_CHARACTERS:
            return f"longer than {MOST_CHARACTERS} characters"
        entry = self._entry(text, name, wanted)
        document = entry.known
        if not isinstance(document, Document):
            return document or FIRST_SIGHT
        variables = document.coerce(values or {})
        if variables is None:
            return "not valid"
        flags = tuple(variables.coerced.get(flag) for flag in document.flags)
        plan = document.plans.get(flags)
        if plan is None:
            plan = document.plans[flags] = self._compiled(entry, document, variables)
        return plan if isinstance(plan, str) else (plan, variables)

    def _entry(self, text: str, name: str | None, wanted: OperationType) -> _Entry:
        follows = wanted is OperationType.SUBSCRIPTION
        key = follows, text, name
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(0, 0)
            self._weigh(entry, OF_ENTRY + len(text))
        else:
            self._entries.move_to_end(key)
        entry.sights += 1
        if entry.known is None and (entry.sights >= self.admit or follows):
            entry.known = self._read(text, name, wanted)
            if isinstance(entry.known, Document):
                self._weigh(entry, len(text) * OF_CHARACTER)
        return entry

    def _read(self, text: str, name: str | None, wanted: OperationType) -> Document | str:
        try:
            return read(self._core, text, name, self._rules, wanted)
        except NotPlanned as reason:
            return str(reason)

    def _compiled(self, entry: _Entry, document: Document, variables: VariableValues) -> Plan | EventPlan | str:
        reader = Reader(self.schema, self._entities, document.operation, document.fragments, variables)
        try:
            shape = reader.read()
            is_query = document.operation.operation is OperationType.QUERY
            plan = Plan(shape) if is_query else EventPlan(shape, document.fragments)
        except NotPlanned as reason:
            return str(reason)
        except GraphQLError:
            return "not valid"
        finally:
            self._weigh(entry, reader.size * OF_FIELD)
        return plan

    def _weigh(self, entry: _Entry, more: int) -> None:
        """Counts what an entry has come to take, and lets go of those that were not asked for longest."""
        entry.weight += more
        self.weight += more
        while self.weight > self._most and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self.weight -= oldest.weight


def _extensions(schema: BaseSchema) -> tuple[str | None, Sequence[type[ASTValidationRule]]]:
    """What Strawberry's extensions mean for plans: rules are obeyed, what wraps execution closes the way."""
    rules: list[type[ASTValidationRule]] = list(specified_rules)
    for extension in cast("Any", schema).get_extensions():
        if isinstance(extension, KnownDocuments):
            continue
        if not isinstance(extension, AddValidationRules) or type(extension).on_operation is not _ON_OPERATION:
            return f"the schema has the extension {type(extension).__name__}", ()
        rules += extension.validation_rules
    return None, rules


_ON_OPERATION: Any = AddValidationRules.on_operation
