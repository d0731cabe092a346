"""A tree that grows at random, always the same: some folders with thousands of children, some chains."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from random import Random
from uuid import UUID

from mediaclay_structure.formats.line import NodeLine

SEED = 1
COPIED = 0.6
"""How often a new node joins the folder of an old one: what makes the widest folder hold about n ** 0.6 nodes."""
CHAINED = 0.1
"""How often it hangs on the newest node."""
BEGAN = 1_700_000_000_000
_STATES = ("open", "done", "blocked")


def lines(nodes: int) -> Iterator[NodeLine]:
    """A tree of `nodes` nodes in pre-order, its root left out; ids are UUIDs of version 7, in the order of growth."""
    random = Random(SEED)
    parents = _grown(nodes, random)
    first, following = _children(parents)
    ids = [_uuid7(number, random) for number in range(nodes)]
    stack = [first[0]]
    while stack:
        number = stack.pop()
        if not number:
            continue
        yield NodeLine(
            id=ids[number],
            parent=ids[parents[number]] if parents[number] else None,
            kind="folder" if first[number] else "note",
            name=f"Node {number}",
            slug=f"node-{number}",
            properties={"number": number, "status": _STATES[number % 3], "weight": number % 97},
        )
        stack += (following[number], first[number])


def _grown(nodes: int, random: Random) -> array[int]:
    parents = array("i", [0]) * nodes
    for number in range(1, nodes):
        dice, old = random.random(), random.randrange(number)
        if dice < COPIED and old:
            parents[number] = parents[old]
        else:
            parents[number] = number - 1 if COPIED <= dice < COPIED + CHAINED else old
    return parents


def _children(parents: array[int]) -> tuple[array[int], array[int]]:
    """The first child of each node, and its next sibling; 0 for none."""
    first, following = array("i", [0]) * len(parents), array("i", [0]) * len(parents)
    for number in range(len(parents) - 1, 0, -1):
        following[number], first[parents[number]] = first[parents[number]], number
    return first, following


def _uuid7(number: int, random: Random) -> UUID:
    return UUID(
        int=(BEGAN + number) << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0x2 << 62 | random.getrandbits(62)
    )
