"""Pages of lists: cut out of one record more than was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.limits import page_size
from mediaclay_structure.records import Page, Window

R = TypeVar("R")


def window(first: int | None, after: str | None, last: int | None = None, before: str | None = None) -> Window:
    """What a client asked for. Raises `BadUserInput`, `LimitExceeded`."""
    if after is not None and before is not None:
        raise BadUserInput("Give a cursor to begin after, or one to end before, not both.")
    if (last is not None and after is not None) or (first is not None and before is not None):
        raise BadUserInput("first goes with after, last with before.")
    backward = last is not None or before is not None
    return Window(page_size(first, last), before if backward else after, backward)


def page(found: Sequence[R], asked: Window, cursor: Callable[[R], str], of: object) -> Page[R]:
    """A page of what was `found`: up to one record more than fits, in the order of the list."""
    more = len(found) > asked.limit
    kept = list(found[-asked.limit :] if asked.backward else found[: asked.limit]) if asked.limit else []
    went_on = asked.cursor is not None
    after, before = (went_on, more) if asked.backward else (more, went_on)
    return Page(kept, cursor, after, before, of)
