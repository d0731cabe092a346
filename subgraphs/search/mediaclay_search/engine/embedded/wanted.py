"""What a query asks for, before any index is asked."""

from __future__ import annotations

import re
from typing import NamedTuple

from mediaclay_kernel.errors import LimitExceeded

from mediaclay_search.engine.embedded.words import words

MOST_WORDS = 32
_QUOTED = re.compile(r'"([^"]*)"?')
PREFIX_FROM = 3
"""Letters that a word must have to be taken as the beginning of a longer one."""
TYPO_FROM = 4
"""Letters that a word must have to be found with a typo; below, too many words are one letter apart."""


class Wanted(NamedTuple):
    """A word, or several that are to follow each other. `exact` where they stood in quotes."""

    words: tuple[str, ...]
    exact: bool

    @property
    def prefix(self) -> bool:
        """Whether longer words that begin with it will do."""
        return not self.exact and len(self.words[0]) >= PREFIX_FROM

    @property
    def typo(self) -> bool:
        """Whether a word one edit away will do. Numbers one digit apart are different numbers."""
        return not self.exact and len(self.words[0]) >= TYPO_FROM and not any(c.isdigit() for c in self.words[0])


def wanted(query: str) -> list[Wanted]:
    """The words and phrases of a query, each once. Raises `LimitExceeded` for too many words."""
    found: dict[Wanted, None] = {}
    for place, piece in enumerate(_QUOTED.split(query)):
        if place % 2:
            if phrase := tuple(words(piece)):
                found[Wanted(phrase, exact=True)] = None
        else:
            found.update(dict.fromkeys(Wanted((word,), exact=False) for word in words(piece)))
    if sum(len(item.words) for item in found) > MOST_WORDS:
        raise LimitExceeded(f"A query may have {MOST_WORDS} words at most.", limit=MOST_WORDS)
    return list(found)


def needed(count: int) -> int:
    """How many of `count` loose words a match must have: all of two, three quarters of more."""
    return count if count <= 2 else count * 3 // 4
