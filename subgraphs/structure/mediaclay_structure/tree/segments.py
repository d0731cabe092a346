"""The document order of a branch whose nodes are spread over many fragments.

A branch starts in the fragment of its own anchor and continues into that of each anchor beneath. Walking the anchors
in the order of their full keys cuts the fragments into segments: ranges of one fragment that hold no other anchor.
Read one after the other they are the branch in pre-order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

LAST = "~"
"""Sorts after every key."""


def end_of(key: str) -> str:
    """The end of the range of keys below `key`: '0' is the character after '/'."""
    return key[:-1] + "0" if key else LAST


def past(key: str) -> str:
    """The first place after `key` itself and before everything below it: '!' sorts before all of a key."""
    return key + "!"


def depth_of(key: str) -> int:
    """The number of sibling keys in a key."""
    return key.count("/")


def prefixes(key: str) -> list[str]:
    """The keys of all that lies above a key, from the top, itself included."""
    parts = key.split("/")[:-1]
    return ["/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


class Anchor(NamedTuple):
    """An anchor beneath the branch: its id and full key."""

    id: int
    gpath: str


class Segment(NamedTuple):
    """The nodes of a fragment with low <= okey < high; `base` is the full key of the fragment's anchor."""

    anchor: int
    base: str
    low: str
    high: str


@dataclass(slots=True)
class _Frame:
    anchor: int
    base: str
    full: str
    low: str
    high: str

    def rest(self) -> Segment:
        return Segment(self.anchor, self.base, self.low, self.high)


def segments(anchor: Anchor, okey: str, beneath: Iterable[Anchor], after: str | None = None) -> Iterator[Segment]:
    """The segments of the branch whose top has `okey` in the fragment of `anchor`, in document order.

    `beneath` are the anchors below, ordered by their full key; those before `after` may be missing, but for the
    ancestors of `after`. With `after`, a full key inside the branch, only what follows it.
    """
    top = anchor.gpath + okey
    stack = [_Frame(anchor.id, anchor.gpath, top, _start(anchor.gpath, okey, after), end_of(okey))]
    for below in beneath:
        while not below.gpath.startswith(stack[-1].full):
            yield from _cut(stack.pop().rest())
        frame = stack[-1]
        cut = below.gpath[len(frame.base) :]
        yield from _cut(Segment(frame.anchor, frame.base, frame.low, cut))
        frame.low = max(frame.low, end_of(cut))
        stack.append(_Frame(below.id, below.gpath, below.gpath, _start(below.gpath, "", after), LAST))
    while stack:
        yield from _cut(stack.pop().rest())


def _start(base: str, okey: str, after: str | None) -> str:
    """Where to begin in a fragment: at its top, behind `after`, or nowhere where `after` has passed all of it."""
    if after is None or after < base + okey:
        return okey
    return past(after[len(base) :]) if after.startswith(base) else LAST


def _cut(segment: Segment) -> Iterator[Segment]:
    if segment.low < segment.high:
        yield segment
