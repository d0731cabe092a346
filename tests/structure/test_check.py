"""A check names what is wrong with a structure, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import BadUserInput, NotFound
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.commands import app
from mediaclay_structure.operations.check_structure import Finding, check_structure
from mediaclay_structure.operations.commands import CreateStructure
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.store import checking
from mediaclay_structure.transactions import run
from typer.testing import CliRunner

from tests.structure.conftest import World
from tests.structure.invariants import examined

ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
BOUND = 8
SCHEMA = {"properties": {"lives": {"type": "integer"}}}


@dataclass(frozen=True)
class Damage:
    """What is done to the tables, the rules that are then broken, and the paths that are named for the first of them."""

    name: str
    sql: str
    rules: str
    named: list[str]

    @property
    def broken(self) -> set[str]:
        return {*self.rules.split()}

    @property
    def first(self) -> str:
        return self.rules.split()[0]


LEAF = "'leaf'"
FREE = """
    ALTER TABLE node DROP CONSTRAINT node_pos_check;
    DROP INDEX node_siblings; DROP INDEX node_slugs; DROP INDEX node_labels; DROP INDEX node_directory;
"""
PLACED = """UPDATE node SET pos = '{pos}', okey = regexp_replace(okey, '[^/]+/$', '{pos}/') WHERE slug = {slug};"""
OUTER = "node_id = (SELECT id FROM node WHERE slug = 'heavy')"

DAMAGES = [
    Damage("a parent is gone", "UPDATE node SET parent_id = gen_random_uuid() WHERE slug = 'leaf'", "parents", [""]),
    Damage("another root", "UPDATE structure SET root_id = gen_random_uuid()", "roots", ["", "/"]),
    Damage("the root is the trash", "UPDATE structure SET trash_id = root_id", "roots pruned", ["/", "trash:/"]),
    Damage("the root has another slug", "UPDATE structure SET slug = 'other'", "roots", ["/"]),
    Damage("a root that may be merged", "UPDATE anchor SET pinned = false WHERE gpath = 'A/'", "roots", ["/"]),
    Damage("a key that is not the parent's", PLACED.format(pos="ZZ1", slug=LEAF).replace("pos = 'ZZ1', ", ""),
           "labels", ["/cats/leaf"]),
    Damage("a node in another fragment",
           "UPDATE node SET anchor_id = (SELECT id FROM anchor WHERE gpath = 'z/'), okey = 'X/' WHERE slug = 'leaf'",
           "labels counts", ["/cats/leaf"]),
    Damage("an anchor of a node that is not there", f"UPDATE anchor SET node_id = gen_random_uuid() WHERE {OUTER}",
           "anchors", ["", "/heavy"]),
    Damage("an anchor at another place", f"UPDATE anchor SET gpath = 'A/X/' WHERE {OUTER}", "paths", ["/heavy"]),
    Damage("a cycle", """UPDATE node SET parent_id = (SELECT id FROM node WHERE slug = 'leaf') WHERE slug = 'cats'""",
           "labels cycles", [""]),
    Damage("a cycle with an anchor", """
           UPDATE node SET parent_id = (SELECT n.id FROM node n JOIN node h ON h.id = n.parent_id WHERE h.slug = 'heavy'
                                        ORDER BY n.pos LIMIT 1) WHERE slug = 'heavy'""", "paths cycles", [""]),
    Damage("a wrong count", f"UPDATE anchor SET n = n + 1 WHERE {OUTER}", "counts", ["/heavy"]),
    Damage("levels forgotten", f"UPDATE anchor SET deep = 0 WHERE {OUTER}", "deep", ["/heavy"]),
    Damage("a place that ends in 0", FREE + PLACED.format(pos="B0", slug=LEAF), "positions", ["/cats/leaf"]),
    Damage("two in one place", FREE + PLACED.format(pos="A", slug="'twig'"), "positions", ["/cats/leaf", "/cats/twig"]),
    Damage("a slug with a slash", "UPDATE node SET slug = 'a/b' WHERE slug = 'leaf'", "slugs", ["/cats/a/b"]),
    Damage("an empty slug", "UPDATE node SET slug = '' WHERE slug = 'leaf'", "slugs", ["/cats/"]),
    Damage("a slug with a line break", "UPDATE node SET slug = E'a\\nb' WHERE slug = 'leaf'", "slugs", ["/cats/a\nb"]),
    Damage("two of one slug", FREE + "UPDATE node SET slug = 'leaf' WHERE slug = 'twig'", "slugs",
           ["/cats/leaf", "/cats/leaf"]),
    Damage("a link to nowhere", "UPDATE link SET target_id = gen_random_uuid()", "links", [""]),
    Damage("a link from nowhere", "UPDATE link SET source_id = gen_random_uuid()", "links", [""]),
    Damage("a link that is there twice", """
           DROP INDEX link_ends;
           INSERT INTO link (structure_id, id, kind, source_id, target_id, created_by)
           SELECT structure_id, gen_random_uuid(), kind, source_id, target_id, created_by FROM link""",
           "links", ["", ""]),
    Damage("a pruned branch of unknown origin", "DELETE FROM pruned", "pruned", ["trash:/{pruned}"]),
    Damage("a branch that only seems pruned", """
           INSERT INTO pruned (structure_id, node_id, parent_id, pos, slug, pruned_by)
           SELECT structure_id, id, parent_id, pos, slug, created_by FROM node WHERE slug = 'leaf'""",
           "pruned", ["/cats/leaf"]),
    Damage("a branch that only seems purged", "UPDATE pruned SET purged_at = now()", "pruned", ["trash:/{pruned}"]),
    Damage("a child of a kind that is not allowed", "UPDATE kind SET allowed_children = '{dog}' WHERE name = 'cat'",
           "children", ["/cats/leaf", "/cats/twig"]),
    Damage(
        "properties that the schema forbids",
        """UPDATE node SET properties = '{"lives": "nine"}' WHERE slug = 'cats'""",
        "kinds",
        ["/cats"],
    ),
    Damage("a schema that all nodes fail", "UPDATE kind SET schema = 'false'", "kinds", ["/cats"]),
    Damage("a change that is lost", "DELETE FROM changelog WHERE revision = 3", "changelog", [""]),
    Damage("the last change is lost", "DELETE FROM changelog WHERE revision = (SELECT revision FROM changelog_head)",
           "changelog", [""]),
    Damage("a head that is ahead", "UPDATE changelog_head SET revision = revision + 1", "changelog", [""]),
    Damage("a structure without a head", "DELETE FROM changelog_head", "changelog", [""]),
    Damage("a crowded fragment", "UPDATE structure SET bound = 4", "crowded", ["/wide"]),
    Damage("a fragment that is too small", "UPDATE structure SET bound = 1000", "small", ["/heavy"]),
]  # fmt: skip


@pytest.fixture
async def pruned(world: World) -> str:
    """Makes the world one with fragments, a link and a kind; answers the id of a pruned branch."""
    pool = world.client.state.database.pool
    await pool.execute("UPDATE structure SET bound = $1", BOUND)
    cats = await world.create("Cats", kind="cat", properties={"lives": 9})
    for name in ("Leaf", "Twig"):
        await world.create(name, cats)
    heavy = await world.create("Heavy")
    for number in range(BOUND * 2):
        await world.create(f"H{number}", heavy)
    wide = await world.create("Wide")
    for number in range(BOUND + 1):
        await world.create(f"W{number}", wide)
    await pool.execute("INSERT INTO kind VALUES ($1, 'cat', $2, '{thing}')", UUID(world.structure), SCHEMA)
    await pool.execute(
        "INSERT INTO link (structure_id, id, kind, source_id, target_id, created_by) VALUES ($1, $2, 'eats', $3, $4, $3)",
        UUID(world.structure), uuid4(), UUID(cats), UUID(wide),
    )  # fmt: skip
    gone = await world.create("Gone")
    await world.client.data("mutation($id: ID!) {pruneNode(input: {id: $id}) {change {revision}}}", id=gone)
    return gone


async def test_a_structure_that_was_only_used_is_clean(world: World, pruned: str) -> None:
    pool = world.client.state.database.pool
    report = await examined(pool, world.structure)
    assert report.findings == []
    assert report.size == {
        "nodes": await pool.fetchval("SELECT count(*) FROM node"),
        "anchors": await pool.fetchval("SELECT count(*) FROM anchor"),
        "links": 1,
        "revision": await world.revision(),
    }
    assert (report.size["anchors"] or 0) > 2


async def test_each_damage_is_named_and_nothing_else(world: World, pruned: str) -> None:
    found: dict[str, tuple[set[str], list[str]]] = {}
    for damage in DAMAGES:
        findings = {finding.invariant: finding for finding in await _findings(world, damage.sql)}
        first = findings.get(damage.first)
        paths = sorted(example.path or "" for example in first.examples) if first else []
        found[damage.name] = {*findings}, paths
        assert {name for name, each in findings.items() if not each.is_error} == damage.broken & {"crowded", "small"}
        assert first is None or first.count == len(paths)
    assert found == {each.name: (each.broken, [path.format(pruned=pruned) for path in each.named]) for each in DAMAGES}
    assert (await examined(world.client.state.database.pool, world.structure)).findings == []


async def _findings(world: World, damage: str) -> list[Finding]:
    """What a check finds after something was done, which is then undone."""
    async with world.client.state.database.pool.acquire() as db:
        undone = db.transaction()
        await undone.start()
        try:
            [asked] = await checking.structures(db, None)
            await db.execute(damage)
            return (await check_structure(db, asked)).findings
        finally:
            await undone.rollback()


CHAIN = """
    WITH RECURSIVE chain AS (
        SELECT 1 AS number, gen_random_uuid() AS id, n.id AS above, n.anchor_id, n.okey || 'A/' AS okey, n.structure_id,
               n.created_by AS by
        FROM node n WHERE n.slug = 'cats'
        UNION ALL
        SELECT number + 1, gen_random_uuid(), c.id, c.anchor_id, c.okey || 'A/', c.structure_id, c.by
        FROM chain c WHERE number < 513
    ), inserted AS (
        INSERT INTO node (structure_id, id, parent_id, pos, anchor_id, okey, kind, name, slug, created_by, updated_by)
        SELECT structure_id, id, above, 'A', anchor_id, okey, 'thing', 'x', 'x', by, by FROM chain
    )
    UPDATE anchor SET n = n + 513, deep = 514 WHERE gpath = 'A/'
"""


async def test_whoever_is_too_deep_is_counted_and_the_first_are_named(world: World) -> None:
    await world.create("Cats")
    findings = {finding.invariant: finding for finding in await _findings(world, CHAIN)}
    assert set(findings) == {"depth"}
    assert findings["depth"].count == 2
    assert {example.note for example in findings["depth"].examples} == {
        "it lies 513 levels below its root", "it lies 514 levels below its root",
    }  # fmt: skip


async def test_twenty_are_named_and_all_are_counted(world: World) -> None:
    parent = await world.create("Cats")
    for number in range(21):
        await world.create(f"C{number}", parent)
    [finding] = await _findings(world, "UPDATE node SET slug = slug || '/' WHERE slug LIKE 'c%'")
    assert (finding.invariant, finding.count, len(finding.examples)) == ("slugs", 22, 20)


@pytest.fixture
def slugs(database: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two structures, in a database that commands reach."""

    async def make() -> None:
        async with databases.connect(database, "structure") as pool:
            for slug in ("one", "two"):
                made = CreateStructure(slug, slug)
                await run(
                    Changelog(pool, "structure"), ADA, lambda work, _, made=made: create_structure(work, made, None)
                )

    asyncio.run(make())
    monkeypatch.setenv("CLAY_DATABASE_URL", database)
    return ["one", "two"]


def _clay(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["check", *arguments, "--json"], catch_exceptions=False)
    return done.exit_code, orjson.loads(done.stdout)


def test_the_command_ends_with_1_where_something_is_wrong_and_says_what(database: str, slugs: list[str]) -> None:
    assert _clay("one")[0] == 0
    code, said = _clay("--all")
    assert (code, said["clean"], [each["structure"] for each in said["structures"]]) == (0, True, slugs)

    _execute(database, "UPDATE anchor SET n = n + 1 WHERE gpath = 'A/' AND structure_id = "
                       "(SELECT id FROM structure WHERE slug = 'one')")  # fmt: skip
    code, said = _clay("--all")
    one, two = said["structures"]
    assert (code, said["clean"], one["clean"], two["clean"]) == (1, False, False, True)
    assert (one["nodes"], one["anchors"], one["revision"]) == (2, 2, 1)
    [finding] = one["findings"]
    assert (finding["invariant"], finding["is_error"], finding["count"]) == ("counts", True, 1)
    assert finding["examples"][0]["path"] == "/"
    assert _clay("two")[0] == 0
    told = CliRunner().invoke(app, ["check", "one"])
    assert told.exit_code == 1
    assert "error    counts: A fragment is counted wrongly. 1 of them:" in told.stdout


def test_what_mends_itself_is_told_and_is_no_error(database: str, slugs: list[str]) -> None:
    _execute(database, "UPDATE anchor SET pinned = false WHERE gpath = 'A/'; UPDATE structure SET bound = 100")
    # Not pinned, a root is an error; beside it, it is small.
    code, said = _clay("one")
    assert code == 1
    assert {each["invariant"]: each["is_error"] for each in said["structures"][0]["findings"]} == {
        "roots": True, "small": False,
    }  # fmt: skip


@pytest.mark.parametrize("arguments", [[], ["one", "--all"]])
def test_one_structure_is_asked_for_or_all(slugs: list[str], arguments: list[str]) -> None:
    with pytest.raises(BadUserInput, match="Give the slug of a structure, or --all"):
        CliRunner().invoke(app, ["check", *arguments], catch_exceptions=False)


def test_a_structure_that_is_not_there_is_said(slugs: list[str]) -> None:
    with pytest.raises(NotFound, match="There is no structure 'three'"):
        CliRunner().invoke(app, ["check", "three"], catch_exceptions=False)


def _execute(database: str, sql: str) -> None:
    async def execute() -> None:
        async with databases.connect(database, "structure") as pool:
            await pool.pool.execute(sql)

    asyncio.run(execute())
