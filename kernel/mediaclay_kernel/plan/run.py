"""One run of a plan: what its paths are given, the failures that it meets, and the tags that it touches."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from graphql import GraphQLError, located_error
from graphql.execution.values import VariableValues

from mediaclay_kernel.plan.needs import Needs
from mediaclay_kernel.plan.places import Place
from mediaclay_kernel.plan.shapes import Field
from mediaclay_kernel.plan.sources import Answering, Path


class _Failed:
    def __repr__(self) -> str:
        return "FAILED"


FAILED: Final[Any] = _Failed()
"""Stands for a value whose error is noted, until a nullable position turns it into null."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run answers, its `data` as orjson is to write it: times in UTC are still datetimes.

    `tags` are None where the answer must not be kept.

    `wholes` is how many fields were answered at once with all below them.
    """

    data: dict[str, Any] | None
    errors: Sequence[GraphQLError]
    tags: frozenset[Hashable] | None = None
    wholes: int = 0


class Run:
    """One execution."""

    __slots__ = ("at_once", "context", "failures", "tags", "variables", "wholes")

    def __init__(self, context: Any, variables: VariableValues, collect: bool, at_once: bool) -> None:
        self.at_once = at_once
        self.wholes = 0
        self.context = context
        self.variables = variables
        self.failures: list[tuple[Place, int, Field, Exception]] = []
        self.tags: set[Hashable] | None = set() if collect else None

    def fail(self, place: Place, index: int, field: Field, error: Exception) -> Any:
        """Notes an error; answers `FAILED`."""
        self.failures.append((place, index, field, error))
        return FAILED

    async def ask(
        self, path: Path, records: Sequence[Any], arguments: Mapping[str, Any], needs: Needs
    ) -> Sequence[Any]:
        """A path's answers. Their tags are collected if somebody wants them."""
        answers = await path.answers(self.context, records, arguments, needs)
        if self.tags is not None:
            if path.tags is None:
                self.tags = None
            elif not any(isinstance(answer, Exception) for answer in answers):
                self.tags.update(path.tags(records, answers, arguments))
        return answers

    async def ask_whole(self, answering: Answering, records: Sequence[Any]) -> Sequence[Any] | None:
        """Finished answers, None where the paths are to be asked. Their tags are collected if somebody wants them."""
        if not self.at_once:
            return None
        try:
            found = await answering(self.context, records, self.variables, self.tags is not None)
        except Exception as error:  # noqa: BLE001  (as that of a path)
            return [error] * len(records)
        if found is None:
            return None
        self.wholes += 1
        if self.tags is not None:
            if found.tags is None:
                self.tags = None
            else:
                self.tags.update(found.tags)
        return found.answers

    def outcome(self, data: Any) -> Outcome:
        """What is answered, `data` being that of the root."""
        data = None if data is FAILED else data
        errors = _errors(self.failures, data) if self.failures else ()
        tags = None if self.tags is None or errors else frozenset(self.tags)
        return Outcome(data, errors, tags, self.wholes)


def _errors(failures: Sequence[tuple[Place, int, Field, Exception]], data: Any) -> list[GraphQLError]:
    """In the order of the document, one for each null that they caused: the first that stands under it.

    graphql-core keeps those that came before the null did, in the order of time, which is not the same at each run.
    """
    kept: dict[tuple[str | int, ...], GraphQLError] = {}
    found = ((place.path(index), field, error) for place, index, field, error in failures)
    for path, field, error in sorted(found, key=itemgetter(0)):
        keys = [key for _, key in path]
        at, depth = data, 0
        while at is not None:
            at, depth = at[keys[depth]], depth + 1
        nulled = tuple(keys[:depth])
        if nulled not in kept:
            kept[nulled] = located_error(error, field.nodes, keys)
    return list(kept.values())
