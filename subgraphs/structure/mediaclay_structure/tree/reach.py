"""The branches that all of several holders may read. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from mediaclay_structure.records import BranchLabel


def reach_of(holders: int, places: Iterable[tuple[int, BranchLabel]]) -> dict[UUID, list[BranchLabel]]:
    """By structure the tops of what is readable, in document order, none of them below another one.

    `places` are the granted nodes with the number of their holder. A branch that lies in one of each holder's is
    readable; so each readable branch begins at a granted node.
    """
    by_structure: dict[UUID, list[tuple[int, BranchLabel]]] = {}
    for holder, label in places:
        by_structure.setdefault(label.structure_id, []).append((holder, label))
    found: dict[UUID, list[BranchLabel]] = {}
    for structure, own in by_structure.items():
        keys = [{label.full_key for of, label in own if of == holder} for holder in range(holders)]
        tops: list[BranchLabel] = []
        for label in sorted({label for _, label in own}, key=lambda label: label.full_key):
            if tops and label.full_key.startswith(tops[-1].full_key):
                continue
            if all(_covers(each, label.full_key) for each in keys):
                tops.append(label)
        if tops:
            found[structure] = tops
    return found


def _covers(keys: set[str], key: str) -> bool:
    parts = key.split("/")[:-1]
    return any("/".join(parts[: n + 1]) + "/" in keys for n in range(len(parts)))


def begins(line: Sequence[UUID], chain: Iterable[Iterable[UUID]]) -> int | None:
    """Where in a line from the root down what is readable begins; None where it does not.

    `chain` are the granted nodes of each holder.
    """
    if not line:
        return None
    at = {node: index for index, node in enumerate(line)}
    firsts = [min((at[node] for node in nodes if node in at), default=None) for nodes in chain]
    known = [first for first in firsts if first is not None]
    return max(known) if known and len(known) == len(firsts) else None
