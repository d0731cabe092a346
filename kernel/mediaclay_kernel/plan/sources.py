"""Where values come from: one record at once, or many together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from mediaclay_kernel.plan.needs import EVERYTHING, Needs

Tags = Callable[[Sequence[Any], Sequence[Any], Mapping[str, Any]], Iterable[Hashable]]
"""`tags(records, answers, arguments)`: what the answers depend on, so that a kept result is known to be stale."""


def nothing(_records: Sequence[Any], _answers: Sequence[Any], _arguments: Mapping[str, Any]) -> Iterable[Hashable]:
    """The tags of what never changes."""
    return ()


Ask = Callable[[str, "Path", Sequence[Any]], Awaitable[Sequence[Any]]]
"""`ask(type, path, keys)`: the answers of a reference of that type."""


class Finished(NamedTuple):
    """What was asked at once with all that is selected below it, as JSON that nothing is to be done to.

    `answers` has an `orjson.Fragment`, None or an exception for each record, in order. `tags` are None where they were not
    collected.
    """

    answers: Sequence[Any]
    tags: Iterable[Hashable] | None = None


Answering = Callable[[Any, Sequence[Any], Any, bool], Awaitable[Finished | None]]
"""`answering(context, records, variables, collect)`: None leaves this one run to the paths, as all that is in doubt is."""
Whole = Callable[[Any], Answering | None]
"""`whole(field)`, a `shapes.Field`, with what is selected below it: None for what it does not know or would not quicken."""


@dataclass(frozen=True, slots=True)
class Column:
    """A value of one record. `name` is the attribute it reads, where it reads just one.

    `needs` are all attributes that it reads, None where that is not known.
    """

    read: Callable[[Any], Any]
    name: str | None = None
    needs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Values fetched for many records at once; for a root type, one value for nobody's record.

    `needs` are the attributes of its records that are read by `fetch` and by what hangs on its answers, None where that
    is not known. `asks` is the parameter by which `fetch` is told what its answers will be read for. `whole` is a second way
    to the same answers, with all that is selected below them.
    """

    fetch: Callable[..., Awaitable[Any]]
    of_root: bool
    needs: tuple[str, ...] | None = None
    asks: str | None = None
    tags: Tags | None = None
    whole: Whole | None = None

    async def answers(
        self, context: Any, records: Sequence[Any], arguments: Mapping[str, Any], needs: Needs = EVERYTHING
    ) -> list[Any]:
        """One answer for each record, in their order. An exception as an answer fails that record alone."""
        if self.asks is not None:
            arguments = {**arguments, self.asks: needs}
        try:
            if self.of_root:
                return [await self.fetch(context, **arguments)]
            found = list(await self.fetch(context, records, **arguments))
        except Exception as error:  # noqa: BLE001  (each record reports it at its own place in the answer)
            return [error] * len(records)
        if len(found) != len(records):
            return [RuntimeError(f"{self.name} answered {len(found)} of {len(records)} records")] * len(records)
        return found

    @property
    def name(self) -> str:
        """The name of the function behind it."""
        return getattr(self.fetch, "__qualname__", "a path")


class Followed(Protocol):
    """What a subscription follows."""

    def records(self) -> AsyncIterator[Any]:
        """The record of each event, as it comes."""
        ...


@dataclass(frozen=True, slots=True)
class Events:
    """Events: `follow(context, **arguments)` says what is followed, or raises why it may not be."""

    follow: Callable[..., Awaitable[Followed]]


@dataclass(frozen=True, slots=True)
class Reference:
    """How the records of an entity are found: a key of each representation, then one call for all keys."""

    key: Callable[[Mapping[str, Any]], Any]
    path: Path
