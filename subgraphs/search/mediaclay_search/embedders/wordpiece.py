"""WordPiece, as the uncased models of BERT read text (Schuster and Nakajima 2012; Devlin et al. 2018)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

LONGEST_WORD = 100
"""Characters; a longer word is unknown."""
_CJK = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2FA1F), (0xF900, 0xFAFF))


class WordPiece:
    """Turns text into the numbers of word pieces. `vocabulary` has one piece a line; a piece inside a word begins with ##."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._numbers = vocabulary
        self._unknown = [vocabulary["[UNK]"]]
        self.edges = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self._pieces = lru_cache(50_000)(self._split)

    def __call__(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, without those that mark its edges."""
        return [number for word in _words(text) for number in self._pieces(word)]

    def _split(self, word: str) -> Sequence[int]:
        if len(word) > LONGEST_WORD:
            return self._unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            head = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if head + word[start:end] in self._numbers), None)
            if end is None:
                return self._unknown
            found.append(self._numbers[head + word[start:end]])
            start = end
        return found


def read(path: Path) -> WordPiece:
    """The tokenizer of a `vocab.txt`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return WordPiece({piece: number for number, piece in enumerate(lines)})


def _words(text: str) -> Iterator[str]:
    """Words in lower case without accents; each sign and each Chinese character is one."""
    bare = unicodedata.normalize("NFD", text.lower())
    spaced = "".join(_spaced(c) for c in bare)
    yield from spaced.split()


@lru_cache(4096)
def _spaced(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    if code in (0, 0xFFFD) or category == "Mn" or (category[0] == "C" and character not in "\t\n\r"):
        return ""
    if _is_sign(code, category) or any(low <= code <= high for low, high in _CJK):
        return f" {character} "
    return " " if character.isspace() else character


def _is_sign(code: int, category: str) -> bool:
    return 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126 or category[0] == "P"
