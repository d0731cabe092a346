"""Operations of hypothesis-graphql, with values that mean something and with variables.

As that makes them, each argument is given, as a literal that no data answers to. Here most literals are taken from pools,
some stay, some arguments are left out, and some literals become variables: whole arguments, items of lists, fields of inputs.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_required_argument,
    parse_value,
    print_ast,
    value_from_ast_untyped,
    visit,
)

from tests.parity.support.compare import Operation
from tests.parity.support.generate import NAME, asked
from tests.parity.support.values import Pools, Values, text, type_of_variables

LEFT_OUT, KEPT, AS_VARIABLE = 0.5, 0.05, 0.25


def rewritten(schema: GraphQLSchema, pools: Pools, document: DocumentNode, chance: random.Random) -> list[Operation]:
    """One operation, some again with other variables; the same for the same document and state of `chance`."""
    values, types = Values(pools, chance), TypeInfo(schema)
    body = print_ast(visit(document, TypeInfoVisitor(types, _Rewriting(values, types))))
    return [Operation(f"query {NAME}{values.definitions} {body}", given, NAME) for given in asked(values)]


class _Rewriting(Visitor):
    def __init__(self, values: Values, types: TypeInfo) -> None:
        super().__init__()
        self.values = values
        self.types = types

    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        argument: Any = self.types.get_argument()
        if not is_required_argument(argument) and self._is(LEFT_OUT):
            return REMOVE
        of_variables = type_of_variables(argument)
        return ArgumentNode(name=node.name, value=self._value(node.name.value, node.value, argument.type, of_variables))

    def _is(self, likely: float) -> bool:
        return self.values.chance.random() < likely

    def _value(self, name: str, node: ValueNode, type_: Any, of_variables: Any = None) -> ValueNode:
        """What stands in place of a literal: a variable, or a literal in which there may be some."""
        if not self._is(AS_VARIABLE):
            return self._literal(name, node, type_, nested=True)
        value = value_from_ast_untyped(self._literal(name, node, type_, nested=False))
        return parse_value(self.values.variable(name, of_variables or type_, value))

    def _literal(self, name: str, node: ValueNode, type_: Any, *, nested: bool) -> ValueNode:
        """A literal, which has variables in it only if it is `nested`."""
        of = self._value if nested else partial(self._literal, nested=False)
        bare: Any = get_nullable_type(type_)
        if isinstance(node, ListValueNode) and is_list_type(bare) and node.values:
            return ListValueNode(values=tuple(of(name, item, bare.of_type) for item in node.values))
        if isinstance(node, ObjectValueNode) and is_input_object_type(bare):
            return ObjectValueNode(fields=tuple(self._field(of, each, bare) for each in node.fields))
        if self._is(KEPT) or (isinstance(node, NullValueNode) and self._is(0.5)):
            return node
        return parse_value(text(self.values.of(name, type_), type_))

    def _field(self, of: Any, node: ObjectFieldNode, type_: Any) -> ObjectFieldNode:
        name = node.name.value
        return ObjectFieldNode(name=node.name, value=of(name, node.value, type_.fields[name].type))
