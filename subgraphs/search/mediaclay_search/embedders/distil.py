"""Makes the table of `static` from MiniLM: python -m mediaclay_search.embedders.distil FOLDER_OF_THE_MODEL.

Each word piece goes through the model alone; the results lose their mean, keep the 256 directions of the largest spread
(PCA), and are weighed by how rare the piece is (SIF, Arora et al. 2017; the vocabulary is in order of frequency).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from mediaclay_search.embedders.minilm import MiniLM, Numbers
from mediaclay_search.numbers import np

DIMENSIONS = 256
AT_ONCE = 256
SIF = 1e-4
FIRST_WORD = 999
"""Numbers below are of marks and unused places."""


def distilled(model: MiniLM, count: int) -> Numbers:
    """A row for each word piece."""
    first, last = model.edges
    rows = [model.pooled([[first, each, last] for each in range(at, min(at + AT_ONCE, count))])
            for at in range(0, count, AT_ONCE)]  # fmt: skip
    table = np.concatenate(rows)
    table -= table[FIRST_WORD:].mean(0)
    _, directions = np.linalg.eigh(np.cov(table[FIRST_WORD:].T))
    ranks = np.maximum(np.arange(count) - FIRST_WORD, 0) + 1
    frequency = 1 / ranks / (1 / ranks[FIRST_WORD:]).sum()
    table = table @ directions[:, ::-1][:, :DIMENSIONS] * (SIF / (SIF + frequency))[:, None]
    table[:FIRST_WORD] = 0
    return table.astype(np.float32)


def main(folder: Path, target: Path) -> None:
    """Writes the table and its vocabulary: one byte a number, and a scale for each row."""
    shutil.copyfile(folder / "vocab.txt", target / "vocab.txt")
    count = len((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
    table = distilled(MiniLM(folder), count)
    scales = np.abs(table).max(1) / 127
    rows = np.round(table / np.where(scales == 0, 1, scales)[:, None]).astype(np.int8)
    np.savez_compressed(target / "static.npz", rows=rows, scales=scales)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent / "data")
