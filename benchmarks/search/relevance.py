"""Whether words, meaning or both find a synset by its gloss, and by its name."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from pathlib import Path
from random import Random
from typing import NamedTuple

from mediaclay_kernel.context import Context
from mediaclay_kernel.principal import NOBODY
from mediaclay_kernel.settings import Settings, load
from mediaclay_search.embedders import static
from mediaclay_search.engine.embedded import Tantivy
from mediaclay_search.loaders import found
from mediaclay_search.modes import SearchMode
from mediaclay_search.numbers import np
from mediaclay_search.progress import Heads
from mediaclay_search.records import EVERYWHERE, Search, Sight
from mediaclay_search.state import State
from mediaclay_search.vectors import Matrix, Near
from numpy.typing import NDArray

from benchmarks.rows import Row
from benchmarks.search.world import Node, World

CHOSEN_ON, GLOSSES, NAMES, PAGE, RESAMPLES = 2_200, 1_000, 300, 10, 2_000
"""The weight of the fusion was chosen on the first 2,200 glosses; the next 1,000 are reported."""
LONGEST = 30
"""Words of a gloss that are asked for."""
Gains = NDArray[np.float64]


class Found(NamedTuple):
    """Of each query: what the place of the right hit among the first ten is worth (nDCG), and whether it is there."""

    gains: Gains
    recalled: Gains

    def __str__(self) -> str:
        return f"nDCG@10 {self.gains.mean():.3f}, recall@10 {self.recalled.mean():.3f}"


class _Meant:
    """Stands for `Meanings`: vectors in memory, without a store."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix

    async def nearest(self, text: str, scope: object, most: int, only: object = None) -> list[Near]:
        return self._matrix.nearest(static.installed().encode([text])[0], EVERYWHERE, most)


class _Scopes:
    async def sight(self, within: object, authorization: object) -> Sight:
        return Sight(EVERYWHERE, {})


async def relevance(world: World, engine: Tantivy, matrix: Matrix) -> list[Row]:
    """Glosses as queries, over an index that has no gloss of any synset; then names."""
    state = State(engine, _Meant(matrix), Heads(), _Scopes(), None, None, None)  # type: ignore[arg-type]
    at = Context(NOBODY, state, load(Settings, public_read=True, home=Path()))
    asked = [(_asked(node), {node.document.id}) for node in _split(world)]
    ways = {mode: await _measured(at, engine, asked, mode) for mode in SearchMode}
    words, meaning, both = (ways[mode] for mode in (SearchMode.KEYWORD, SearchMode.SEMANTIC, SearchMode.HYBRID))
    more = [
        _interval(getattr(both, name) - getattr(other, name)) for other in (words, meaning) for name in Found._fields
    ]
    note = (
        f"{GLOSSES:,} glosses, others than the {CHOSEN_ON:,} that the weight was chosen on; more than by words: "
        f"{_told(more[:2])}; than by meaning: {_told(more[2:])} (95 % intervals of paired resamples)"
    )
    names = await _measured(at, engine, _names(world), SearchMode.HYBRID)
    return [
        Row("gloss to synset by words", str(words)),
        Row("gloss to synset by meaning", str(meaning)),
        Row("gloss to synset by both", str(both), goal="better than either",
            reached=all(low > 0 for low, _ in more), note=note),
        Row("name to synset by both", str(names), note=f"{NAMES} names"),
    ]  # fmt: skip


def _split(world: World) -> list[Node]:
    told = [node for node in world.nodes if len(node.properties.get("gloss", "").split()) > 3]
    seen_before = {node.document.id for node in Random(3).sample(told, 300)}
    rest = [node for node in told if node.document.id not in seen_before]
    Random(20).shuffle(rest)
    return rest[CHOSEN_ON : CHOSEN_ON + GLOSSES]


def _asked(node: Node) -> str:
    return " ".join(node.properties["gloss"].replace('"', " ").split()[:LONGEST])[:1000]


def _names(world: World) -> list[tuple[str, set[str]]]:
    same: dict[str, set[str]] = {}
    for node in world.nodes:
        same.setdefault(node.document.name, set()).add(node.document.id)
    chosen = Random(77).sample([name for name in same if name.isascii()], NAMES)
    return [(name, same[name]) for name in chosen]


async def _measured(
    at: Context[State], engine: Tantivy, asked: Sequence[tuple[str, set[str]]], mode: SearchMode
) -> Found:
    gains, recalled = np.zeros(len(asked)), np.zeros(len(asked))
    for number, (query, right) in enumerate(asked):
        if mode is SearchMode.KEYWORD:  # one word is enough, or hardly any gloss would find anything
            hits = (await engine.search(Search(query, first=PAGE, any_word=True))).hits
        else:
            hits = (await found.found(at, found.Wish(Search(query, first=PAGE), mode, None))).page.hits
        rank = next((place for place, hit in enumerate(hits, 1) if hit.id in right), None)
        gains[number] = 0 if rank is None else 1 / log2(rank + 1)
        recalled[number] = rank is not None
    return Found(gains, recalled)


def _interval(more: Gains) -> tuple[float, float]:
    """Between which the mean lies in 95 of 100 resamples of the queries (bootstrap)."""
    picked = np.random.default_rng(1).integers(0, len(more), (RESAMPLES, len(more)))
    low, high = np.percentile(more[picked].mean(1), (2.5, 97.5))
    return float(low), float(high)


def _told(intervals: Sequence[tuple[float, float]]) -> str:
    return ", ".join(
        f"{name} {low:+.3f} to {high:+.3f}" for name, (low, high) in zip(("nDCG", "recall"), intervals, strict=True)
    )
