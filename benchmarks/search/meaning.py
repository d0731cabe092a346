"""Meaning: exact neighbours in large branches, and whether words, meaning or both find a synset by its gloss."""

from __future__ import annotations

from math import log2
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from mediaclay_search.embedders import static
from mediaclay_search.engine.embedded import Tantivy
from mediaclay_search.loaders import found
from mediaclay_search.modes import SearchMode
from mediaclay_search.numbers import np
from mediaclay_search.records import EVERYWHERE, Part, Search, Sight
from mediaclay_search.vectors import Matrix, Place

from benchmarks.rows import Row, amount, seconds
from benchmarks.search.world import STRUCTURE, World

GLOSSES, PAGE, ASKED = 300, 10, 40


def matrix_of(world: World) -> tuple[Matrix, float]:
    """The vectors of all nodes, and the seconds that it took to make them."""
    began = perf_counter()
    embedder = static.installed()
    documents = [node.document for node in world.nodes]
    rows = np.concatenate(
        [embedder.encode([d.meaning for d in documents[at : at + 4096]]) for at in range(0, len(documents), 4096)]
    )
    took = perf_counter() - began
    matrix = Matrix(embedder.dimensions)
    places = (Place(d.id, STRUCTURE, d.anchor, d.okey) for d in documents)
    matrix.load(zip(places, rows.astype(np.float16), strict=True))
    return matrix, took


def neighbours(world: World, matrix: Matrix) -> list[Row]:
    """Time and recall of the nearest ten in a branch of about 50,000, against all products in 64 bits."""
    inside = sorted(world.anchors, key=int)
    count, chosen = 0, list[str]()
    sizes: dict[str, int] = {}
    for node in world.nodes:
        sizes[node.document.anchor] = sizes.get(node.document.anchor, 0) + 1
    for anchor in inside:
        if count < 50_000:
            chosen.append(anchor)
            count += sizes.get(anchor, 0)
    scope = (Part(STRUCTURE, tuple(chosen)),)
    members = [n.document.id for n in world.nodes if n.document.anchor in set(chosen)]
    table = np.array([matrix.get(id_) for id_ in members], np.float64)
    random, taken, right = Random(5), list[float](), 0
    for _ in range(ASKED):
        row = matrix.get(random.choice(members))
        assert row is not None
        began = perf_counter()
        near = matrix.nearest(row, scope, PAGE)
        taken.append(perf_counter() - began)
        products = table @ row.astype(np.float64)
        edge = np.sort(products)[-PAGE]
        right += sum(each.score >= edge - 1e-5 for each in near)
    recall, time = right / ASKED / PAGE, median(taken)
    return [
        Row(f"exact neighbours among {count:,}", seconds(time), goal="recall 1.0, <= 10 ms",
            reached=recall == 1 and time <= 0.01, note=f"recall {recall:.3f}"),
        Row("vectors in memory", amount(matrix.bytes), note=f"{len(matrix):,} of {matrix.dimensions} numbers"),
    ]  # fmt: skip


class _Meant:
    """Stands for `Meanings`: vectors in memory, without a store."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix

    async def nearest(self, text: str, scope: object, most: int, only: object = None) -> object:
        return self._matrix.nearest(static.installed().encode([text])[0], EVERYWHERE, most)


class _Scopes:
    async def sight(self, within: object, authorization: object) -> Sight:
        return Sight(EVERYWHERE, {})


async def relevance(world: World, engine: Tantivy, matrix: Matrix) -> list[Row]:
    """Glosses of random synsets as queries, over an index that has no gloss of any synset."""
    from mediaclay_kernel.context import Context
    from mediaclay_kernel.principal import NOBODY
    from mediaclay_kernel.settings import Settings, load
    from mediaclay_search.progress import Heads
    from mediaclay_search.state import State

    state = State(engine, _Meant(matrix), Heads(), _Scopes(), None, None, None)  # type: ignore[arg-type]
    at = Context(NOBODY, state, load(Settings, public_read=True, home=Path()))
    random = Random(3)
    chosen = random.sample([n for n in world.nodes if len(n.properties.get("gloss", "").split()) > 3], GLOSSES)
    rows: list[Row] = []
    scores: dict[str, tuple[float, float]] = {}
    for name, mode in (("words", None), ("meaning", SearchMode.SEMANTIC), ("both", SearchMode.HYBRID)):
        gained = recalled = 0.0
        for node in chosen:
            query = " ".join(node.properties["gloss"].replace('"', " ").split()[:30])[:1000]
            if mode is None:  # one word is enough, or hardly any gloss would find anything
                hits = (await engine.search(Search(query, first=PAGE, any_word=True))).hits
            else:
                hits = (await found.found(at, found.Wish(Search(query, first=PAGE), mode, None))).page.hits
            rank = next((place for place, hit in enumerate(hits, 1) if hit.id == node.document.id), None)
            gained += 0 if rank is None else 1 / log2(rank + 1)
            recalled += rank is not None
        scores[name] = gained / GLOSSES, recalled / GLOSSES
        rows.append(
            Row(f"gloss to synset by {name}", f"nDCG@10 {scores[name][0]:.3f}, recall@10 {scores[name][1]:.3f}")
        )
    both = scores["both"]
    better = all(both[each] > max(scores["words"][each], scores["meaning"][each]) for each in (0, 1))
    rows[-1] = Row(rows[-1].what, rows[-1].ours, goal="better than either", reached=better,
                   note=f"{GLOSSES} glosses of an index without glosses")  # fmt: skip
    return rows
