"""The totals of lists, counted only where they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mediaclay_structure.loaders import children, descendants, links, structures
from mediaclay_structure.records import ChildrenOf, DescendantsOf, LinksOf, NodeFilter, Page
from mediaclay_structure.state import Request
from mediaclay_structure.store.filters import Deadline


async def of_pages(at: Request, pages: Sequence[Page[Any]]) -> list[int]:
    """The total of the list that each page was cut from."""
    lists = [page.of for page in pages]
    deadline = Deadline(at.state.filtering.seconds)  # for all of them together
    own = [of for of in lists if isinstance(of, ChildrenOf)]
    wanted = own[0].filter if own else NodeFilter()  # one call pages the same field, so it has one filter
    counted = await children.counts(at, [of.parent for of in own], wanted, deadline) if own else []
    totals = dict(zip(map(id, own), counted, strict=True))
    others = [of for of in lists if not isinstance(of, ChildrenOf)]
    rest = await asyncio.gather(*(_one(at, of, deadline) for of in others))
    totals.update(zip(map(id, others), rest, strict=True))
    return [totals[id(of)] for of in lists]


async def _one(at: Request, of: object, deadline: Deadline) -> int:
    match of:
        case DescendantsOf():
            return await descendants.count(at, of, deadline)
        case LinksOf():
            return await links.count(at, of)
        case _:
            return await structures.count_all(at)
