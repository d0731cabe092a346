"""The embedded embedder: a table with a vector for each word piece, whose sum is the vector of a text.

The table is distilled from all-MiniLM-L6-v2 by `distil`, and part of this package: nothing is fetched, thousands of texts a
second on one core.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

from mediaclay_search.embedders import wordpiece
from mediaclay_search.embedders.port import Vectors
from mediaclay_search.numbers import np

ID = "static-minilm-l6-v2-256"
DATA = files("mediaclay_search.embedders") / "data"
LONGEST = 512
"""Word pieces that are read of a text."""


class Static:
    """See `Embedder`."""

    id = ID

    def __init__(self) -> None:
        with as_file(DATA / "vocab.txt") as path:
            self._words = wordpiece.read(path)
        with as_file(DATA / "static.npz") as path, np.load(path) as table:
            self._rows, self._scales = table["rows"], table["scales"]
        self.dimensions = int(self._rows.shape[1])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. Few texts take no thread: that would cost more than they do."""
        return self.encode(texts) if len(texts) <= 2 else await asyncio.to_thread(self.encode, texts)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 for each text; zeros where it has no known word."""
        found = np.zeros((len(texts), self.dimensions), np.float32)
        for at, text in enumerate(texts):
            if numbers := self._words(text)[:LONGEST]:
                found[at] = self._scales[numbers] @ self._rows[numbers].astype(np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return (found / np.where(lengths == 0, 1, lengths)).astype(np.float32, copy=False)


@cache
def installed() -> Static:
    """The table, read once."""
    return Static()
