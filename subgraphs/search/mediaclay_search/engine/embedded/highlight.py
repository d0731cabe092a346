"""Marks what matched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mediaclay_search.engine.embedded.wanted import Wanted
from mediaclay_search.engine.embedded.words import Word, placed_words

LOOKED_AT = 20_000
"""Characters of a text that are looked through for a match to show."""
SHOWN = 240
"""Characters of a long text that are shown."""
BEFORE = 60
"""Of these, about how many before the first match."""


def highlighted(text: str, items: Sequence[Wanted]) -> str | None:
    """`text`, or a part of it around the first match, with matches in <mark> and all else HTML-escaped.

    None where nothing matches. `text` is composed (see `words.composed`).
    """
    seen = text[:LOOKED_AT]
    tokens = placed_words(seen)
    places = sorted({place for item in items for place in _matches(tokens, item)})
    if not places:
        return None
    start, end = _window(seen, tokens, tokens[places[0]])
    shown = [tokens[place] for place in places if tokens[place].end <= end]
    before, after = "…" * (start > 0), "…" * (end < len(text))
    return before + _marked(seen, shown, start, end) + after


def _marked(text: str, shown: Sequence[Word], start: int, end: int) -> str:
    pieces: list[str] = []
    at = start
    for token in shown:
        pieces += [escape(text[at : token.start]), "<mark>", escape(text[token.start : token.end]), "</mark>"]
        at = token.end
    return "".join([*pieces, escape(text[at:end])])


def _window(text: str, tokens: Sequence[Word], first: Word) -> tuple[int, int]:
    if len(text) <= SHOWN:
        return 0, len(text)
    start = next((token.start for token in tokens if token.start >= first.start - BEFORE), first.start)
    if start == tokens[0].start:
        start = 0
    end = max((token.end for token in tokens if token.end <= start + SHOWN), default=first.end)
    return start, max(end, first.end)


def _matches(tokens: Sequence[Word], item: Wanted) -> list[int]:
    if item.exact:
        return _in_a_row(tokens, item.words)
    word = item.words[0]
    if found := [place for place, token in enumerate(tokens) if token.text == word]:
        return found
    if item.prefix and (found := [place for place, token in enumerate(tokens) if token.text.startswith(word)]):
        return found
    return [place for place, token in enumerate(tokens) if one_edit(word, token.text)] if item.typo else []


def _in_a_row(tokens: Sequence[Word], phrase: tuple[str, ...]) -> list[int]:
    size = len(phrase)
    starts = [at for at in range(len(tokens) - size + 1) if tuple(t.text for t in tokens[at : at + size]) == phrase]
    return [place for at in starts for place in range(at, at + size)]


def one_edit(one: str, other: str) -> bool:
    """Whether a letter put in, taken out or replaced, or two neighbours swapped, makes one word of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, left = one[same:], other[same:]
    if rest[1:] == left or rest == left[1:] or rest[1:] == left[1:]:
        return True
    return len(rest) > 1 and rest[:2] == left[1::-1] and rest[2:] == left[2:]
