"""The port of an embedder: what turns texts into vectors, so that nearness is likeness in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from numpy.typing import NDArray

from mediaclay_search.numbers import np

Vectors = NDArray[np.float32]
"""One row of length 1 for each text (or of zeros, for a text that says nothing)."""


class Embedder(Protocol):
    """Texts in, vectors out. `id` changes whenever the same text would get another vector."""

    @property
    def id(self) -> str:
        """Kept with each vector: those of different embedders are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text, in order. Raises `Unavailable` where the model does not answer."""
        ...
