"""A small subgraph without a database: two entities, and every way in which a field can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
from mediaclay_kernel.context import Context
from mediaclay_kernel.errors import LimitExceeded, NotFound, Unavailable
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import column, follows, path, shows
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.subgraph import Start, Subgraph


@dataclass(frozen=True, slots=True)
class ThingRecord:
    id: str
    name: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    slug: str


@dataclass
class State:
    """What was fetched, call by call, so that tests can count."""

    calls: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Things are read once it is set, as it is from the start."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def ready(self) -> None:
        if self.away:
            raise Unavailable


At = Context[State]
THINGS = {name: ThingRecord(name, f"Thing {name}", size) for size, name in enumerate("abcdef")}


async def things_by_id(at: At, keys: Sequence[str]) -> list[ThingRecord | Exception | None]:
    """One is forbidden to be seen, one breaks."""
    at.state.calls.append(("things", list(keys)))
    special = {"hidden": NotFound("Not for you."), "broken": RuntimeError("the inner secret")}
    return [special.get(key) or THINGS.get(key) for key in keys]


async def places_by_slug(at: At, keys: Sequence[str]) -> list[PlaceRecord]:
    at.state.calls.append(("places", list(keys)))
    raise Unavailable("The atlas does not answer.")


async def neighbours(at: At, things: Sequence[ThingRecord], *, step: int = 1) -> list[ThingRecord | None]:
    at.state.calls.append(("neighbours", [thing.id for thing in things]))
    return [THINGS.get(chr(ord(thing.id) + step)) for thing in things]


async def too_few(at: At, things: Sequence[ThingRecord]) -> list[int]:
    return [1 for _ in things[1:]]


async def all_things(at: At, *, first: int | None = None) -> list[ThingRecord]:
    at.require_read()
    await at.state.gate.wait()
    if first is not None and first > 3:
        raise LimitExceeded("At most 3 things.", limit=3)
    return list(THINGS.values())[:first]


async def fails(at: At) -> str | None:
    raise RuntimeError("the inner secret")


async def wrong_count(at: At) -> ThingRecord:
    return THINGS["a"]


def loud(thing: ThingRecord) -> str:
    return thing.name.upper()


@strawberry.federation.type(keys=["id"])
@shows(ThingRecord, reference=things_by_id)
class Thing:
    id: strawberry.ID
    title: str = column("name", description="Its name.")
    shout: str = column(loud)
    size: int
    neighbour: Thing | None = path(neighbours)
    too_few: int | None = path(too_few)


@strawberry.federation.type(keys=["slug"])
@shows(PlaceRecord, key=lambda given: given["slug"].lower(), reference=places_by_slug)
class Place:
    slug: str


@strawberry.type
class Query:
    things: list[Thing] = path(all_things)
    fails: str | None = path(fails)
    one: Thing = path(wrong_count)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def touch(self, info: strawberry.Info) -> str:
        context: Any = info.context
        return str(context.principal.require(Scope.WRITE))


@dataclass
class Sizes:
    """Things of growing size, for who follows them."""

    at: At
    upto: int

    async def records(self) -> AsyncIterator[ThingRecord]:
        for thing in [*THINGS.values()][: self.upto]:
            await self.at.state.gate.wait()
            yield thing


async def growing(at: At, *, upto: int = 3) -> Sizes:
    at.require_read()
    if upto > len(THINGS):
        raise LimitExceeded("There are not so many.", limit=len(THINGS))
    return Sizes(at, upto)


@strawberry.type
class Subscription:
    growing: Thing = follows(growing)

    @strawberry.subscription
    async def ticks(self, info: strawberry.Info, count: int = 3) -> AsyncGenerator[int]:
        context: Any = info.context
        for number in range(count):
            await context.state.gate.wait()
            yield number

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int]:
        yield 1
        raise RuntimeError("the inner secret")

    @strawberry.subscription
    async def refuses(self) -> AsyncGenerator[int]:
        yield 1
        raise NotFound("It is gone.", reason="GONE")


schema = Schema(query=Query, mutation=Mutation, subscription=Subscription, types=[Place])


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    yield State()


subgraph = Subgraph(
    name="small", description="For tests.", port=4999, schema=f"{__name__}:schema", running=f"{__name__}:running"
)
