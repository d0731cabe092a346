"""Any operations in any order do what they do to plain lists, and what they refuse they leave alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Change, Changelog, UnitOfWork
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import LinkLine, NodeLine
from mediaclay_structure.operations import commands
from mediaclay_structure.operations.apply import apply
from mediaclay_structure.operations.clone_node import clone_node
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.operations.link_nodes import link_nodes
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.operations.prune_node import prune_node
from mediaclay_structure.operations.restore_node import restore_node
from mediaclay_structure.operations.set_kind import set_kind
from mediaclay_structure.operations.unlink_nodes import unlink_nodes
from mediaclay_structure.operations.update_node import update_node
from mediaclay_structure.store import branches, nodes, structures, walking
from mediaclay_structure.transactions import run
from mediaclay_structure.tree.order import Place, Position

from tests.structure.invariants import broken
from tests.structure.support.model import SCHEMAS, SLUGS, Model, Refused, Thing, Tie

ADA = Principal(new_id(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
KINDS = ("a", "b", "c")

picks = st.integers(0, 63)
"""Which one of those that there are, counted from the newest."""
names = st.sampled_from(sorted(SLUGS))
kinds = st.sampled_from(KINDS)
slugs = st.none() | st.sampled_from(["cat", "dog", "cat-2"])
properties = st.sampled_from([{}, {"n": 3}, {"n": 9}, {"m": 1}])
patches = st.none() | st.sampled_from([{"n": 3}, {"n": None}, {"m": 1, "n": 9}])
places = st.tuples(st.sampled_from(list(Position)), picks)
"""A position, and which child of the parent is the sibling."""
versions = st.sampled_from([None, None, 0, 1])
"""None, the one that there is, or one that there is not."""

Operation = Callable[[UnitOfWork, bool], Awaitable[Any]]
BY_COMMAND: dict[type, Callable[..., Awaitable[Any]]] = {
    commands.UpdateNode: update_node, commands.MoveNode: move_node, commands.CloneNode: clone_node,
    commands.PruneNode: prune_node, commands.RestoreNode: restore_node, commands.LinkNodes: link_nodes,
    commands.UnlinkNodes: unlink_nodes, commands.SetKind: set_kind, commands.Apply: apply,
}  # fmt: skip


def operation(command: Any) -> Operation:
    """What the edge runs for a command."""
    if isinstance(command, commands.CreateNode):
        return lambda work, alone: create_node(work, command, alone=alone)
    return lambda work, _: BY_COMMAND[type(command)](work, command)


class Database:
    """The database behind synchronous calls, and a new structure for each run of the machine."""

    def __init__(self, runner: asyncio.Runner, pool: databases.Database) -> None:
        self._runner = runner
        self.pool = pool
        self.changelog = Changelog(pool, "structure")

    def wait(self, work: Awaitable[Any]) -> Any:
        async def waiting() -> Any:
            return await work

        return self._runner.run(waiting())

    def run(self, what: Operation) -> tuple[Any, list[Change]]:
        return self.wait(run(self.changelog, ADA, what))

    def made(self, bound: int) -> tuple[UUID, Model]:
        slug = f"s{new_id().hex}"
        made, _ = self.run(lambda work, _: create_structure(work, commands.CreateStructure(slug, "Root"), None))
        structure = UUID(str(made))
        self.wait(self.pool.pool.execute("UPDATE structure SET bound = $1 WHERE id = $2", bound, structure))
        [record] = self.wait(structures.by_id(self.pool.pool, [structure]))
        return structure, Model(UUID(str(record.root_id)), slug, "Root")


class Machine(RuleBasedStateMachine):
    """Does everything twice: to the database and to the model."""

    def __init__(self, database: Database, bound: int) -> None:
        super().__init__()
        self.db = database
        self.structure, self.model = database.made(bound)
        self.lines = 0

    # Which ones

    def node(self, pick: int) -> UUID:
        """A node, the newest for 0; now and then one that is pruned, or unknown."""
        if pick == 63:
            return new_id()
        known = [*self.model.things] if pick > 55 else self.model.live()
        return known[-1 - pick % len(known)]

    def place(self, parent: UUID, wanted: tuple[Position, int]) -> Place:
        at, pick = wanted
        siblings = self.model.things[parent].children if parent in self.model.things else []
        if at in {Position.FIRST, Position.LAST} or not siblings or pick == 63:
            return Place(at)
        return Place(at, siblings[pick % len(siblings)])

    def version(self, node: UUID, wanted: int | None) -> int | None:
        if wanted is None or node not in self.model.things:
            return wanted
        return self.model.things[node].version + wanted

    # What is done

    def do(self, command: Any, told: Callable[[], None] | None = None) -> None:
        """Expects of the database what the model says."""
        revision = len(self.model.log)
        codes = self._refusal(told or (lambda: self.model.do(command)))
        if codes:
            with pytest.raises(ClayError) as error:
                self.db.run(operation(command))
            assert error.value.code in codes, (command, error.value)
            assert self.revision() == revision
            return
        self.db.run(operation(command))
        for node in [*self.model.restored]:
            parent = self.model.things[node].parent
            assert parent is not None
            self.model.settle(node, self.children(parent))

    def _refusal(self, told: Callable[[], None]) -> set[str]:
        try:
            told()
        except Refused as refused:
            return refused.codes
        return set()

    def revision(self) -> int:
        return self.db.wait(self.db.changelog.heads([self.structure]))[self.structure]

    def children(self, parent: UUID) -> list[UUID]:
        sql = "SELECT id FROM node WHERE structure_id = $1 AND parent_id = $2 ORDER BY pos"
        return [UUID(str(row[0])) for row in self.db.wait(self.db.pool.pool.fetch(sql, self.structure, parent))]

    @rule(parent=picks, kind=kinds, name=names, slug=slugs, given=properties, place=places)
    def create(self, **asked: Any) -> None:
        self.do(self.creation(**asked))

    def creation(self, parent: int, kind: str, name: str, slug: str | None, given: Any, place: Any) -> Any:
        under = self.node(parent)
        return commands.CreateNode(under, kind, name, new_id(), slug, given, self.place(under, place))

    @precondition(lambda self: self.model.asked)
    @rule(pick=picks, name=names)
    def repeat(self, pick: int, name: str) -> None:
        """A create or a clone comes again, as it was or with another name."""
        chosen = [*self.model.asked][pick % len(self.model.asked)]
        said = self.model.asked[chosen]
        if len(said) == 5:
            parent, kind, _, slug, given = said
            self.do(commands.CreateNode(parent, kind, said[2] if pick % 2 else name, chosen, slug, given))
        else:
            source, parent, old = said
            self.do(commands.CloneNode(source, parent, name=old if pick % 2 else name, new_id=chosen))

    @rule(node=picks, name=st.none() | names, slug=slugs, kind=st.none() | kinds, patch=patches, version=versions)
    def update(self, node: int, name: Any, slug: Any, kind: Any, patch: Any, version: Any) -> None:
        own = self.node(node)
        self.do(commands.UpdateNode(own, name, slug, kind, patch, self.version(own, version)))

    @rule(node=picks, parent=picks, place=places, version=versions)
    def move(self, **asked: Any) -> None:
        self.do(self.movement(**asked))

    def movement(self, node: int, parent: int, place: Any, version: Any) -> Any:
        own, under = self.node(node), self.node(parent)
        return commands.MoveNode(own, under, self.place(under, place), self.version(own, version))

    @rule(node=picks, place=places)
    def move_among_siblings(self, node: int, place: Any) -> None:
        own = self.node(node)
        under = self.model.things[own].parent if own in self.model.things else None
        if under is not None:
            self.do(commands.MoveNode(own, under, self.place(under, place)))

    @precondition(lambda self: len(self.model.things) < 150)
    @rule(node=picks, parent=picks, place=places, name=st.none() | names)
    def clone(self, node: int, parent: int, place: Any, name: Any) -> None:
        under = self.node(parent)
        self.do(commands.CloneNode(self.node(node), under, self.place(under, place), name, new_id()))

    @rule(node=picks, version=versions)
    def prune(self, node: int, version: Any) -> None:
        own = self.node(node)
        self.do(commands.PruneNode(own, self.version(own, version)))

    @precondition(lambda self: self.model.away)
    @rule(pick=picks, parent=st.none() | picks)
    def restore(self, pick: int, parent: int | None) -> None:
        away = [*self.model.away]
        own = self.node(pick) if pick > 60 else away[-1 - pick % len(away)]
        self.do(commands.RestoreNode(own, None if parent is None else self.node(parent)))

    @rule(begin=picks, end=picks, kind=kinds, given=properties)
    def link(self, begin: int, end: int, kind: str, given: Any) -> None:
        self.do(commands.LinkNodes(self.node(begin), self.node(end), kind, given))

    @precondition(lambda self: self.model.ties)
    @rule(pick=picks)
    def unlink(self, pick: int) -> None:
        tie = self.model.ties[pick % len(self.model.ties)]
        sql = "SELECT id FROM link WHERE structure_id = $1 AND source_id = $2 AND kind = $3 AND target_id = $4"
        link = self.db.wait(self.db.pool.pool.fetchval(sql, self.structure, *tie.ends))
        self.do(commands.UnlinkNodes(link), partial(self.model.unlink, tie))

    @rule(name=kinds, schema=st.sampled_from(SCHEMAS), allowed=st.none() | st.lists(kinds, unique=True))
    def set_kind(self, name: str, schema: Any, allowed: list[str] | None) -> None:
        self.do(commands.SetKind(self.structure, name, schema[0], allowed))

    @rule(
        creates=st.lists(
            st.fixed_dictionaries(
                {"parent": picks, "kind": kinds, "name": names, "slug": slugs, "given": properties, "place": places}
            ),
            min_size=1,
            max_size=3,
        ),
        moved=picks,
        pruned=picks,
        expected=versions,
    )
    def apply(self, creates: list[Any], moved: int, pruned: int, expected: Any) -> None:
        """Some creates, the last one below the first; a move below that, and a prune."""
        made = [self.creation(**each) for each in creates]
        outer = cast(UUID, made[0].id)
        inner = commands.CreateNode(outer, "a", "Cat", new_id())
        operations = [
            *made, inner, commands.MoveNode(self.node(moved), cast(UUID, inner.id)), commands.CloneNode(outer, self.model.root,
            new_id=new_id()), commands.PruneNode(self.node(pruned)),
        ]  # fmt: skip
        revision = None if expected is None else len(self.model.log) + expected
        self.do(commands.Apply(self.structure, operations, revision))

    @precondition(lambda self: len(self.model.things) < 150)
    @rule(
        under=picks,
        lines=st.lists(st.tuples(st.integers(0, 9), picks, kinds, properties), min_size=1, max_size=40),
        ends=st.lists(st.tuples(picks, picks, kinds), max_size=3),
    )
    def ingest(self, under: int, lines: list[Any], ends: list[Any]) -> None:
        """A batch: each line below one of the last ones, the top, or any node that there is."""
        top = self.node(under)
        made: list[Thing] = []
        for number, (back, pick, kind, given) in enumerate(lines):
            self.lines += 1
            last = made[number - 1 - back].id if back < min(number, 6) else top
            parent = self.node(pick) if back > 8 else last
            made.append(Thing(new_id(), parent, "Line", f"line-{self.lines}", kind, given))
        ties = [Tie(self.node(begin), kind, self.node(end), {}, told=False) for begin, end, kind in ends]
        read = [
            *(
                NodeLine(
                    kind=t.kind, name=t.name, id=t.id, parent=None if t.parent == top else t.parent, slug=t.slug,
                    properties=t.properties, number=number,
                )
                for number, t in enumerate(made)
            ),
            *(
                LinkLine(kind=tie.kind, source=tie.source, target=tie.target, number=number)
                for number, tie in enumerate(ties, len(made))
            ),
        ]  # fmt: skip
        revision = len(self.model.log)
        if not self.model.is_live(top):
            with pytest.raises(ClayError) as error:
                self.db.run(lambda work, _: ingest(work, top, read))
            assert error.value.code == "NOT_FOUND"
            assert self.revision() == revision
            return
        said = self.model.ingest(top, made, ties)
        done, _ = self.db.run(lambda work, _: ingest(work, top, read))
        assert [bad.number for bad in done.bad] == [number for number, codes in enumerate(said) if codes]
        assert all(bad.code in said[bad.number] for bad in done.bad), (done.bad, said)

    @rule()
    def compare(self) -> None:
        self.db.wait(self._compare())

    def teardown(self) -> None:
        self.db.wait(self._compare())

    async def _compare(self) -> None:
        model, pool = self.model, self.db.pool.pool
        assert await broken(pool, self.structure) == []
        [structure] = await structures.by_id(pool, [self.structure])
        known = [*model.things]
        found = {node.id: node for node in await nodes.even_pruned(pool, known)}
        assert {
            node.id: Thing(
                node.id,
                None if node.parent_id == structure.trash_id else node.parent_id,
                node.name,
                node.slug,
                node.kind,
                node.properties,
                0,
                node.version,
            )
            for node in found.values()
        } == {
            i: Thing(i, t.parent, t.name, t.slug, t.kind, t.properties, 0, t.version) for i, t in model.things.items()
        }
        assert (
            await pool.fetchval("SELECT count(*) FROM node WHERE structure_id = $1", self.structure) == len(known) + 1
        )
        assert {node.id for node in await nodes.by_id(pool, known)} == {*model.live()}
        assert await branches.counts(pool, [*found.values()]) == {i: len(model.branch(i)) - 1 for i in known}
        for top in (model.root, *model.away):
            assert await self._order(top) == model.branch(top)[1:]
        links = await pool.fetch("SELECT * FROM link WHERE structure_id = $1", self.structure)
        assert {(link["source_id"], link["kind"], link["target_id"]): link["properties"] for link in links} == {
            tie.ends: tie.properties for tie in model.ties
        }
        log = await pool.fetch(
            "SELECT type, subject FROM changelog WHERE stream = $1 ORDER BY revision", self.structure
        )
        assert [tuple(change) for change in log] == model.log

    async def _order(self, top: UUID) -> list[UUID]:
        async with self.db.pool.transaction("repeatable_read", readonly=True) as db:
            label = (await nodes.labels(db, [top], even_pruned=True))[top]
            return [node.id async for some in walking.whole(db, label, 7) for node in some]


@pytest.mark.parametrize("bound", [4, 8])
def test_any_operations_in_any_order_do_what_they_do_to_lists(database: str, bound: int) -> None:
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        try:
            pool = runner.run(stack.enter_async_context(databases.connect(database, "structure")))
            run_state_machine_as_test(
                cast("Any", partial(Machine, Database(runner, pool), bound)),
                settings=settings(
                    max_examples=12, stateful_step_count=40, deadline=None, print_blob=True,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )  # fmt: skip
        finally:
            runner.run(stack.aclose())
