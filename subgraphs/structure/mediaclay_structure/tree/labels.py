"""Labels for a batch of new nodes: which become anchors, and what key each gets.

In one pass from the last to the first, r(v) = 1 + the sum of r over the children of v that are no anchors; where that
exceeds the bound, v becomes an anchor and counts nothing further up. So a fragment holds a node with its near
descendants, and the branch of each child of an anchor at most `bound` of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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

    def each(
        self, parents: Iterable[int | Label], positions: Iterable[str], heavy: set[int], new_anchor: Callable[[], int]
    ) -> Iterator[Label]:
        """Labels new nodes one after the other, parents before children; the rest is known at the end.

        `parents` gives for each node the index of its parent in the batch, or the label of one that is there already;
        `positions` its sibling key; `heavy` are the anchors among them (see `weigh`); `new_anchor` makes the id of one.
        """
        labels, grown = self.labels, self.grown
        for index, (parent, pos) in enumerate(zip(parents, positions, strict=True)):
            above = labels[parent] if isinstance(parent, int) else parent
            key = f"{above.okey}{pos}/"
            if index in heavy:
                mine = Label(new_anchor(), "", above.base + key)
                self.anchors.append(index)
            else:
                mine = Label(above.anchor, key, above.base)
            labels.append(mine)
            if (fragment := grown.get(mine.anchor)) is None:
                fragment = grown[mine.anchor] = Fragment()
            fragment.gained += 1
            if (deep := mine.okey.count("/")) > fragment.deep:
                fragment.deep = deep
            yield mine


@dataclass(slots=True)
class Weights:
    """What each node of a batch adds to its parent's fragment, and which of them (by index) are to be anchors."""

    of: list[int]
    heavy: set[int]


def weigh(parents: Sequence[object], bound: int) -> Weights:
    """Weighs new nodes, parents before children; a parent that is no index in the batch is there already."""
    weights = [1] * len(parents)
    heavy: set[int] = set()
    for index in range(len(parents) - 1, -1, -1):
        if weights[index] > bound:
            heavy.add(index)
        elif isinstance(parent := parents[index], int):
            weights[parent] += weights[index]
    return Weights(weights, heavy)


def label(
    parents: Iterable[int | Label], positions: Iterable[str], heavy: set[int], new_anchor: Callable[[], int]
) -> Labelled:
    """Labels new nodes, parents before children: `Labelled.each`, to the end."""
    done = Labelled()
    for _ in done.each(parents, positions, heavy, new_anchor):
        pass
    return done


class Grown:
    """How the branches of nodes that are there already grow by a batch: which of them should become anchors first.

    What is relabelled before the batch is written is little; relabelled afterwards, the batch is written twice.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._of: dict[int, list[tuple[str, int, int]]] = {}

    def is_too_large(self, anchor: int, okey: str, nodes: int, gained: int) -> bool:
        """Whether a node's own fragment would exceed the bound. Longer keys must be asked for before shorter ones.

        `nodes` are those of its branch in its fragment as it is; `gained` those that come directly below it.
        """
        below = self._of.setdefault(anchor, [])
        inside = [each for each in below if each[0].startswith(okey)]
        gained += sum(each[1] for each in inside)
        nodes -= sum(each[2] for each in inside)
        too_large = nodes + gained > self._bound
        for each in inside:
            below.remove(each)
        lost = sum(each[2] for each in inside)
        below.append((okey, 0, nodes + lost) if too_large else (okey, gained, lost))
        return too_large
