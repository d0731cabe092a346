"""Eight clients that create nodes in one structure, each node in a transaction of its own, and what limits them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any
from unittest.mock import patch
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.database import Connection
from mediaclay_kernel.ids import new_id
from mediaclay_structure.operations.commands import CreateNode
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import writing

from benchmarks.rows import Row
from benchmarks.structure.bench import BY, PRINCIPAL, Bench
from benchmarks.structure.peers import indexes, plain

CLIENTS = 8
ROUNDS = 3
LOOK_SECONDS = 0.02
_INSERT = f"""
INSERT INTO node ({", ".join(NodeRecord._fields)}, anchor_id)
VALUES ({", ".join(f"${number + 1}" for number in range(len(NodeRecord._fields) + 1))})
"""
_BARE = """
CREATE TABLE peer.bare (LIKE node INCLUDING DEFAULTS);
CREATE UNIQUE INDEX bare_labels ON peer.bare (structure_id, anchor_id, okey);
"""
_INSERT_BARE = """
INSERT INTO peer.bare (structure_id, id, parent_id, pos, anchor_id, okey, kind, name, slug, created_by, updated_by)
VALUES ($1, $2, $3, $4, 1, $4, 'note', $5, $4, $6, $6)
"""
_WAITS = """
SELECT coalesce(wait_event_type || ' ' || wait_event, 'running') FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""

Create = Callable[[UUID], Awaitable[object]]


@dataclass(slots=True)
class Form:
    """A way to create, and what came of it: creates a second in each round, and what the server was seen doing."""

    what: str
    create: Create
    around: Callable[[], AbstractContextManager[Any]] = nullcontext
    rates: list[float] = field(default_factory=list[float])
    waits: Counter[str] = field(default_factory=Counter[str])
    client: list[float] = field(default_factory=list[float])


async def run(bench: Bench) -> list[Row]:
    """The product, what it would be without each of its parts, and tables that know less."""
    await plain.make(bench)
    await bench.execute(_BARE)
    await indexes.copied(bench, "peer.bare", gin=False)
    await indexes.copied(bench, "peer.bare", gin=True)
    forms = [
        Form("create_node, as the service runs it", _product(bench)),
        Form("without the revision and the changelog's row", _unnumbered(bench)),
        Form(
            "without the count of the fragment, too",
            _unnumbered(bench),
            lambda: patch.object(writing, "create", _uncounted),
        ),
        Form("the plain path's create: lock, key, insert", _plain(bench)),
        Form("a bare insert into a table with the same indexes", _bare(bench)),
    ]
    for turn in range(ROUNDS):
        for form in bench.random.sample(forms, len(forms)):
            bench.say(f"round {turn + 1} of {ROUNDS}: {form.what}")
            with form.around():
                await _load(bench, form, turn)
    own = forms[0]
    return [_row(form, own) for form in forms]


def _row(form: Form, own: Form) -> Row:
    rate, peer = median(own.rates), median(form.rates)
    seen = form.waits.total() or 1
    waits = ", ".join(f"{name} {count / seen:.0%}" for name, count in form.waits.most_common(4))
    note = f"connections: {waits}; the client's process was busy {median(form.client):.0%} of the time"
    if form is own:
        return Row(form.what, f"{rate:,.0f}/s", goal="reported", note=note)
    ratio = median(a / b for a, b in zip(own.rates, form.rates, strict=True))
    return Row(form.what, f"{rate:,.0f}/s", f"{peer:,.0f}/s", f"{ratio:.2f}", note=note)


async def _load(bench: Bench, form: Form, turn: int) -> None:
    began, busy = time.monotonic(), time.process_time()
    until = began + bench.seconds / ROUNDS
    watching = asyncio.create_task(_watch(bench, form.waits, until))
    done = await asyncio.gather(*(_client(bench, form, until, Random(turn * CLIENTS + n)) for n in range(CLIENTS)))
    taken = time.monotonic() - began
    form.rates.append(sum(done) / taken)
    form.client.append((time.process_time() - busy) / taken)
    await watching


async def _client(bench: Bench, form: Form, until: float, random: Random) -> int:
    done = 0
    while time.monotonic() < until:
        await form.create(bench.tree.id(random.randrange(len(bench.tree))))
        done += 1
    return done


async def _watch(bench: Bench, waits: Counter[str], until: float) -> None:
    async with bench.reading() as db:
        while time.monotonic() < until:
            waits.update(row[0] for row in await db.fetch(_WAITS))
            await asyncio.sleep(LOOK_SECONDS)


def _command(parent: UUID) -> CreateNode:
    own = new_id()
    return CreateNode(parent, "note", f"New {own}", own)


def _product(bench: Bench) -> Create:
    return lambda parent: bench.do(lambda work, alone: create_node(work, _command(parent), alone=alone))


def _unnumbered(bench: Bench) -> Create:
    """The same transaction, but nothing is appended at its end."""

    async def create(parent: UUID) -> object:
        async with bench.pool.transaction() as connection:
            return await create_node(UnitOfWork(connection, PRINCIPAL), _command(parent), alone=False)

    return create


async def _uncounted(db: Connection, node: NodeRecord, anchor: int) -> NodeRecord:
    await db.execute(_INSERT, *node, anchor)
    return node


def _plain(bench: Bench) -> Create:
    async def create(parent: UUID) -> None:
        async with bench.reading() as db:
            await plain.create(db, bench.structure, new_id(), parent, BY)

    return create


def _bare(bench: Bench) -> Create:
    async def create(parent: UUID) -> None:
        own = new_id()
        await bench.pool.pool.execute(
            _INSERT_BARE, bench.structure, own, parent, own.hex, f"New {own}", BY
        )  # fmt: skip

    return create
