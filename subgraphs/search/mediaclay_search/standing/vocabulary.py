"""The words of all standing queries, and which of them a node's words match: exactly, as beginnings, or with a typo.

Each word stands here once, however many queries have it. Two words are one edit apart only if they are equal after one letter
of each was left out (Garbe's symmetric deletes), so few have to be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mediaclay_search.engine.embedded.highlight import one_edit
from mediaclay_search.engine.embedded.wanted import PREFIX_FROM, TYPO_FROM, Wanted


class Vocabulary:
    """Words, each as often as it was added."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}
        self._near: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._uses)

    def add(self, item: Wanted) -> None:
        """One use more of a word."""
        word = item.words[0]
        uses = self._uses.get(word, 0)
        self._uses[word] = uses + 1
        if item.typo and not uses:
            for key in _shortened(word):
                self._near[key] = (*self._near.get(key, ()), word)

    def remove(self, item: Wanted) -> None:
        """One use less."""
        word = item.words[0]
        self._uses[word] -= 1
        if self._uses[word]:
            return
        del self._uses[word]
        if item.typo:
            for key in _shortened(word):
                self._near[key] = tuple(each for each in self._near[key] if each != word)
                if not self._near[key]:
                    del self._near[key]

    def matched(self, words: Iterable[str]) -> set[str]:
        """Its words that one of `words` matches."""
        found = {each for word in words for each in self._exactly(word)}
        for word in words:
            if len(word) >= TYPO_FROM - 1:
                found.update(self._nearly(word, found))
        return found

    def _exactly(self, word: str) -> Iterator[str]:
        uses = self._uses
        if word in uses:
            yield word
        for end in range(PREFIX_FROM, len(word)):
            if word[:end] in uses:
                yield word[:end]

    def _nearly(self, word: str, known: set[str]) -> list[str]:
        near = self._near
        likely = {each for key in _shortened(word) if key in near for each in near[key]}
        return [each for each in likely - known if one_edit(each, word)]


def _shortened(word: str) -> set[str]:
    return {word, *[word[:at] + word[at + 1 :] for at in range(len(word))]}
