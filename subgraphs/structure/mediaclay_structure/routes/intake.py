"""Lines that come in over HTTP, a batch at a time; what became of each batch is told while the next is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import ClayError

from mediaclay_structure.formats.intake import Intake, Line
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine
from mediaclay_structure.operations.ingest import Ingested, ingest
from mediaclay_structure.routes.streams import Write
from mediaclay_structure.state import Request
from mediaclay_structure.transactions import run

BATCH = 10_000
"""Lines of a batch: one transaction, one change."""
BATCH_BYTES = 8 * 1024 * 1024
"""A batch ends earlier where its lines are long, so that memory stays flat."""
AT_ONCE = 32 * 1024
"""Bytes of a body that are parsed before others get their turn."""


@dataclass(slots=True)
class _Total:
    batch: int = 0
    created: int = 0
    present: int = 0
    linked: int = 0
    bad: int = 0


@dataclass(slots=True)
class _Batch:
    lines: list[NodeLine | LinkLine] = field(default_factory=list[NodeLine | LinkLine])
    bad: list[BadLine] = field(default_factory=list[BadLine])
    size: int = 0

    def add(self, line: Line) -> None:
        if isinstance(line, BadLine):
            self.bad.append(line)
        else:
            self.lines.append(line)

    @property
    def is_full(self) -> bool:
        return len(self.lines) + len(self.bad) >= BATCH or self.size >= BATCH_BYTES


async def take_in(at: Request, top: UUID, body: AsyncIterator[bytes], write: Write) -> None:
    """Ingests a body below `top`. An error before the first batch is raised; later it is the last line of the answer.

    While PostgreSQL writes a batch the next one is read and parsed, and no more than that: the body waits meanwhile.
    """
    total = _Total()
    read: asyncio.Queue[_Batch | None] = asyncio.Queue(maxsize=1)
    reading = asyncio.create_task(_read(body, read))
    try:
        while (batch := await _next(reading, read)) is not None:
            await write(await _taken(at, top, batch, total))
    except ClayError as error:
        if total.batch == 0:
            raise
        await write(to_json({"done": False, "code": error.code, "message": error.message, **_sums(total)}, line=True))
    else:
        await write(to_json({"done": True, **_sums(total)}, line=True))
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _next(reading: asyncio.Task[None], read: asyncio.Queue[_Batch | None]) -> _Batch | None:
    getting = asyncio.create_task(read.get())
    await asyncio.wait({getting, reading}, return_when=asyncio.FIRST_COMPLETED)
    if not getting.done() and reading.done() and reading.exception() is not None:
        getting.cancel()
        await reading
    return await getting


async def _read(body: AsyncIterator[bytes], read: asyncio.Queue[_Batch | None]) -> None:
    intake, batch = Intake(), _Batch()
    async with aclosing(_pieces(body)) as pieces:
        async for piece in pieces:
            batch.size += len(piece)
            for line in intake.feed(piece):
                batch.add(line)
                if batch.is_full:
                    await read.put(batch)
                    batch = _Batch()
            await asyncio.sleep(0)
    for line in intake.end():
        batch.add(line)
    if batch.lines or batch.bad:
        await read.put(batch)
    await read.put(None)


async def _pieces(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    async for chunk in body:
        for begin in range(0, len(chunk), AT_ONCE):
            yield chunk[begin : begin + AT_ONCE] if len(chunk) > AT_ONCE else chunk


async def _taken(at: Request, top: UUID, batch: _Batch, total: _Total) -> bytes:
    """What became of a batch, as lines: one for each bad line, in their order, then one for the batch."""
    done, revision = Ingested(), None
    if batch.lines or total.batch == 0:  # asked of the first one in any case, which must find its node

        async def operation(work: UnitOfWork, _: bool) -> Ingested:
            return await ingest(work, top, batch.lines)

        done, changes = await run(at.state.changelog, at.principal, operation, await at.rights())
        revision = changes[-1].revision if changes else None
    bad = sorted([*batch.bad, *done.bad], key=lambda line: line.number)
    total.batch += 1
    total.created += done.created
    total.present += done.present
    total.linked += done.linked
    total.bad += len(bad)
    told = [to_json({"line": b.number, "code": b.code, "message": b.message}, line=True) for b in bad]
    counts = {"created": done.created, "present": done.present, "linked": done.linked}
    return b"".join([*told, to_json({"batch": total.batch, **counts, "revision": revision}, line=True)])


def _sums(total: _Total) -> dict[str, int]:
    return {"created": total.created, "present": total.present, "linked": total.linked, "bad": total.bad}
