"""Words: the engine beside PostgreSQL's full text on the same queries, and typos."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from mediaclay_kernel.database import DRIVER, plain_url
from mediaclay_search.consumers.batch import MOST
from mediaclay_search.engine.embedded import Tantivy, running
from mediaclay_search.records import Search

from benchmarks.rows import Row, seconds, times_faster
from benchmarks.search.world import STRUCTURE, Node, World
from benchmarks.server import Server

QUERIES, ROUNDS, TYPOS, PAGE = 60, 3, 300, 10
BRANCH = 500, 20_000
"""How large the branches are that are searched."""
_ASK = """
SELECT id FROM doc, websearch_to_tsquery('english', $1) q WHERE words @@ q {within} ORDER BY ts_rank_cd(words, q) DESC LIMIT 10
"""


@asynccontextmanager
async def indexed(home: Path, world: World) -> AsyncGenerator[tuple[Tantivy, float]]:
    """The embedded engine with all documents, and the seconds that it took."""
    async with running(home) as engine:
        began = perf_counter()
        for at in range(0, len(world.nodes), MOST):
            await engine.upsert([node.document for node in world.nodes[at : at + MOST]])
            await engine.commit({STRUCTURE: at + 1})
        yield engine, perf_counter() - began


async def _peer(server: Server, world: World) -> tuple[Any, str]:
    url = await server.make("wordnet_words")
    peer = await DRIVER.connect(plain_url(url))
    await peer.execute('CREATE TABLE doc (id text, key text COLLATE "C", body text)')
    rows = [(n.document.id, n.key, f"{n.document.name}\n{n.document.text}") for n in world.nodes]
    await peer.copy_records_to_table("doc", records=rows)
    await peer.execute("ALTER TABLE doc ADD words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED")
    await peer.execute("CREATE INDEX ON doc USING gin (words); CREATE INDEX ON doc (key)")
    await peer.execute("VACUUM ANALYZE doc")
    return peer, url


def queries(world: World, random: Random) -> list[str]:
    """One or two words of the glosses of random synsets, of five letters or more."""
    found: list[str] = []
    while len(found) < QUERIES:
        words = [
            w for w in random.choice(world.nodes).properties.get("gloss", "").split() if w.isalpha() and len(w) > 4
        ]
        if words:
            found.append(" ".join(random.sample(words, min(len(words), random.choice((1, 2))))))
    return found


def branches(world: World, random: Random) -> list[Node]:
    """Nodes with branches of some size, one for each query."""
    sizes: dict[str, int] = {}
    parents = {node.document.id: node.parent for node in world.nodes}
    for node in reversed(world.nodes):
        id_ = node.document.id
        sizes[id_] = sizes.get(id_, 0) + 1
        if (parent := parents[id_]) is not None:
            sizes[parent] = sizes.get(parent, 0) + sizes[id_]
    fitting = [node for node in world.nodes if BRANCH[0] <= sizes[node.document.id] <= BRANCH[1]]
    return [random.choice(fitting) for _ in range(QUERIES)]


async def measured(server: Server, engine: Tantivy, world: World) -> list[Row]:
    """Keyword search in the whole and in branches, and typos."""
    random = Random(7)
    asked, tops = queries(world, random), branches(world, random)
    parts = [(world.part(top),) for top in tops]
    peer, _ = await _peer(server, world)

    async def ours(at: int) -> None:
        await engine.search(Search(asked[at], first=PAGE))

    async def theirs(at: int) -> None:
        await peer.fetch(_ASK.format(within=""), asked[at])

    async def ours_within(at: int) -> None:
        await engine.search(Search(asked[at], parts[at], first=PAGE))

    async def theirs_within(at: int) -> None:
        await peer.fetch(
            _ASK.format(within="AND key >= $2 AND key < $3"), asked[at], tops[at].key, tops[at].key[:-1] + "0"
        )

    try:
        whole = await _turns(ours, theirs)
        within = await _turns(ours_within, theirs_within)
    finally:
        await peer.close()
    scoped = median(within[0])
    return [
        times_faster("keyword in the whole", median(whole[0]), median(whole[1]), 30, "PostgreSQL full text, GIN"),
        times_faster("keyword inside a branch", scoped, median(within[1]), 15, "branches of 500 to 20,000"),
        Row("p50 of a scoped keyword query", seconds(scoped), goal="< 1 ms", reached=scoped < 0.001),
        await _typos(engine, world, random),
    ]


async def _turns(*forms: Callable[[int], Any]) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in forms]
    for at in range(QUERIES):
        for form in forms:
            await form(at)
    for _ in range(ROUNDS):
        for at in range(QUERIES):
            for times, form in zip(taken, forms, strict=True):
                began = perf_counter()
                await form(at)
                times.append(perf_counter() - began)
    return taken


async def _typos(engine: Tantivy, world: World, random: Random) -> Row:
    names = [
        n for n in world.nodes if n.document.name.isalpha() and n.document.name.isascii() and len(n.document.name) > 4
    ]
    chosen = random.sample(names, TYPOS)
    found = 0
    for node in chosen:
        page = await engine.search(Search(_mistyped(node.document.name, random), first=PAGE))
        same = {n.document.id for n in names if n.document.name == node.document.name} if len(page.hits) else set[str]()
        found += bool(same & {hit.id for hit in page.hits})
    recall = found / TYPOS
    note = f"{TYPOS} names with a letter more, less, other or swapped; a synset of that name among the first 10"
    return Row("typo recall@10", f"{recall:.3f}", goal=">= 0.95", reached=recall >= 0.95, note=note)


def _mistyped(word: str, random: Random) -> str:
    at, letter = random.randrange(len(word) - 1), random.choice("abcdefghijklmnopqrstuvwxyz")
    forms: Sequence[str] = (
        word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )  # fmt: skip
    return random.choice([form for form in forms if form != word])


async def write_to_visible(engine: Tantivy, world: World) -> Row:
    """From handing a change to the engine to finding it; the follower adds the 50 ms for which it gathers changes."""
    taken: list[float] = []
    for number in range(20):
        word = f"zyx{number}wvu"
        document = world.nodes[number].document
        began = perf_counter()
        await engine.upsert([document._replace(name=word)])
        await engine.commit({STRUCTURE: 1_000_000 + number})
        assert (await engine.search(Search(word, first=1))).total == 1
        taken.append(perf_counter() - began)
        await engine.upsert([document])
    await engine.commit({})
    total = median(taken) + 0.05
    note = f"commit {seconds(median(taken))}, and 50 ms for which changes are gathered"
    return Row("write to visible, p50", seconds(total), goal="<= 150 ms", reached=total <= 0.15, note=note)
