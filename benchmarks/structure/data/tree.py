"""The shape of a tree in memory: what branches to measure are chosen from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from mediaclay_structure.formats.line import NodeLine


class Tree:
    """Nodes by their number in pre-order; number 0 is the root of the structure. 24 bytes a node."""

    def __init__(self, title: str, root: UUID) -> None:
        self.title = title
        self.parents = array("i", [-1])
        self.sizes = array("i", [1])
        self._ids = bytearray(root.bytes)
        self._line = [0]  # the numbers from the root to the node that came last

    def __len__(self) -> int:
        return len(self.parents)

    def id(self, number: int) -> UUID:
        """The id of a node."""
        return UUID(bytes=bytes(self._ids[number * 16 : number * 16 + 16]))

    def watched(self, lines: Iterable[NodeLine]) -> Iterator[NodeLine]:
        """The same lines, in pre-order, each noted on its way."""
        for line in lines:
            assert line.id is not None
            self._add(line.id, line.parent)
            yield line
        self._weigh()

    def branches(self, least: int, most: int) -> list[int]:
        """The nodes whose branch holds at least `least` and less than `most`, themselves among them; not the root."""
        return [number for number in range(1, len(self)) if least <= self.sizes[number] < most]

    def holds(self, branch: int, number: int) -> bool:
        """Whether a node lies in a branch: in pre-order that is a range."""
        return branch <= number < branch + self.sizes[branch]

    def depth(self, number: int) -> int:
        """The number of levels above a node."""
        levels = 0
        while number:
            number, levels = self.parents[number], levels + 1
        return levels

    def shape(self) -> str:
        """Its size, depth and widest folder, in words."""
        depths = array("h", [0]) * len(self)
        children = array("i", [0]) * len(self)
        for number in range(1, len(self)):
            depths[number] = depths[self.parents[number]] + 1
            children[self.parents[number]] += 1
        return f"{len(self):,} nodes, {max(depths)} levels deep, {max(children):,} children in the widest folder"

    def _add(self, own: UUID, parent: UUID | str | None) -> None:
        line = self._line
        if parent is not None:
            assert isinstance(parent, UUID)
            while self.id(line[-1]) != parent:
                line.pop()
        else:
            del line[1:]
        self.parents.append(line[-1])
        line.append(len(self.parents) - 1)
        self._ids += own.bytes

    def _weigh(self) -> None:
        self.sizes = array("i", [1]) * len(self)
        for number in range(len(self) - 1, 0, -1):
            self.sizes[self.parents[number]] += self.sizes[number]


def nearest(tree: Tree, numbers: Sequence[int], size: int, count: int) -> list[int]:
    """At most `count` of these branches, none inside another, those first whose size is nearest to `size`."""
    found: list[int] = []
    for number in sorted(numbers, key=lambda n: abs(tree.sizes[n] - size)):
        if not any(tree.holds(one, number) or tree.holds(number, one) for one in found):
            found.append(number)
        if len(found) == count:
            break
    return found
