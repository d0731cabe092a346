"""Queries by the terms that a node must have to match them: for each, the rarest ones that are enough.

Of n words k must match, so one of any n - k + 1 words is there: the query stands under these, rarest first, and is looked at
only where a node has one of them. Beginnings and typos have keys of their own: two words are one edit apart only if they
are equal after one letter of each was left out (Garbe's symmetric deletes).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

from mediaclay_search.engine.embedded.wanted import PREFIX_FROM, TYPO_FROM, Wanted, needed
from mediaclay_search.standing.match import Asked, Seen

Q = TypeVar("Q", bound=Hashable)
ANY = ""
"""The key of queries without words."""


class Index(Generic[Q]):
    """Standing queries, each by a name of its own."""

    def __init__(self) -> None:
        self._names: dict[str, set[Q]] = {}
        self._keys: dict[Q, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, name: Q, asked: Asked, frequency: Mapping[str, int]) -> None:
        """Takes a query in. `frequency` says how many nodes match each word."""
        keys = tuple(dict.fromkeys(_keys_of(asked, frequency)))
        self._keys[name] = keys
        for key in keys:
            self._names.setdefault(key, set()).add(name)

    def remove(self, name: Q) -> None:
        """Forgets a query; an unknown one is no error."""
        for key in self._keys.pop(name, ()):
            self._names[key].discard(name)
            if not self._names[key]:
                del self._names[key]

    def candidates(self, *versions: Seen | None) -> set[Q]:
        """The queries that may match any version of a node: all that do, and few others."""
        found = set(self._names.get(ANY, ()))
        words = {word for seen in versions if seen is not None for word in seen.words}
        names = self._names
        for word in words:
            for key in _keys_in(word):
                if key in names:
                    found |= names[key]
        return found


def _keys_of(asked: Asked, frequency: Mapping[str, int]) -> Iterator[str]:
    def rarity(item: Wanted) -> int:
        return min(frequency.get(word, 0) for word in item.words)

    if asked.phrases:
        rarest = min(asked.phrases, key=rarity)
        yield min(rarest.words, key=lambda word: frequency.get(word, 0))
    elif asked.loose:
        enough = len(asked.loose) - needed(len(asked.loose)) + 1
        for item in sorted(asked.loose, key=rarity)[:enough]:
            yield from _keys_of_word(item)
    elif not asked.text.strip():
        yield ANY


def _keys_of_word(item: Wanted) -> Iterator[str]:
    word = item.words[0]
    yield word
    if item.prefix:
        yield f"^{word}"
    if item.typo:
        yield from (f"~{each}" for each in _shortened(word))


@lru_cache(100_000)
def _keys_in(word: str) -> tuple[str, ...]:
    """The keys under which queries may stand that a word of a node matches."""
    begins = [f"^{word[:end]}" for end in range(PREFIX_FROM, len(word) + 1)]
    typos = [f"~{each}" for each in _shortened(word)] if len(word) >= TYPO_FROM - 1 else []
    return word, *begins, *typos


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
