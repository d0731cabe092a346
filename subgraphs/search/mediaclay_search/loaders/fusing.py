"""Two lists of hits as one: a convex combination of their scores, each list's brought to the same range.

Scores rather than ranks (Bruch, Gai and Ingber 2023): a hit far ahead of its list stays ahead, and the end of a list counts for
little. The weights were chosen on WordNet, see `docs/decisions/0035-scores-are-fused.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mediaclay_search.records import Hit

DEPTH = 100
"""Of each list, the first so many are fused."""
WEIGHT = 0.55
"""What the list of words counts for, that of meaning for the rest."""
LEAST = 0.01
"""What the last of a full list counts for: more than all that stand behind it."""


def fused(words: Sequence[Hit], meant: Sequence[Hit]) -> list[Hit]:
    """Hits of either list, best first, equal ones by id. What they show is taken from `words`."""
    scores: dict[str, float] = {}
    for hits, share in ((words, WEIGHT), (meant, 1 - WEIGHT)):
        for id_, score in zip([hit.id for hit in hits], _shares(hits), strict=True):
            scores[id_] = scores.get(id_, 0.0) + share * score
    shown = {hit.id: hit for hit in (*meant, *words)}
    order = sorted(shown.values(), key=lambda hit: (-scores[hit.id], hit.id))
    return [replace(hit, score=scores[hit.id], rank=rank, mark=hit.score) for rank, hit in enumerate(order, 1)]


def behind(hits: Sequence[Hit], count: int) -> list[Hit]:
    """Further hits of the list of words, behind `count` that were fused: with scores that are below all of theirs."""
    least = min(WEIGHT, 1 - WEIGHT) * LEAST
    return [
        replace(hit, rank=count + hit.rank, score=least * DEPTH / (DEPTH + hit.rank), mark=hit.score) for hit in hits
    ]


def _shares(hits: Sequence[Hit]) -> list[float]:
    """From 1 for the best to `LEAST` for the least of a full list. A short one holds all there is: there, nothing is 0."""
    if not hits:
        return []
    own = [hit.score if hit.relevance is None else hit.relevance for hit in hits]
    best, last = max(own), min(own)
    floor = last if len(hits) >= DEPTH else min(0.0, last)
    return [LEAST + (1 - LEAST) * ((each - floor) / (best - floor) if best > floor else 1.0) for each in own]
