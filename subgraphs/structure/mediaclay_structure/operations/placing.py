"""Where the new nodes of a batch stand: each one's parent, slug and sibling key, or why it can't be taken."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import ClayError, Conflict, Forbidden, NotFound
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.rights import Role

from mediaclay_structure.formats.line import ROOT, NodeLine, parent_path
from mediaclay_structure.formats.slug import slugify, unique
from mediaclay_structure.limits import check_depth, check_key
from mediaclay_structure.operations.ingested import Ingested
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.records import BranchLabel
from mediaclay_structure.store import ingesting, nodes, writing
from mediaclay_structure.store.columns import PRUNED_FROM
from mediaclay_structure.tree.positions import after, nth

_KEYS = [nth(number) for number in range(2_000)]
AT_ONCE = 1_000
"""Lines that are placed before others get their turn."""
Pairs = set[tuple[UUID, str]]


class Placing:
    """One batch on its way. What is new stands in lists of equal length; `above` is a parent's index among them.

    A hopeful one takes all nodes for new and all slugs for free without asking, which holds for most batches and saves
    the two questions that name each line. The indexes refuse the batch where it does not hold.
    """

    def __init__(self, under: UUID, structure: UUID, *, is_hopeful: bool = False) -> None:
        self.under = under
        self.structure = structure
        self.is_hopeful = is_hopeful
        self.done = Ingested()
        self.there: dict[UUID, BranchLabel] = {}
        self.lines: list[NodeLine] = []
        self.ids: list[UUID] = []
        self.parents: list[UUID] = []
        self.above: list[int | None] = []
        self.slugs: list[str] = []
        self.positions: list[str] = []
        self._depths: list[int] = []
        self._bytes: list[int] = []
        self._index: dict[UUID, int] = {}
        self._alias: dict[UUID, UUID] = {}
        self._made: dict[str, UUID] = {}
        self._children: dict[UUID, int] = {}
        self._last: dict[UUID, str] = {}
        self._used: Pairs = set()
        self._taken: dict[tuple[UUID, str], UUID] = {}
        self._kinds = Kinds([])
        self._has_kinds = False
        self._kind_of: dict[UUID, str] = {}
        self._roles: dict[UUID, Role | None] = {}
        """The caller's on the nodes that are there, None where it may not read one; empty for who may do everything."""

    def id_at(self, path: str) -> UUID:
        """The id of a node known by its path, the same at every run, unless another one is there."""
        if path == ROOT:
            return self.under
        made = self._made_of(path)
        return self._alias.get(made, made)

    def _made_of(self, path: str) -> UUID:
        if (made := self._made.get(path)) is None:
            made = self._made[path] = uuid.uuid5(self.under, path)
        return made

    def old_parents(self) -> list[BranchLabel]:
        """The parents of new nodes that were there already."""
        wanted = {parent for parent, above in zip(self.parents, self.above, strict=True) if above is None}
        return [self.there[parent] for parent in wanted]

    def is_here(self, node: UUID) -> bool:
        """Whether a node was there before the batch: in this structure, and not pruned."""
        there = self.there.get(node)
        return (
            there is not None
            and there.structure_id == self.structure
            and there.gpath < PRUNED_FROM
            and self._roles.get(node, Role.MANAGE) is not None
        )

    def require(self, node: UUID) -> None:
        """Raises `Forbidden` unless the caller may write at a node that is here, or comes with the batch."""
        role = self._roles.get(node)
        if role is not None and role < Role.WRITE:
            raise Forbidden(f"This needs the role WRITE on the node {node} or above it; you have {role.name}.")

    def has(self, node: UUID) -> bool:
        """Whether a node is there, with the batch."""
        return node in self._index or self.is_here(node)

    async def read(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Finds what is there: the nodes of these ids, the parents, and the last child of each."""
        own = [line.id or self._id_of(line) for line in lines]
        parents = {self._parent_of(line) for line in lines}
        if self.is_hopeful:
            ends = [*own[:1], *own[-1:]]  # of a batch that is there already, these are
            await self.reread(work, {self.under, *parents.difference(own), *filter(None, ends)})
        else:
            await self.reread(work, {self.under, *parents, *filter(None, own)})
        if not self.is_here(self.under):
            raise NotFound(f"There is no node {self.under}.")
        await self._follow_paths(work, lines)
        self._kinds = await Kinds.of(work.connection, self.structure, None)
        self._has_kinds = not self._kinds.is_empty
        await self._look_below(work, lines, {p for p in map(self._parent_of, lines) if self.is_here(p)})

    async def _look_below(self, work: UnitOfWork, lines: Iterable[NodeLine], parents: set[UUID]) -> None:
        """What parents that are there have: their last child, children of the lines' slugs, and their kind."""
        if not parents:
            return
        self._last.update(await ingesting.last_children(work.connection, self.structure, [*parents]))
        if not self.is_hopeful:
            asked = {(p, line.slug or slugify(line.name)) for line in lines if (p := self._parent_of(line)) in parents}
            self._taken.update(await writing.slugs_taken(work.connection, self.structure, [*asked]))
        if self._has_kinds:
            self._kind_of.update({n.id: n.kind for n in await nodes.by_id(work.connection, [*parents])})

    async def reread(self, work: UnitOfWork, wanted: Iterable[UUID]) -> None:
        """Where these stand, those that are there; pruned ones, too."""
        ids = [*wanted]
        self.there.update(await nodes.labels(work.connection, ids, even_pruned=True))
        if not work.rights.is_all:
            lines = await writing.lines(work.connection, ids) if ids else {}
            self._roles.update(
                {own: work.rights.role(line, is_public=is_public) for own, (line, is_public) in lines.items()}
            )

    async def place(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Gives each new line its place, and reports each that can't be taken."""
        for number, line in enumerate(lines):
            own = self._id_of(line)
            if own is not None and (own in self._index or own in self.there):
                self._known(line, own)
                continue
            try:
                if (there := await self._place(work, line, own)) is not None:
                    await self._look_below(work, islice(lines, number, None), {there})
            except ClayError as error:
                self.done.refuse(line.number, error)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _id_of(self, line: NodeLine) -> UUID | None:
        if line.id is not None or line.path is None:
            return line.id
        return self.id_at(line.path)

    def _parent_of(self, line: NodeLine) -> UUID:
        parent = line.parent
        if parent is None:
            return self.under if line.path is None else self.id_at(parent_path(line.path) or ROOT)
        return self.id_at(parent) if isinstance(parent, str) else parent

    def _known(self, line: NodeLine, own: UUID) -> None:
        there = self.there.get(own)
        if there is None or self.is_here(own):
            self.done.present += 1
        elif there.structure_id != self.structure or self._roles.get(own, Role.MANAGE) is None:
            self.done.refuse(line.number, Conflict(f"The id {own} is in use elsewhere."))
        else:
            why = f"The node {own} is pruned: restore its branch, or give another id."
            self.done.refuse(line.number, Conflict(why))

    async def _place(self, work: UnitOfWork, line: NodeLine, own: UUID | None) -> UUID | None:
        """The node that stands there already, though nobody imported it."""
        parent = self._parent_of(line)
        above = self._index.get(parent)
        if above is None and not self.is_here(parent):
            raise NotFound(f"Its parent {line.parent or parent} is not there; parents come first.")
        if above is None:
            self.require(parent)
        slug = line.slug or slugify(line.name)
        pair = (parent, slug)
        if pair in self._used or pair in self._taken:
            if line.slug is None and line.path is None:
                slug = await self._free(work, parent, slug)
            elif line.path is not None and line.id is None and pair in self._taken:
                return await self._is_another(work, line.path, self._taken[pair])
            else:
                raise Conflict(f"A sibling has the slug {slug!r} already.")
        if self._has_kinds:
            self._check_kind(line, parent)
        self._add(line, new_id() if own is None else own, parent, above, slug)
        return None

    async def _is_another(self, work: UnitOfWork, path: str, there: UUID) -> UUID:
        """A node that nobody imported stands at this path: it is the one that is meant."""
        self._alias[self._made_of(path)] = there
        await self.reread(work, [there])
        self.done.present += 1
        return there

    def _check_kind(self, line: NodeLine, parent: UUID) -> None:
        self._kinds.check_child(self._kind_of[parent], line.kind)
        if self._kinds.rule(line.kind) is not None:
            given: Any = line.properties
            self._kinds.check(line.kind, orjson.loads(given) if isinstance(given, bytes) else given)

    async def _free(self, work: UnitOfWork, parent: UUID, slug: str) -> str:
        """A numbered slug that no sibling has, in this batch or in the database."""
        while True:
            free = unique(slug, _OfParent(self._used, parent))
            if parent in self._index:
                return free
            if not await writing.slugs_taken(work.connection, self.structure, [(parent, free)]):
                return free
            self._used.add((parent, free))

    def _add(self, line: NodeLine, own: UUID, parent: UUID, above: int | None, slug: str) -> None:
        """Raises `LimitExceeded`."""
        if above is None:
            key = self.there[parent].full_key
            pos, depth, size = after(self._last.get(parent)), key.count("/"), len(key)
        else:
            number = self._children.get(parent, 0)
            pos = _KEYS[number] if number < len(_KEYS) else nth(number)
            depth, size = self._depths[above] + 1, self._bytes[above]
        size += len(pos) + 1
        check_depth(depth)
        check_key(size)
        if above is None:
            self._last[parent] = pos
        else:
            self._children[parent] = self._children.get(parent, 0) + 1
        self._index[own] = len(self.ids)
        self._used.add((parent, slug))
        if self._has_kinds:
            self._kind_of[own] = line.kind
        self.lines.append(line)
        self.ids.append(own)
        self.parents.append(parent)
        self.above.append(above)
        self.slugs.append(slug)
        self.positions.append(pos)
        self._depths.append(depth)
        self._bytes.append(size)

    async def _follow_paths(self, work: UnitOfWork, lines: Sequence[NodeLine]) -> None:
        """Parents named by a path that nobody imported: looked for from slug to slug."""
        own = {i for line in lines if (i := self._id_of(line)) is not None}
        for path in {p for line in lines if (p := _path_of_parent(line)) is not None}:
            if self.id_at(path) not in self.there and self.id_at(path) not in own:
                await self.follow(work, path)

    async def follow(self, work: UnitOfWork, path: str) -> UUID | None:
        """The node at a path below `under`, which is known by it from now on."""
        at = self.under
        for slug in path.strip("/").split("/"):
            found = await writing.slugs_taken(work.connection, self.structure, [(at, slug)])
            if (at, slug) not in found:
                return None
            at = found[at, slug]
        self._alias[self._made_of(path)] = at
        await self.reread(work, [at])
        return at


class _OfParent:
    """The slugs of one parent among the pairs of all."""

    def __init__(self, pairs: Pairs, parent: UUID) -> None:
        self._pairs = pairs
        self._parent = parent

    def __contains__(self, slug: object) -> bool:
        return (self._parent, slug) in self._pairs


def _path_of_parent(line: NodeLine) -> str | None:
    if line.path is not None and line.parent is None:
        return parent_path(line.path)
    return line.parent if isinstance(line.parent, str) and line.parent != ROOT else None
