"""Short keys for siblings whose keys have become long."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import pruning, writing
from mediaclay_structure.tree.order import Sibling
from mediaclay_structure.tree.positions import DIGITS, after, spread

SIDE = 64
"""Siblings on each side of a gap that get new keys at first; four times as many while their keys stay long."""
MOST = 4_096
SHORT = 12
"""Characters with which a key counts as short."""


@dataclass(slots=True)
class Renewed:
    """The new keys of siblings by their old ones, and all nodes that were relabelled."""

    keys: dict[str, str] = field(default_factory=dict[str, str])
    relabelled: list[UUID] = field(default_factory=list[UUID])

    def key(self, old: str | None) -> str | None:
        """What a key has become."""
        return old if old is None else self.keys.get(old, old)


async def rebalance(work: UnitOfWork, parent: NodeRecord, low: str | None, high: str | None) -> Renewed:
    """Gives the siblings around the gap between the keys `low` and `high` short keys in the same order.

    Each costs a move at its own place, so a few hundred at the most are touched unless the keys around are long, too.
    Pruned siblings keep their places between the others. Needs the structure's lock alone.
    """
    side = SIDE
    while True:
        left, right = await writing.siblings_near(work.connection, parent, low, high, side + 1)
        lowest = left.pop(0)[1] if len(left) > side else None
        highest = right.pop()[1] if len(right) > side else None
        among = [*left, *right]
        keys = _fresh(lowest, highest, [pos for _, pos in among])
        if max(map(len, keys)) <= SHORT or side >= MOST:
            break
        side *= 4
    renewed = Renewed()
    await _move_places_of_pruned(work, parent, (lowest, highest), among, keys)
    for (node, old), key in zip(among, keys, strict=True):
        renewed.keys[old] = key
        renewed.relabelled += [node, *await writing.rekey(work.connection, parent, node, key)]
    return renewed


def _fresh(low: str | None, high: str | None, old: list[str]) -> list[str]:
    """As many keys, none of them in use: while they are given out, both old and new ones are there."""
    used = set(old)
    free = [key for key in spread(low, high, 2 * len(old)) if key not in used]
    return [free[index * len(free) // len(old)] for index in range(len(old))]


async def _move_places_of_pruned(
    work: UnitOfWork, parent: NodeRecord, bounds: tuple[str | None, str | None], among: list[Sibling], keys: list[str]
) -> None:
    """A pruned sibling comes back right before the one whose key it remembers, or behind the last."""
    low, high = bounds[0] or "", bounds[1] or DIGITS[-1] * 2
    moved: list[Sibling] = []
    for node, pos in await pruning.among(work.connection, parent.structure_id, parent.id, (low, high), MOST):
        following = next((key for (_, old), key in zip(among, keys, strict=True) if old >= pos), None)
        moved.append((node, following or after(keys[-1])))
    await pruning.rekey(work.connection, parent.structure_id, moved)
