"""How text becomes words, the same for documents, queries and highlights."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

# Chinese and Japanese put no spaces between words: each character is a word there. Marks belong to the letters that
# they follow, or words of Hindi and many others would fall apart.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_PATTERN = rf"{_UNSPACED}|[[\p{{Alphabetic}}\p{{M}}\p{{N}}]--{_UNSPACED}]+"

STEM = 5
"""Letters of a stem; see `stems`."""


class Word(NamedTuple):
    """A word, lower case and without accents, and where it stands in its text (in characters)."""

    text: str
    start: int
    end: int


def word_analyzer() -> TextAnalyzer:
    """Splits text into words."""
    return _folding(Tokenizer.regex(_PATTERN))


def whole_analyzer() -> TextAnalyzer:
    """Takes text as one word."""
    return _folding(Tokenizer.raw())


def _folding(tokenizer: Tokenizer) -> TextAnalyzer:
    return TextAnalyzerBuilder(tokenizer).filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


_ASCII = re.compile("[a-z0-9]+")
_WORDS = word_analyzer()
_WHOLE = whole_analyzer()


def composed(text: str) -> str:
    """Text in one form of Unicode (NFC): accents are folded only where they are part of their letter."""
    return unicodedata.normalize("NFC", text)


def words(text: str) -> list[str]:
    """The words of a text."""
    if text.isascii():  # the same words, in a tenth of the time
        return _ASCII.findall(text.lower())
    return _WORDS.analyze(composed(text))


def stems(text: str) -> list[str]:
    """The beginnings of its words: what words of one root share in most languages, without rules for each of them."""
    return [word[:STEM] for word in words(text)]


def placed_words(text: str) -> list[Word]:
    """The words of a composed text, with their places in it."""
    found = _WORDS.pre_tokenize(text).tokens
    return [Word(token.text, token.char_offset_from, token.char_offset_to) for token in found]


def whole(text: str) -> str:
    """A whole name as one word."""
    return "".join(_WHOLE.analyze(composed(text).strip()))
