"""A schema in which every sort of field fails in every way: nulls, exceptions, wrong types, short answers, unions."""

from __future__ import annotations

import enum
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import strawberry
from mediaclay_kernel.context import Context
from mediaclay_kernel.errors import BadUserInput, Forbidden, NotFound
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import column, path, shows
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.subgraph import Start, Subgraph
from mediaclay_kernel.testing import running as kernel_running
from strawberry.scalars import JSON

from tests.parity.support.values import Pools
from tests.parity.support.worlds.world import World

COUNT = 60


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


strawberry.enum(Colour)


class ThingRecord(NamedTuple):
    number: int
    parent: int | None

    @property
    def id(self) -> str:
        return str(self.number)

    @property
    def uuid(self) -> UUID | None:
        return UUID(int=self.number) if self.number % 3 else None

    @property
    def name(self) -> str:
        return ["", "é", f"thing {self.number}"][self.number % 3]

    @property
    def size(self) -> Any:
        return [self.number, None, 2**31, "no number", 1.5, True, 7.0][self.number % 7]

    @property
    def weight(self) -> Any:
        return [self.number / 3, None, float("nan"), 3, "x"][self.number % 5]

    @property
    def colour(self) -> Any:
        return [Colour.RED, Colour.BLUE, None, "green"][self.number % 4]

    @property
    def made(self) -> Any:
        return None if self.number % 5 == 4 else datetime.fromtimestamp(self.number, UTC)

    @property
    def extra(self) -> Any:
        return [{"a": [1, None, "x"]}, [], None, "text", 0, False][self.number % 6]

    @property
    def words(self) -> Any:
        return [["a", None], [], None, ("b", "c"), "no list", {"x"}, [1]][self.number % 7]

    @property
    def secret(self) -> str:
        if self.number % 4 == 1:
            raise Forbidden
        if self.number % 4 == 2:
            raise ValueError("inside")
        return "told"


class OtherRecord(NamedTuple):
    id: str
    name: str


THINGS = [ThingRecord(number, (number - 1) // 3 if number else None) for number in range(COUNT)]
FAILURES: tuple[Any, ...] = (NotFound("gone"), RuntimeError("broken"), Forbidden(), None, object())


def failing(answers: list[Any], records: Sequence[ThingRecord], every: int) -> list[Any]:
    """Some of the answers replaced by failures, the same at each run."""
    return [
        FAILURES[(record.number // every) % len(FAILURES)] if record.number % every == every - 1 else answer
        for record, answer in zip(records, answers, strict=True)
    ]


def found(number: int | None) -> ThingRecord | None:
    return THINGS[number] if number is not None and 0 <= number < COUNT else None


async def by_reference(at: Any, keys: Sequence[str]) -> list[Any]:
    return [found(int(key)) if key.isdigit() else NotFound("no such") for key in keys]


async def others_by_reference(at: Any, keys: Sequence[str]) -> list[Any]:
    raise RuntimeError("no others today")


async def get_parents(at: Any, of: Sequence[ThingRecord]) -> list[Any]:
    return failing([found(thing.parent) for thing in of], of, 11)


async def get_sure_parents(at: Any, of: Sequence[ThingRecord]) -> list[Any]:
    return [found(thing.parent) for thing in of]


@strawberry.input
class Wanted:
    name: str | None = strawberry.UNSET
    colours: list[Colour] | None = None
    least: int = 1


async def get_children(
    at: Any, of: Sequence[ThingRecord], *, first: int | None = 2, wanted: Wanted | None = None, after: str | None = None
) -> list[Any]:
    if first == 0:
        raise BadUserInput("None at all?")
    if first == 7:
        return []
    least = 0 if wanted is None else wanted.least
    answers = [[c for c in THINGS if c.parent == thing.number and c.number >= least][:first] for thing in of]
    return failing(answers, of, 13)


async def get_counts(
    at: Any, of: Sequence[ThingRecord], *, times: int = 1, words: list[str] | None = None
) -> list[Any]:
    return failing([thing.number * times + len(words or ()) for thing in of], of, 5)


async def get_nested(at: Any, of: Sequence[ThingRecord]) -> list[Any]:
    return [None if t.number % 6 == 0 else [[found(t.number + 1), None], None if t.number % 2 else [], [t]] for t in of]


async def get_either(at: Any, of: Sequence[ThingRecord]) -> list[Any]:
    answers = [OtherRecord(t.id, t.name) if t.number % 2 else found(t.parent) for t in of]
    return failing(answers, of, 7)


async def get_eithers(at: Any, of: Sequence[ThingRecord]) -> list[Any]:
    return [[t, OtherRecord("o", "other"), None, "neither"][: t.number % 5] for t in of]


async def get_all_items(at: Any, *, first: int = 5) -> list[Any]:
    return [*THINGS[: max(first, 0)], OtherRecord("o", "other"), None, ValueError("an item")]


async def get_thing(at: Any, *, id: strawberry.ID) -> Any:
    return found(int(id)) if id.isdigit() else None


async def get_things(at: Any, *, ids: list[strawberry.ID | None] | None = None) -> Any:
    return THINGS[:20] if ids is None else [found(int(i)) if i is not None and i.isdigit() else None for i in ids]


async def get_breaks(at: Any) -> Any:
    raise RuntimeError("inside")


@strawberry.interface
class Item:
    id: strawberry.ID
    name: str


@strawberry.federation.type(keys=["id"])
@shows(OtherRecord, reference=others_by_reference)
class Other(Item):
    """No field but those of the interface."""


Either = Annotated["Thing | Other", strawberry.union("Either")]


@strawberry.federation.type(keys=["id"])
@shows(ThingRecord, reference=by_reference)
class Thing(Item):
    uuid: strawberry.ID | None
    number: int
    size: int | None
    sure_size: int = column("size")
    weight: float | None
    colour: Colour | None
    sure_colour: Colour = column("colour")
    made: datetime | None
    extra: JSON | None
    sure_extra: JSON = column("extra")
    words: list[str | None] | None
    sure_words: list[str] | None = column("words")
    secret: str | None
    sure_secret: str = column("secret")
    shout: str | None = column(lambda thing: thing.name.upper() or None)
    missing: str | None = column(lambda thing: thing.nothing)
    parent: Thing | None = path(get_parents)
    sure_parent: Thing = path(get_sure_parents)
    children: list[Thing] = path(get_children)
    maybe_children: list[Thing | None] | None = path(get_children)
    count: int | None = path(get_counts)
    sure_count: int = path(get_counts)
    nested: list[list[Thing | None] | None] | None = path(get_nested)
    strict: list[list[Thing]] | None = path(get_nested)
    either: Either | None = path(get_either)
    sure_either: Either = path(get_either)
    eithers: list[Either | None] = path(get_eithers)


@strawberry.type
class Query:
    thing: Thing | None = path(get_thing)
    things: list[Thing | None] = path(get_things)
    sure_things: list[Thing] | None = path(get_things)
    items: list[Item | None] | None = path(get_all_items)
    breaks: str | None = path(get_breaks)
    sure_breaks: Thing = path(get_breaks)

    @strawberry.field
    def plain(self) -> str:
        return "a resolver of its own"


schema = Schema(query=Query, types=[Thing, Other])


@dataclass
class State:
    async def ready(self) -> None:
        """Nothing is needed."""


Request = Context[State]


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    yield State()


subgraph = Subgraph(
    name="hostile", description="For tests.", port=4998, schema=f"{__name__}:schema", running=f"{__name__}:running"
)


def representation(chance: random.Random) -> dict[str, Any]:
    """One of an entity, or of what is none."""
    kind = chance.choice(["Thing", "Thing", "Thing", "Other", "Nothing", "Query"])
    return {"__typename": kind, chance.choice(["id", "id", "id", "key"]): chance.choice(["1", "5", "nope", "59"])}


POOLS: Pools = {
    "ID": lambda chance: chance.choice(["1", "7", "59", "x", 3]),
    "Int": lambda chance: chance.choice([0, 1, 2, 3, 5, 7]),
    "String": lambda chance: chance.choice(["", "a", "é"]),
    "Boolean": lambda chance: chance.random() < 0.5,
    "_Any": representation,
}


@asynccontextmanager
async def opened() -> AsyncGenerator[World]:
    """It runs, with all that there is in it."""
    async with kernel_running(subgraph, Settings(public_read=True)) as client:
        yield World("hostile", client, POOLS, with_data=0.2)
