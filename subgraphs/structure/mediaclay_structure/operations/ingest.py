"""Take in many nodes at once: one transaction and one change for a batch, whatever its size."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import LimitExceeded, NotFound
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.formats.line import ROOT, BadLine, NodeLine, parent_path
from mediaclay_structure.formats.slug import slugify, unique
from mediaclay_structure.limits import check_depth, check_key
from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import nodes, structures, writing
from mediaclay_structure.tree.labels import Label, Labelled, label
from mediaclay_structure.tree.positions import after, nth


@dataclass(slots=True)
class Ingested:
    """What became of a batch: how many nodes are new, how many were there already, and which lines are bad."""

    created: int = 0
    present: int = 0
    bad: list[BadLine] = field(default_factory=list[BadLine])


@dataclass(slots=True)
class _New:
    line: NodeLine
    id: UUID
    parent: UUID
    slug: str
    pos: str
    depth: int
    key_bytes: int


async def ingest(work: UnitOfWork, under: UUID, lines: Sequence[NodeLine]) -> Ingested:
    """Adds nodes below the node `under`, parents before their children, each behind its siblings.

    A line whose id (or path) is there already is passed over, so that an import that was cut off goes on when it is
    run again. A line that can't be taken is reported, and the others are taken. Raises `NotFound` for `under`.
    """
    work.principal.require(Scope.WRITE)
    structure = (await writing.structures_of(work.connection, [under])).get(under)
    if structure is None:
        raise NotFound(f"There is no node {under}.")
    await writing.lock_structure(work.connection, structure, alone=True)
    batch = _Batch(under, structure)
    await batch.read(work, lines)
    await batch.place(work, lines)
    if batch.new:
        await batch.write(work)
    return batch.done


class _Batch:
    """One batch on its way: what is there already, what is new, and what is bad."""

    def __init__(self, under: UUID, structure: UUID) -> None:
        self.under = under
        self.structure = structure
        self.done = Ingested()
        self.new: list[_New] = []
        self._index: dict[UUID, int] = {}
        self._there: dict[UUID, BranchLabel] = {}
        self._alias: dict[UUID, UUID] = {}
        self._children: dict[UUID, int] = {}
        self._last: dict[UUID, str] = {}
        self._slugs: dict[UUID, set[str]] = {}

    def id_of(self, line: NodeLine) -> UUID | None:
        """A line's id; of a line with a path alone, one that is the same at every run."""
        if line.id is not None:
            return line.id
        return None if line.path is None else self.id_at(line.path)

    def id_at(self, path: str) -> UUID:
        """The id of a node known by its path, unless another one is there."""
        return self.under if path == ROOT else uuid.uuid5(self.under, path)

    def parent_of(self, line: NodeLine) -> UUID:
        """The id of a line's parent."""
        if line.path is not None and line.parent is None:
            return self.id_at(parent_path(line.path) or ROOT)
        if line.parent is None:
            return self.under
        return line.parent if isinstance(line.parent, UUID) else self.id_at(line.parent)

    async def read(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Finds what is there: the nodes of these ids, the parents, and the last child of each."""
        own = {i for line in lines if (i := self.id_of(line)) is not None}
        parents = {self.parent_of(line) for line in lines}
        self._there = await nodes.labels(work.connection, [*(own | parents | {self.under})])
        await self._follow_paths(work, lines)
        there = [i for i in {self._alias.get(p, p) for p in parents} if i in self._there]
        self._last = await writing.last_children(work.connection, self.structure, there)

    async def _follow_paths(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Parents named by a path that nobody imported: looked for from slug to slug."""
        inside = {i for line in lines if (i := self.id_of(line)) is not None}
        paths = {p for line in lines if (p := _path_of_parent(line)) is not None}
        missing = [p for p in paths if self.id_at(p) not in self._there and self.id_at(p) not in inside]
        for path in missing:
            found = await self._walk(work, path)
            if found is not None:
                self._alias[self.id_at(path)] = found
        if self._alias:
            self._there.update(await nodes.labels(work.connection, list(self._alias.values())))

    async def _walk(self, work: UnitOfWork, path: str) -> UUID | None:
        at = self.under
        for slug in path.strip("/").split("/"):
            found = await writing.slugs_taken(work.connection, self.structure, [(at, slug)])
            if (at, slug) not in found:
                return None
            at = found[at, slug]
        return at

    async def place(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Gives each new line its parent, slug and key, and reports each that can't be taken."""
        wanted = [(self._resolved(line), line.slug or slugify(line.name)) for line in lines]
        asked = list({(p, slug) for p, slug in wanted if p in self._there})
        taken = await writing.slugs_taken(work.connection, self.structure, asked)
        for line, (parent, slug) in zip(lines, wanted, strict=True):
            await self._place(work, line, parent, slug, taken)

    def _resolved(self, line: NodeLine) -> UUID:
        parent = self.parent_of(line)
        return self._alias.get(parent, parent)

    async def _place(
        self, work: UnitOfWork, line: NodeLine, parent: UUID, slug: str, taken: dict[tuple[UUID, str], UUID]
    ) -> None:
        chosen = self.id_of(line)
        if chosen in self._index or chosen in self._there:
            self._known(line, chosen)
            return
        if parent not in self._index and not self._is_here(parent):
            self._refuse(line, f"Its parent {line.parent or parent} is not there; parents come first.", "NOT_FOUND")
            return
        own = self._slugs.setdefault(parent, set())
        if slug in own or (parent, slug) in taken:
            if line.slug is None and line.path is None:
                slug = await self._free(work, parent, slug, own)
            elif line.path is not None and line.id is None and (parent, slug) in taken:
                self._alias[self.id_at(line.path)] = there = taken[parent, slug]
                self._there.update(await nodes.labels(work.connection, [there]))
                self.done.present += 1
                return
            else:
                self._refuse(line, f"A sibling has the slug {slug!r} already.", "CONFLICT")
                return
        self._add(line, chosen or new_id(), parent, slug)
        own.add(slug)

    def _is_here(self, node: UUID) -> bool:
        return node in self._there and self._there[node].structure_id == self.structure

    def _known(self, line: NodeLine, chosen: UUID | None) -> None:
        if chosen is not None and chosen in self._there and not self._is_here(chosen):
            self._refuse(line, f"The id {chosen} is in use in another structure.", "CONFLICT")
        else:
            self.done.present += 1

    def _refuse(self, line: NodeLine, why: str, code: str) -> None:
        self.done.bad.append(BadLine(line.number, why, code))

    async def _free(self, work: UnitOfWork, parent: UUID, slug: str, own: set[str]) -> str:
        """A numbered slug that no sibling has, in this batch or in the database."""
        while True:
            slug_free = unique(slug, own)
            if parent in self._index:
                return slug_free
            if not await writing.slugs_taken(work.connection, self.structure, [(parent, slug_free)]):
                return slug_free
            own.add(slug_free)

    def _add(self, line: NodeLine, chosen: UUID, parent: UUID, slug: str) -> None:
        if (index := self._index.get(parent)) is not None:
            above = self.new[index]
            number = self._children.get(parent, 0)
            pos, depth, size = nth(number), above.depth + 1, above.key_bytes
            self._children[parent] = number + 1
        else:
            key = self._there[parent].full_key
            pos = self._last[parent] = after(self._last.get(parent))
            depth, size = key.count("/"), len(key)
        size += len(pos) + 1
        try:
            check_depth(depth)
            check_key(size)
        except LimitExceeded as error:
            self._refuse(line, error.message, error.code)
            return
        self._index[chosen] = len(self.new)
        self.new.append(_New(line, chosen, parent, slug, pos, depth, size))

    async def write(self, work: UnitOfWork) -> None:
        """Labels and inserts what is new, mends the bound where it was crossed, and records the change."""
        bound = (await structures.by_id(work.connection, [self.structure]))[0].bound
        ids = iter(await writing.new_anchors(work.connection, len(self.new) // bound + 1))
        labelled = label(list(self._parents()), [n.pos for n in self.new], bound, lambda: next(ids))
        await writing.copy_nodes(work.connection, list(self._records(work, labelled)))
        await self._count(work, labelled)
        relabelled = await self._settle(work)
        self.done.created = len(self.new)
        work.record(events.nodes_ingested(self.structure, self.under, [n.id for n in self.new], relabelled))

    def _parents(self) -> Iterator[int | Label]:
        for new in self.new:
            index = self._index.get(new.parent)
            if index is not None:
                yield index
            else:
                there = self._there[new.parent]
                yield Label(there.anchor_id, there.okey, there.gpath)

    def _records(self, work: UnitOfWork, labelled: Labelled) -> Iterator[NodeRecord]:
        by = work.principal.require(Scope.WRITE)
        now = datetime.now(UTC)
        for new, at in zip(self.new, labelled.labels, strict=True):
            properties: Any = new.line.properties
            yield NodeRecord(
                self.structure, new.id, new.parent, new.pos, at.anchor, at.okey, new.line.kind, new.line.name,
                new.slug, properties, 1, now, now, by, by,
            )  # fmt: skip

    async def _count(self, work: UnitOfWork, labelled: Labelled) -> None:
        for index in labelled.anchors:
            at = labelled.labels[index]
            grown = labelled.grown.pop(at.anchor)
            await writing.insert_anchor(
                work.connection, self.structure, at.anchor, self.new[index].id, at.base, n=grown.gained, deep=grown.deep
            )
        counted = sorted((anchor, grown.gained, grown.deep) for anchor, grown in labelled.grown.items())
        await writing.grow(work.connection, self.structure, counted)

    async def _settle(self, work: UnitOfWork) -> list[UUID]:
        """Splits the fragments of old nodes that have grown too far by their new children."""
        parents = [self._there[i] for i in {new.parent for new in self.new} if i in self._there]
        tops = {(p.anchor_id, p.okey.split("/", 1)[0] + "/") for p in parents if p.okey}
        relabelled: list[UUID] = []
        for anchor, top in sorted(tops):
            relabelled += await writing.settle(work.connection, self.structure, anchor, top)
        return relabelled


def _path_of_parent(line: NodeLine) -> str | None:
    if line.path is not None and line.parent is None:
        return parent_path(line.path)
    return line.parent if isinstance(line.parent, str) and line.parent != ROOT else None
