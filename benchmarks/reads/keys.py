"""Which nodes are asked for: chosen by the shape of the tree, the same in each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.reads.queries import LEVELS, PAGE
from benchmarks.structure.data.tree import Tree

NODES = 500
LISTS = 100
FEW = 20
"""So many pages are asked for again and again where results are cached."""
NESTED = range(500, 701)
"""How many nodes an answer of three levels has."""
_SEED = 11


@dataclass(frozen=True, slots=True)
class Shape:
    """The children of each node by number, in their order."""

    tree: Tree
    below: Mapping[int, Sequence[int]]

    def reached(self, number: int, levels: int = LEVELS) -> int:
        """How many nodes are shown below a node, with a page of children for each, so many levels down."""
        page = self.below.get(number, ())[:PAGE] if levels else ()
        return len(page) + sum(self.reached(child, levels - 1) for child in page)


def shape(tree: Tree) -> Shape:
    """The shape of a tree: its numbers are in document order, and so are siblings."""
    below: dict[int, list[int]] = {}
    for number in range(1, len(tree)):
        below.setdefault(tree.parents[number], []).append(number)
    return Shape(tree, below)


def chosen(tree: Tree) -> dict[str, list[Any]]:
    """The ids to ask for, by the names that queries have for them: single ids, and lists of them for entities.

    Raises `ValueError` for a tree that lacks what is to be measured.
    """
    random, known = Random(_SEED), shape(tree)
    folders = [number for number, page in known.below.items() if len(page) > PAGE and number]
    branches = [number for number in known.below if number and known.reached(number) in NESTED]
    if not folders or not branches:
        raise ValueError("The tree has no folders that are wide enough, or no branches of the size that is asked for.")
    numbers = range(1, len(tree))
    return {
        "nodes": _ids(tree, random.sample(numbers, min(NODES, len(numbers)))),
        "folders": _ids(tree, folders),
        "branches": _ids(tree, branches),
        "lists": [_ids(tree, random.choices(numbers, k=PAGE)) for _ in range(LISTS)],
        "few": _ids(tree, random.sample(folders, min(FEW, len(folders)))),
    }


def _ids(tree: Tree, numbers: Sequence[int]) -> list[str]:
    ids: list[UUID] = [tree.id(number) for number in numbers]
    return list(map(str, ids))
