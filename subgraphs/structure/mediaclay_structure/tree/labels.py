"""Labels for a batch of new nodes: which become anchors, and what key each gets.

In one pass from the last to the first, r(v) = 1 + the sum of r over the children of v that are no anchors; where that
exceeds the bound, v becomes an anchor and counts nothing further up. So a fragment holds a node with its near
descendants, and the branch of each child of an anchor at most `bound` of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Label:
    """Where a node stands: its fragment, its key in it, and the full key of the fragment's anchor."""

    anchor: int
    okey: str
    base: str


@dataclass(slots=True)
class Fragment:
    """What a fragment gains: nodes, and levels."""

    gained: int = 0
    deep: int = 0


@dataclass(slots=True)
class Labelled:
    """The labels of a batch, the fragments that grew by it, and which of its nodes (by index) are anchors."""

    labels: list[Label] = field(default_factory=list[Label])
    grown: dict[int, Fragment] = field(default_factory=dict[int, Fragment])
    anchors: list[int] = field(default_factory=list[int])


def label(
    parents: Sequence[int | Label], positions: Sequence[str], bound: int, new_anchor: Callable[[], int]
) -> Labelled:
    """Labels new nodes, parents before children.

    `parents` gives for each node the index of its parent in the batch, or the label of one that is there already;
    `positions` its sibling key; `new_anchor` makes the id of an anchor.
    """
    heavy = _heavy(parents, bound)
    done = Labelled()
    for index, (parent, pos) in enumerate(zip(parents, positions, strict=True)):
        above = done.labels[parent] if isinstance(parent, int) else parent
        key = f"{above.okey}{pos}/"
        if index in heavy:
            mine = Label(new_anchor(), "", above.base + key)
            done.anchors.append(index)
        else:
            mine = Label(above.anchor, key, above.base)
        done.labels.append(mine)
        fragment = done.grown.setdefault(mine.anchor, Fragment())
        fragment.gained += 1
        fragment.deep = max(fragment.deep, mine.okey.count("/"))
    return done


def _heavy(parents: Sequence[int | Label], bound: int) -> set[int]:
    weights = [1] * len(parents)
    heavy: set[int] = set()
    for index in range(len(parents) - 1, -1, -1):
        if weights[index] > bound:
            heavy.add(index)
        elif isinstance(parent := parents[index], int):
            weights[parent] += weights[index]
    return heavy
