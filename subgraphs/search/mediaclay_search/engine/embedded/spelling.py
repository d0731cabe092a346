"""The words of an index, by what is left of each where one letter is taken out: so words one edit apart meet.

The method is that of SymSpell (Wolf Garbe, 2012). A few terms are looked up, where an automaton walks through the dictionary
of each field and segment: that was four fifths of the time of a search with typos. It is an index of its own, since its
rows would count as documents where words are weighed. Words stay in it until the index is built anew; that finds nothing
which is not there, since it only says which words to look for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tantivy import Document as Row
from tantivy import Index, IndexWriter, Occur, Query, Schema, SchemaBuilder

from mediaclay_search.engine.embedded.highlight import one_edit

FOLDER = "spelling"
HEAP = 50_000_000
SHORTEST, LONGEST = 3, 40
"""Letters of the words that are kept; also those with digits have no typos."""
REMEMBERED = 200_000
"""Words that are remembered as known, so that the index is not asked for them again."""
MOST = 200
"""Words near to one that are looked for."""


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("word", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("rest", tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()


class Spelling:
    """Beside an index, and written by the same thread. Commit it first: a word more than the index has does no harm."""

    def __init__(self, folder: Path) -> None:
        place = folder / FOLDER
        place.mkdir(parents=True, exist_ok=True)
        self._index = Index(SCHEMA, str(place))
        self._index.config_reader("manual")
        self._writer: IndexWriter | None = self._index.writer(HEAP, 1)
        self._known: set[str] = set()
        self._is_dirty = False

    def add(self, words: Iterable[str]) -> None:
        """Notes words; those that are known cost next to nothing."""
        assert self._writer is not None
        fresh = {*words} - self._known
        if not fresh:
            return
        searcher = self._index.searcher()
        for word in fresh:
            if _counts(word) and not searcher.doc_freq("word", word):
                self._writer.add_document(Row(word=word, rest=_rests(word)))
                self._is_dirty = True
        self._known |= fresh

    def commit(self) -> None:
        """Makes what was noted lasting."""
        assert self._writer is not None
        if self._is_dirty:
            self._writer.commit()
            self._index.reload()
            self._is_dirty = False
        if len(self._known) > REMEMBERED:
            self._known.clear()

    @property
    def size(self) -> int:
        """How many words it has."""
        return self._index.searcher().num_docs

    def near(self, word: str) -> list[str]:
        """The words one edit away from a word."""
        searcher = self._index.searcher()
        query = Query.boolean_query([(Occur.Should, Query.term_query(SCHEMA, "rest", rest)) for rest in _rests(word)])
        hits = searcher.search(Query.const_score_query(query, 1.0), MOST, count=False).hits
        words = {str(searcher.doc(address)["word"][0]) for _, address in hits}
        return sorted(each for each in words if one_edit(word, each))

    def close(self) -> None:
        """Lets go of it: a writer lives, and holds its lock, as long as anything refers to it."""
        self._writer = None


def _counts(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and not any(letter.isdigit() for letter in word)


def _rests(word: str) -> list[str]:
    """The word, and what is left of it without each of its letters."""
    return [word, *{word[:at] + word[at + 1 :] for at in range(len(word))}]
