"""Whether a query matches one node, by the same rules as an index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mediaclay_search.engine.embedded.highlight import highlighted, one_edit
from mediaclay_search.engine.embedded.wanted import Wanted, needed, wanted
from mediaclay_search.engine.embedded.words import composed, words
from mediaclay_search.predicates import holds
from mediaclay_search.records import Condition, Document, Highlight


class Seen:
    """A node as queries see it: its words, taken apart once for all of them."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def texts(self) -> tuple[list[str], list[str]]:
        """The words of its name, and of its text, in order."""
        return words(self.document.name), words(self.document.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Each word once."""
        return frozenset(self.texts[0]).union(self.texts[1])

    @cached_property
    def facts(self) -> frozenset[str]:
        """The terms of its properties."""
        return frozenset(self.document.facts)


@dataclass(frozen=True)
class Asked:
    """A query without its place. Raises `LimitExceeded` for too many words when it is taken apart."""

    text: str
    kinds: tuple[str, ...] | None = None
    where: Condition | None = None

    @cached_property
    def items(self) -> list[Wanted]:
        """Its words and phrases."""
        return wanted(self.text)

    @cached_property
    def loose(self) -> list[Wanted]:
        """Its words, of which some may be missing."""
        return [item for item in self.items if not item.exact]

    @cached_property
    def phrases(self) -> list[Wanted]:
        """What must be there as it stands."""
        return [item for item in self.items if item.exact]

    def admits(self, seen: Seen) -> bool:
        """Whether a node is of the kind, has the properties and has the phrases; its other words are not looked at."""
        if self.kinds is not None and seen.document.kind not in self.kinds:
            return False
        if self.where is not None and not holds(self.where, seen.facts):
            return False
        return all(_in_a_row(phrase.words, seen) for phrase in self.phrases)

    def matches(self, seen: Seen) -> bool:
        """Whether a node matches, wherever it stands: what `Index` finds out for many queries at once."""
        if not self.admits(seen):
            return False
        if not self.items:
            return not self.text.strip()
        return not self.loose or sum(_found(item, seen) for item in self.loose) >= needed(len(self.loose))


def shown(asked: Asked, document: Document) -> list[Highlight]:
    """The fields of a node with what matches in them marked, as an index shows them."""
    fields = {"name": document.name, "properties": document.text}
    marked = ((field, highlighted(composed(text), asked.items)) for field, text in fields.items())
    return [Highlight(field, text) for field, text in marked if text is not None]


def _found(item: Wanted, seen: Seen) -> bool:
    word = item.words[0]
    if word in seen.words:
        return True
    if item.prefix and any(each.startswith(word) for each in seen.words):
        return True
    return item.typo and any(one_edit(word, each) for each in seen.words)


def _in_a_row(phrase: tuple[str, ...], seen: Seen) -> bool:
    size = len(phrase)
    return any(
        tuple(text[at : at + size]) == phrase for text in seen.texts for at in range(len(text) - size + 1)
    )  # fmt: skip
