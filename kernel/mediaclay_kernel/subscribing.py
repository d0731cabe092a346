"""Starts what a client subscribes to, by its compiled plan or the ordinary way, whatever carries the events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Sequence
from typing import Any, Protocol

from graphql import GraphQLError, OperationType, located_error
from strawberry.types import ExecutionResult

from mediaclay_kernel.answering import encode, shown
from mediaclay_kernel.cache import scope_of
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.context import Context
from mediaclay_kernel.entry import Asked, Entry
from mediaclay_kernel.errors import ClayError, Unavailable
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.live import Changes, Sink
from mediaclay_kernel.live.group import Written
from mediaclay_kernel.plan.planner import PlannedEvents

log = logging.getLogger(__name__)

CURSOR = "cursor"
"""In the `extensions` of an event: what `after` must name so that the next one follows, whatever was selected."""


class Open(Protocol):
    """A subscription that is open."""

    def leave(self) -> None:
        """The subscriber has gone."""
        ...


class Outlet(Sink, Protocol):
    """Where the events of one subscription go."""

    def send(self, body: bytes) -> None:
        """Sends an event, as JSON of what GraphQL answers."""
        ...

    def complete(self) -> None:
        """There will be no more."""
        ...


class Refused(Exception):
    """It was refused before it began.

    `body` is what GraphQL answers; without one it is no operation that could have been executed, for these `errors`.
    """

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__()
        answer = shown(None, errors)
        self.errors = encode(answer["errors"])
        self.body = encode(answer) if "data" in answer else None


async def subscribe(
    entry: Entry, asked: Asked, context: Context[Any], outlet: Outlet, *, may_write: bool = True
) -> Open:
    """Begins to send events to `outlet`; of a query or a mutation its one answer. Raises `Refused`."""
    found = entry.planner.follow(*asked) if entry.compiled else "switched off"
    if isinstance(found, str):
        entry.ways.count_ordinary(asked.operation or "", found)
        checked = entry.planner.checked(asked.document, asked.operation)
        if not isinstance(checked, OperationType):
            raise Refused(checked)
        if checked is OperationType.MUTATION and not may_write:
            raise Refused([GraphQLError("A GET can't change anything: send mutations by POST.")])
        return await _ordinarily(entry.schema, asked, context, outlet)
    entry.ways.count_compiled()
    try:
        followed = await found.plan.follow(context, found.variables)
    except Exception as error:
        raise _refused(entry, found, error) from error
    if not isinstance(followed, Changes):
        return _Pumping(_shown(entry, found, context, followed.records()), outlet)
    try:
        return await followed.open(_name(found, context), _Writing(entry, found, context).write, outlet)
    except ClayError as error:
        raise _refused(entry, found, error) from error


def last_word(error: ClayError) -> bytes:
    """The event with which a subscription ends before its time."""
    return encode({"errors": [{"message": error.message, "extensions": error.extensions}]})


def _name(found: PlannedEvents, context: Context[Any]) -> Hashable:
    """Those of one name are shown the same: by one plan, with the same variables, to the same caller."""
    shown_by = encode(found.plan.shown_by(found.variables))
    return id(found.plan), found.plan, shown_by, scope_of(context.principal), context.authorization


class _Writing:
    """Writes the events of one plan as one caller sees them."""

    def __init__(self, entry: Entry, found: PlannedEvents, context: Context[Any]) -> None:
        self._entry = entry
        self._found = found
        self._context = context

    async def write(self, change: Change) -> Written:
        """An event as what GraphQL answers, in JSON."""
        plan, variables = self._found
        outcome = await plan.show(self._context, variables, change)
        if outcome.errors:
            self._entry.schema.process_errors(list(outcome.errors))
        is_lacking = any(isinstance(error.original_error, Unavailable) for error in outcome.errors)
        answer = shown(outcome.data, outcome.errors, {CURSOR: change.revision})
        return Written(encode(answer), is_lacking)


async def _shown(
    entry: Entry, found: PlannedEvents, context: Context[Any], records: AsyncIterator[Any]
) -> AsyncIterator[bytes]:
    async for record in records:
        outcome = await found.plan.show(context, found.variables, record)
        if outcome.errors:
            entry.schema.process_errors(list(outcome.errors))
        yield encode(shown(outcome.data, outcome.errors))


def _refused(entry: Entry, found: PlannedEvents, error: Exception) -> Refused:
    located = located_error(error, found.plan.nodes, [found.plan.key])
    entry.schema.process_errors([located])
    return Refused([located])


async def _ordinarily(schema: Schema, asked: Asked, context: Context[Any], outlet: Outlet) -> Open:
    document, operation, variables = asked
    results: Any = await schema.stream(document, variables, context, None, operation)
    return _Pumping(_results(results), outlet)


async def _results(results: AsyncIterator[ExecutionResult]) -> AsyncIterator[bytes]:
    async for result in results:
        yield encode(shown(result.data, result.errors))


class _Pumping:
    """Sends what an iterator gives, no faster than it is taken."""

    def __init__(self, bodies: AsyncIterator[bytes], outlet: Outlet) -> None:
        self._bodies = bodies
        self._outlet = outlet
        self._task = asyncio.get_running_loop().create_task(self._pump())

    def leave(self) -> None:
        """See `Open`."""
        self._task.cancel()

    async def _pump(self) -> None:
        try:
            async for body in self._bodies:
                self._outlet.send(body)
                await self._outlet.drained()
            self._outlet.complete()
        except ClayError as error:
            self._outlet.close(error)
        except Exception:
            log.exception("A subscription broke off")
            self._outlet.close(Unavailable("The subscription broke off."))
