"""What changes cost: standing queries, and a branch that moves."""

from __future__ import annotations

from random import Random
from statistics import median
from time import perf_counter

from mediaclay_search.engine.embedded import Tantivy
from mediaclay_search.records import Search
from mediaclay_search.standing import Asked, Index, Seen

from benchmarks.rows import Row, seconds, times_faster
from benchmarks.search.words import BATCH
from benchmarks.search.world import STRUCTURE, World

STANDING, CHANGES = 100_000, 500


def standing(world: World) -> Row:
    """Which of 100,000 standing queries one changed node matches."""
    random = Random(11)
    frequency: dict[str, int] = {}
    vocabularies = [
        [w for w in f"{n.document.name} {n.properties.get('gloss', '')}".lower().split() if w.isalpha()]
        for n in world.nodes
    ]
    for words in vocabularies:
        for word in set(words):
            frequency[word] = frequency.get(word, 0) + 1
    index, asked = Index[int](), list[Asked]()
    while len(asked) < STANDING:
        words = random.choice(vocabularies)
        words = [word for word in words if len(word) > 4]  # nobody waits for news of "of"
        if words:
            query = Asked(" ".join(random.sample(words, min(len(words), random.choice((1, 2, 3))))))
            index.add(len(asked), query, frequency)
            asked.append(query)
    taken: list[float] = []
    for node in random.sample(world.nodes, CHANGES):
        began = perf_counter()
        seen = Seen(node.document)
        _ = [name for entry in index.matching(seen) for name in entry.names]
        taken.append(perf_counter() - began)
    time = median(taken)
    return Row(f"{STANDING:,} standing queries, one change", seconds(time), goal="<= 1 ms", reached=time <= 0.001,
               note=f"one to three words of five letters or more from glosses; p95 {seconds(sorted(taken)[int(CHANGES * 0.95)])}")  # fmt: skip


async def move(engine: Tantivy, world: World) -> list[Row]:
    """The largest branch moves: the documents of its top's own fragment change, those of all anchors below stay."""
    parts = [node for node in world.nodes if node.parent == world.nodes[0].document.id or node.parent is None]
    top = max(parts, key=lambda node: sum(each.key.startswith(node.key) for each in world.nodes))
    branch = world.below(top)
    own = [node.document for node in branch if node.document.anchor == top.document.anchor]
    if top.document.okey == "":
        own = own[:1]  # an anchor with its fragment: its own label alone changes
    began = perf_counter()
    await engine.upsert([each._replace(okey=f"9{each.okey}") for each in own])
    await engine.commit({STRUCTURE: 2_000_000})
    ours = perf_counter() - began
    began = perf_counter()
    for at in range(0, len(branch), BATCH):
        await engine.upsert([node.document for node in branch[at : at + BATCH]])
        await engine.commit({STRUCTURE: 2_000_001})
    naive = perf_counter() - began
    right = (await engine.search(Search("", first=0))).total == len(world.nodes)
    return [
        Row(
            f"a move of {len(branch):,} nodes: documents touched",
            f"{len(own):,}",
            goal="<= 1,024",
            reached=len(own) <= 1_024,
        ),
        Row("a move: time until right", seconds(ours), goal="<= 1 s", reached=ours <= 1 and right),
        times_faster("a move against a naive re-index", ours, naive, 50),
    ]
