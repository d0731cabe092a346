"""Nodes with what hangs below them, read by one statement: the same answers as by paths, and the same tags."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from mediaclay_kernel.context import Context
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.run import Outcome
from mediaclay_kernel.plan.shapes import Entities
from mediaclay_kernel.principal import Principal, PrincipalType
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph

from tests.parity.support.compare import Differ, Operation, Tally
from tests.parity.support.runs import COUNT, SEED
from tests.parity.support.worlds.structure import CREATE

# graphql-core leaves coroutines behind where an error above them has ended its work.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ODD = 'a "quoted" \\ back\\slash, a\ttab, \u2028 \x7f \x01 </script> 😀 é'
FIELDS = [
    "id", "kind", "name", "slug", "properties", "version", "createdAt", "updatedAt", "childCount", "__typename",
    'text: name', "again: id",
]  # fmt: skip
SIZES = ["", "(first: 2)", "(first: 0)", "(first: 1000)", "(first: null)", "(first: $first)", "(first: 5, after: null)",
         "(after: $after)"]  # fmt: skip
BEYOND = ["(first: 1001)", "(first: -1)", "(last: 2)", '(first: 3, after: "bad")', '(filter: {kinds: ["thing"]})']
NOT_AT_ONCE = ["path", "depth", "parent { id }", 'properties(pick: ["/n"])']


class Writer:
    """Writes documents of what is answered at once, and here and there of what is not."""

    def __init__(self, chance: random.Random, odd: float) -> None:
        self.chance = chance
        self.odd = odd

    def node(self, depth: int) -> str:
        """A selection of a node."""
        fields = self.chance.sample(FIELDS, self.chance.randint(1, 4))
        if self.chance.random() < self.odd:
            fields.append(self.chance.choice(NOT_AT_ONCE))
        for _ in range(self.chance.choice([0, 1, 1, 2]) if depth else 0):
            number = self.chance.randint(1, 10**9)
            sizes = BEYOND if self.chance.random() < self.odd / 2 else SIZES
            fields.append(f"c{number}: children{self.chance.choice(sizes)} {{ {self.page(depth - 1)} }}")
        if self.chance.random() < 0.3:
            fields.append(f"... on Node {{ {self.chance.choice(FIELDS)} @include(if: $yes) }}")
        self.chance.shuffle(fields)
        return " ".join(fields)

    def page(self, depth: int) -> str:
        """A selection of a connection."""
        edges = f"edges {{ {self.some(['cursor', '__typename', f'node {{ {self.node(depth)} }}'])} }}"
        nodes = f"nodes {{ {self.node(depth)} }}"
        info = self.some(["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"])
        return self.some([edges, f"all: {nodes}", f"pageInfo {{ {info} }}", "totalCount", "__typename"])

    def some(self, of: list[str]) -> str:
        """One or more of these."""
        return " ".join(self.chance.sample(of, self.chance.randint(1, len(of))))


def operation(seed: int, ids: list[str], odd: float) -> Operation:
    """One of very many; the same for the same seed."""
    chance = random.Random(seed)
    writer = Writer(chance, odd)
    variables: dict[str, Any] = {
        "id": chance.choice(ids), "yes": chance.random() < 0.5,
        "first": chance.choice([None, 0, 1, 3, 1000, *([1001, -1] if odd else [])]),
        "after": chance.choice([None, *(["bad", "WyJhIiwiYiJd"] if odd else [])]),
        "those": [{"__typename": "Node", "id": each} for each in chance.choices(ids, k=4)],
    }  # fmt: skip
    start = chance.choice([
        "node(id: $id) { %s }", "_entities(representations: $those) { ... on Node { %s } __typename }",
        'structure(slug: "zoo") { name root { %s } }', "nodes(ids: [$id]) { depth %s }",
    ])  # fmt: skip
    head = "query Q($id: ID!, $yes: Boolean!, $first: Int, $after: String, $those: [_Any!]!) "
    used = (
        "a: node(id: $id) { id @skip(if: $yes) children(first: $first, after: $after) { totalCount } } "
        "b: _entities(representations: $those) { __typename }"
    )
    return Operation(f"{head} {{ {start % writer.node(3)} {used} }}", variables, "Q")


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    """A migrated database."""
    return new_database(subgraph)


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    """The subgraph, with reading public."""
    async with running(subgraph, load(Settings, database_url=database, public_read=True)) as made:
        made.state.prepared.most = 10 * COUNT
        yield made


@pytest.fixture
async def ids(client: Client) -> list[str]:
    """A tree with odd texts in it, a pruned branch, and ids that nobody has."""
    made = await client.data('mutation { createStructure(slug: "zoo", name: "Zoo") { root { id } } }')
    nodes = [made["createStructure"]["root"]["id"]]
    for number in range(30):
        given = {
            "parent": nodes[number // 4], "kind": ["thing", "é"][number % 2], "name": f"{number} {ODD}",
            "properties": {"n": number, ODD: [ODD, None, 1.5, 2**60, {"deep": True}]} if number % 3 else {},
        }  # fmt: skip
        nodes.append((await client.data(CREATE, input=given))["createNode"]["node"]["id"])
    prune = "mutation($input: PruneNode!) { pruneNode(input: $input) { change { revision } } }"
    await client.data(prune, input={"id": nodes[4]})
    pool = client.state.database.pool
    await pool.execute("UPDATE structure SET is_public = true")
    await pool.execute(
        "UPDATE node SET updated_at = date_trunc('second', updated_at) WHERE version % 2 = 1 AND slug < '2'"
    )
    await pool.execute("UPDATE node SET created_at = '0987-06-05 04:03:02.1+00' WHERE slug LIKE '7%'")
    return [*nodes[:6], nodes[0].upper(), "{" + nodes[1] + "}", str(new_id()), "nonsense", ""]


@pytest.mark.parametrize("odd", [0, 0.15])
async def test_answers_are_those_of_paths(client: Client, ids: list[str], odd: float):
    tally = Tally()
    assert client.app is not None
    differ = Differ(client.app, tally)
    for seed in range(SEED, SEED + COUNT):
        await differ.compare(operation(seed, ids, odd))
    if odd:
        assert tally.at_once > COUNT / 2
        assert tally.with_errors > 0
    else:
        assert (tally.compiled, tally.at_once) == (COUNT, COUNT)


async def test_tags_are_those_of_paths(client: Client, ids: list[str]):
    assert client.app is not None
    schema = client.app.state.view.schema
    planner = Planner(schema, Entities(schema.entities), admit=1)

    async def outcome(asked: Operation, *, at_once: bool) -> Outcome:
        found = planner.find(asked.document, asked.name, asked.variables)
        assert isinstance(found, Planned)
        nobody = Principal(None, PrincipalType.HUMAN, frozenset())
        context = Context(nobody, client.state, load(Settings, public_read=True))
        return await found.plan.run(context, found.variables, collect=True, at_once=at_once)

    for seed in range(SEED, SEED + COUNT):
        asked = operation(seed, ids, 0)
        one, other = await outcome(asked, at_once=True), await outcome(asked, at_once=False)
        assert one.wholes
        assert one.tags is not None
        assert other.tags is not None
        # An answer that shows nothing of the nodes on a page does not depend on them.
        assert one.tags <= other.tags
        assert all(tag[1].startswith("node:") for tag in cast("Any", other.tags - one.tags)), asked


async def test_who_may_not_read_learns_nothing(database: str):
    async with running(subgraph, load(Settings, database_url=database, public_read=False)) as client:
        made = await client.data('mutation { createStructure(slug: "zoo", name: "Zoo") { root { id } } }')
        read = Operation(
            "query($id: ID!) { node(id: $id) { name children { totalCount } } }",
            {"id": made["createStructure"]["root"]["id"]},
        )
        assert client.app is not None
        tally = Tally()
        await Differ(client.app, tally).compare(read)
        assert (tally.with_errors, tally.at_once) == (1, 0)
