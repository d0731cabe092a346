"""Eight writers in a storm: what runs is killed again and again; afterwards the database is held against what they know."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx
from mediaclay_kernel import database
from mediaclay_structure.operations.check_structure import Report

from tests.structure.invariants import examined
from tests.structure.support.service import Service
from tests.structure.support.writers import TYPES, Book, Writer

WRITERS = 8
BOUND = 16
"""So small a bound that fragments are split and merged all the time."""
MADE = 'mutation {createStructure(slug: "storm", name: "Storm") {id root {id}}}'


@dataclass
class Outcome:
    """What is wrong at the end: nothing, where everything holds."""

    report: Report
    wrong: list[str] = field(default_factory=list)
    changes: int = 0
    recovered: int = 0
    """Changes that were committed though no writer was ever told."""


def rage(service: Service, operations: int, kills: int, seed: int) -> tuple[Book, Counter[str]]:
    """Lets the writers do so many operations, with so many kills spread over them. Answers who was killed how often."""
    book = _begun(service, operations)
    writers = [Writer(service, book, seed * 1000 + number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    random, killed = Random(seed), Counter[str]()
    for number in range(kills):
        _await(book, operations * (number + random.uniform(0.3, 0.9)) / kills)
        name = ("database", "structure")[number % 2]
        time.sleep(random.uniform(0, 0.05))
        getattr(service, f"kill_{name}")()
        killed[name] += 1
    for writer in writers:
        writer.join()
    if book.failed:
        raise book.failed[0]
    return book, killed


def _begun(service: Service, operations: int) -> Book:
    headers = {"Authorization": f"Bearer {service.token()}"}
    answer = httpx.post(f"{service.url}/graphql", json={"query": MADE}, headers=headers, trust_env=False).json()
    made = answer["data"]["createStructure"]
    asyncio.run(_execute(service, "UPDATE structure SET bound = $1", BOUND))
    return Book(UUID(made["id"]), UUID(made["root"]["id"]), operations)


async def _execute(service: Service, sql: str, *arguments: Any) -> None:
    async with database.connect(service.database.url, "structure") as pool:
        await pool.pool.execute(sql, *arguments)


def _await(book: Book, asked: float) -> None:
    while book.asked < asked and not book.failed:
        time.sleep(0.005)


def examine(service: Service, book: Book) -> Outcome:
    """Holds every invariant, and every answer that a writer got, against the database."""
    return asyncio.run(_examine(service, book))


async def _examine(service: Service, book: Book) -> Outcome:
    async with database.connect(service.database.url, "structure") as pool:
        outcome = Outcome(await examined(pool.pool, book.structure))
        rows = await pool.pool.fetch(
            "SELECT revision, type, subject, details FROM changelog WHERE stream = $1 ORDER BY revision", book.structure
        )
        changes = {row["revision"]: row for row in rows}
        outcome.changes = len(changes)
        outcome.wrong += _unfounded(book, changes, outcome)
        outcome.wrong += _twice(changes)
        nodes = await pool.pool.fetch("SELECT id, parent_id FROM node WHERE structure_id = $1", book.structure)
        trash = await pool.pool.fetchval("SELECT trash_id FROM structure WHERE id = $1", book.structure)
        outcome.wrong += _misplaced(changes, {row["id"]: row["parent_id"] for row in nodes}, trash)
        links = await pool.pool.fetch("SELECT id FROM link WHERE structure_id = $1", book.structure)
        outcome.wrong += _mislinked(changes, {str(row["id"]) for row in links})
    return outcome


def _unfounded(book: Book, changes: dict[int, Any], outcome: Outcome) -> list[str]:
    """Each answer has its change, each change has its answer, or a request whose answer got lost."""
    wrong: list[str] = []
    left = {number: (row["type"], row["subject"]) for number, row in changes.items() if number > 1}
    for each in book.acknowledged:
        said = TYPES[each.operation], each.subject
        if left.pop(each.revision, None) != said:
            wrong.append(f"{said} was acknowledged at revision {each.revision}, which is another change or told twice")
    maybe = Counter((TYPES[each.operation], each.subject) for each in book.unknown)
    for number, change in left.items():
        maybe[change] -= 1
        if maybe[change] < 0:
            wrong.append(f"nobody asked for the change {number}: {change}")
    outcome.recovered = len(left)
    return wrong


def _twice(changes: dict[int, Any]) -> list[str]:
    """What has an id, or a kind of its own, is done once."""
    made = Counter(row["subject"] for row in changes.values() if row["type"] in {"CREATED", "CLONED"})
    linked = Counter(row["details"]["kind"] for row in changes.values() if row["type"] == "LINKED")
    return [f"{each} was made {count} times" for each, count in (made + linked).items() if count > 1]


def _misplaced(changes: dict[int, Any], parents: dict[UUID, UUID | None], trash: UUID) -> list[str]:
    """The changes, done again on paper, lead to the parents that there are, and to as many nodes."""
    paper: dict[UUID, Any] = {}
    count = 2  # the root and the trash
    for number, row in changes.items():
        details, subject = row["details"], row["subject"]
        match row["type"]:
            case "CREATED" if number > 1:
                paper[subject] = details["parent"]
                count += 1
            case "MOVED" | "RESTORED":
                paper[subject] = details["after"]["parent"]
            case "CLONED":
                paper[subject] = details["after"]["parent"]
                count += details["nodes"]
            case "PRUNED":
                paper[subject] = trash
            case _:
                pass
    wrong = [f"{node} is below {parents.get(node)}, not {parent}" for node, parent in paper.items()
             if str(parents.get(node)) != str(parent)]  # fmt: skip
    return wrong if count == len(parents) else [*wrong, f"{len(parents)} nodes are there, not {count}"]


def _mislinked(changes: dict[int, Any], links: set[str]) -> list[str]:
    """Links are there from when they are made until they are removed."""
    paper: set[str] = set()
    gone: set[str] = set()
    for row in changes.values():
        if row["type"] == "LINKED":
            paper.add(row["details"]["id"])
        elif row["type"] == "UNLINKED":
            paper.discard(row["details"]["id"])
            gone.add(row["details"]["id"])
    return [f"the link {each} is not there" for each in paper - links] + [
        f"the link {each} is" for each in gone & links
    ]
