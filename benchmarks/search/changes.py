"""What changes cost: standing queries, and a branch that moves."""

from __future__ import annotations

from random import Random
from statistics import median
from time import perf_counter

from mediaclay_search.engine.embedded import Tantivy
from mediaclay_search.records import EVERYWHERE, Search
from mediaclay_search.standing import Asked, Index, Inside, Seen

from benchmarks.rows import Row, seconds, times_faster
from benchmarks.search.asking import branches
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
    places = [Inside(EVERYWHERE), *(Inside((world.part(top),)) for top in branches(world, Random(7), 60))]
    index, wheres = Index[int](), list[Inside]()
    while len(wheres) < STANDING:
        words = random.choice(vocabularies)
        words = [word for word in words if len(word) > 4]  # nobody waits for news of "of"
        if words:
            asked = Asked(" ".join(random.sample(words, min(len(words), random.choice((1, 2, 3))))))
            index.add(len(wheres), asked, frequency)
            wheres.append(places[0] if len(wheres) % 2 else random.choice(places))
    taken, told = list[float](), list[int]()
    for node in random.sample(world.nodes, CHANGES):
        began = perf_counter()
        found = index.matching(Seen(node.document))
        names = [name for entry in found for name in entry.names if wheres[name].holds(node.document)]
        taken.append(perf_counter() - began)
        told.append(len(names))
    time = median(taken)
    note = (
        f"one to three words of five letters or more from glosses, half of them of everything, half of one of "
        f"{len(places) - 1} branches; {median(told):,.0f} of them match; p95 {seconds(sorted(taken)[int(CHANGES * 0.95)])}"
    )
    return Row(
        f"{STANDING:,} standing queries, one change", seconds(time), goal="<= 1 ms", reached=time <= 0.001, note=note
    )


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
