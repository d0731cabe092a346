"""Arguments that several fields take, and their limits."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.ids import decode_cursor, parse_id

from mediaclay_search.predicates import parse
from mediaclay_search.records import After, Condition

LONGEST_PAGE = 1000
LONGEST_QUERY = 1024
MOST_KINDS = 100

Within = Annotated[strawberry.ID | None, strawberry.argument(description="A node: only its branch is searched.")]
First = Annotated[int | None, strawberry.argument(description=f"At most {LONGEST_PAGE}.")]
Kinds = Annotated[list[str] | None, strawberry.argument(description="All kinds, unless any are named.")]
Where = Annotated[
    str | None,
    strawberry.argument(
        description="An SQL/JSON path predicate over the properties, '$.price > 3 && $.tags[*] == \"new\"', of at most 2,000 "
        "characters."
    ),
]
Words = Annotated[
    str,
    strawberry.argument(
        description='Words, which may have a typo, and "phrases" in double quotes. Blank finds every node.'
    ),
]


def text(given: str) -> str:
    """Raises `LimitExceeded` for a query that is too long."""
    if len(given) > LONGEST_QUERY:
        raise LimitExceeded(f"A query has at most {LONGEST_QUERY} characters.", limit=LONGEST_QUERY)
    return given


def first(given: int | None, usual: int) -> int:
    """The size of a page. Raises `BadUserInput` and `LimitExceeded`."""
    if given is None:
        return usual
    if given < 0:
        raise BadUserInput("first must not be negative.")
    if given > LONGEST_PAGE:
        raise LimitExceeded(f"A page has at most {LONGEST_PAGE} nodes.", limit=LONGEST_PAGE)
    return given


def after(cursor: str | None) -> After | None:
    """Where a page begins. Raises `BadUserInput`."""
    if cursor is None:
        return None
    score, node, rank = decode_cursor(cursor, float, str, int)
    return After(score, str(parse_id(node, "after")), max(rank, 0))


def kinds(given: list[str] | None) -> tuple[str, ...] | None:
    """The kinds that are searched. Raises `LimitExceeded`."""
    if len(given or ()) > MOST_KINDS:
        raise LimitExceeded(f"At most {MOST_KINDS} kinds can be named.", limit=MOST_KINDS)
    return tuple(given) if given else None


def within(given: strawberry.ID | None) -> UUID | None:
    """The branch that is searched. Raises `BadUserInput`."""
    return None if given is None else parse_id(given, "within")


def where(given: str | None) -> Condition | None:
    """The condition on properties. Raises `BadUserInput` and `LimitExceeded`."""
    return None if given is None else parse(given)
