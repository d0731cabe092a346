"""A compiled operation."""

from __future__ import annotations

from typing import Any

from graphql.execution.values import VariableValues

from mediaclay_kernel.plan.levels import level
from mediaclay_kernel.plan.places import TOP
from mediaclay_kernel.plan.run import Outcome, Run
from mediaclay_kernel.plan.shapes import Entities, Shape
from mediaclay_kernel.plan.sources import Path


class Plan:
    """Closures that answer an operation level by level: one batched call for each access path and level."""

    __slots__ = ("_root", "untagged")

    def __init__(self, shape: Shape) -> None:
        self._root = level(shape)
        self.untagged = _untagged(shape)
        """A field whose path says no tags, as `Type.field`, so that no answer can be kept; None if all do."""

    async def run(
        self, context: Any, variables: VariableValues, *, collect: bool = False, at_once: bool = True
    ) -> Outcome:
        """Answers for one caller. `collect` gathers the tags of what is read. Errors are answered, not raised.

        Without `at_once` only paths are asked, and nothing is answered together with what is selected below it.
        """
        run = Run(context, variables, collect, at_once)
        done = self._root.finish(run, TOP, [None])
        [data] = await done if self._root.awaits else done
        return run.outcome(data)


def _untagged(shape: Shape) -> str | None:
    for field in shape:
        if isinstance(field.source, Path) and field.source.tags is None:
            return f"{field.parent}.{field.name}"
        if isinstance(field.source, Entities):
            for each in field.shapes.values():
                if each.reference is not None and each.reference.path.tags is None:
                    return f"{field.name} of {each.type}"
        if (found := next(filter(None, map(_untagged, field.shapes.values())), None)) is not None:
            return found
    return None
