"""Queries by the words that a node must have to match them: for each, the rarest ones that are enough.

Of n words k must match, so one of any n - k + 1 words is there: the query stands under these, the rarest of the corpus,
and is looked at only where a node matches one of them. A node's words are held against the words of all queries once; then a
query is a comparison of small sets.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from mediaclay_search.engine.embedded.wanted import Wanted, needed
from mediaclay_search.standing.match import Asked, Seen
from mediaclay_search.standing.vocabulary import Vocabulary

Q = TypeVar("Q", bound=Hashable)


class Entry(Generic[Q]):
    """A query, and the names of all that asked it."""

    __slots__ = ("asked", "is_narrow", "names", "needed", "words")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.names: dict[Q, None] = {}
        self.words = frozenset(item.words[0] for item in asked.loose)
        self.needed = needed(len(self.words))
        self.is_narrow = bool(asked.phrases) or asked.kinds is not None or asked.where is not None

    def fits(self, seen: Seen, matched: set[str]) -> bool:
        """Whether a node matches, of whose words `matched` of the queries' are known to be there."""
        if self.needed and len(self.words & matched) < self.needed:
            return False
        return not self.is_narrow or self.asked.admits(seen)


class Index(Generic[Q]):
    """Standing queries by names of their own. Those that ask the same are one entry."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._entries: dict[Asked, Entry[Q]] = {}
        self._asked: dict[Q, Asked] = {}
        self._by_word: dict[str, dict[Entry[Q], None]] = {}
        self._by_phrase: dict[str, dict[Entry[Q], None]] = {}
        self._blank: dict[Entry[Q], None] = {}
        self._places: dict[Entry[Q], list[tuple[dict[str, dict[Entry[Q], None]], str]]] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def add(self, name: Q, asked: Asked, frequency: Mapping[str, int]) -> None:
        """Takes a query in. `frequency` says how many nodes match each word; of a query that is known it is not asked."""
        entry = self._entries.get(asked)
        if entry is None:
            entry = self._entries[asked] = Entry[Q](asked)
            self._file(entry, frequency)
        entry.names[name] = None
        self._asked[name] = asked

    def remove(self, name: Q) -> None:
        """Forgets a query; an unknown one is no error."""
        asked = self._asked.pop(name, None)
        if asked is None:
            return
        entry = self._entries[asked]
        del entry.names[name]
        if not entry.names:
            del self._entries[asked]
            self._unfile(entry)

    def knows(self, asked: Asked) -> bool:
        """Whether somebody asks that already."""
        return asked in self._entries

    def matching(self, seen: Seen) -> list[Entry[Q]]:
        """The queries that match a node, wherever it stands."""
        matched = self._vocabulary.matched(seen.words)
        return [entry for entry in self._candidates(seen, matched) if entry.fits(seen, matched)]

    def candidates(self, seen: Seen) -> list[Entry[Q]]:
        """The queries that may match a node: all that do, and few others."""
        return list(self._candidates(seen, self._vocabulary.matched(seen.words)))

    def _candidates(self, seen: Seen, matched: set[str]) -> Iterable[Entry[Q]]:
        found = dict(self._blank)
        for word in matched & self._by_word.keys():
            found |= self._by_word[word]
        for word in seen.words & self._by_phrase.keys():
            found |= self._by_phrase[word]
        return found

    def _file(self, entry: Entry[Q], frequency: Mapping[str, int]) -> None:
        asked = entry.asked
        if not asked.text.strip():
            self._blank[entry] = None
        for item in asked.loose:
            self._vocabulary.add(item)
        self._places[entry] = [*self._places_of(asked, frequency)]
        for place, word in self._places[entry]:
            place.setdefault(word, {})[entry] = None

    def _unfile(self, entry: Entry[Q]) -> None:
        self._blank.pop(entry, None)
        for item in entry.asked.loose:
            self._vocabulary.remove(item)
        for place, word in self._places.pop(entry):
            del place[word][entry]
            if not place[word]:
                del place[word]

    def _places_of(
        self, asked: Asked, frequency: Mapping[str, int]
    ) -> Iterator[tuple[dict[str, dict[Entry[Q], None]], str]]:
        def rarity(item: Wanted) -> int:
            return min(frequency.get(word, 0) for word in item.words)

        if asked.phrases:
            rarest = min(asked.phrases, key=rarity)
            yield self._by_phrase, min(rarest.words, key=lambda word: frequency.get(word, 0))
        elif asked.loose:
            enough = len(asked.loose) - needed(len(asked.loose)) + 1
            for item in sorted(asked.loose, key=rarity)[:enough]:
                yield self._by_word, item.words[0]
