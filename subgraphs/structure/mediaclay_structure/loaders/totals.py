"""The totals of lists, counted only where they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from mediaclay_structure.loaders import children, descendants, links, structures
from mediaclay_structure.records import ChildrenOf, DescendantsOf, LinksOf, Page
from mediaclay_structure.state import Request
from mediaclay_structure.store.filters import Deadline


async def of_pages(at: Request, pages: Sequence[Page[Any]]) -> list[int]:
    """The total of the list that each page was cut from."""
    lists = [page.of for page in pages]
    deadline = Deadline(at.state.filtering.seconds)  # for all of them together
    own = [of for of in lists if isinstance(of, ChildrenOf)]
    others = [of for of in lists if not isinstance(of, ChildrenOf)]
    totals: dict[int, int] = {}
    for alike in _by_filter(own):
        counted = await children.counts(at, [of.parent for of in alike], alike[0].filter, deadline)
        totals.update(zip(map(id, alike), counted, strict=True))
    rest = await asyncio.gather(*(_one(at, of, deadline) for of in others))
    totals.update(zip(map(id, others), rest, strict=True))
    return [totals[id(of)] for of in lists]


def _by_filter(lists: Sequence[ChildrenOf]) -> Iterable[list[ChildrenOf]]:
    """Mostly one group. A fragment that stands under several fields may bring lists of several filters together."""
    groups: dict[str, list[ChildrenOf]] = {}
    for of in lists:
        groups.setdefault(repr(of.filter), []).append(of)
    return groups.values()


async def _one(at: Request, of: object, deadline: Deadline) -> int:
    match of:
        case DescendantsOf():
            return await descendants.count(at, of, deadline)
        case LinksOf():
            return await links.count(at, of)
        case _:
            return await structures.count_all(at)
