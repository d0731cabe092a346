"""A compiled subscription: what it follows, and how each event of it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from graphql import FieldNode, FragmentDefinitionNode
from graphql.execution.values import VariableValues

from mediaclay_kernel.plan.arguments import variables_in
from mediaclay_kernel.plan.completion import position
from mediaclay_kernel.plan.levels import level
from mediaclay_kernel.plan.places import TOP, Place
from mediaclay_kernel.plan.run import Outcome, Run
from mediaclay_kernel.plan.shapes import NotPlanned, Shape
from mediaclay_kernel.plan.sources import Events, Followed


class EventPlan:
    """Closures that show an event; the one field of the subscription says what is followed."""

    __slots__ = ("_complete", "_field", "_shown_by")

    def __init__(self, shape: Shape, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        """Raises `NotPlanned` where the field does not say what it follows."""
        [self._field] = shape.fields
        if not isinstance(self._field.source, Events):
            raise NotPlanned(f"{self._field.parent}.{self._field.name} does not say what it follows")
        self._complete = position(self._field.type, self._field, level)
        selected = [node.selection_set for node in self._field.nodes if node.selection_set is not None]
        self._shown_by = sorted(variables_in([*selected, *fragments.values()]))

    @property
    def key(self) -> str:
        """The key of its field in each event."""
        return self._field.key

    @property
    def nodes(self) -> list[FieldNode]:
        """Where its field stands in the document."""
        return self._field.nodes

    def shown_by(self, variables: VariableValues) -> tuple[Any, ...]:
        """The variables that decide how an event is shown; those that say what is followed are not among them."""
        return tuple(variables.coerced.get(name) for name in self._shown_by)

    async def follow(self, context: Any, variables: VariableValues) -> Followed:
        """What is followed. Raises what says that it may not be, or that the arguments are wrong."""
        given: Mapping[str, Any] = {} if self._field.arguments is None else self._field.arguments(variables)
        return await cast("Events", self._field.source).follow(context, **given)

    async def show(self, context: Any, variables: VariableValues, record: Any) -> Outcome:
        """An event as one caller sees it. Errors are answered, not raised."""
        run = Run(context, variables, collect=False, at_once=True)
        place = Place(TOP, (0, self._field.key))
        done = self._complete.finish(run, place, [record])
        [value] = await done if self._complete.awaits else done
        return run.outcome({self._field.key: value})
