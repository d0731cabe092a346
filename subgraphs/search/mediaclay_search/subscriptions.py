"""The subscriptions of search."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import column, follows, shows

from mediaclay_search import arguments
from mediaclay_search.arguments import Kinds, Where, Within, Words
from mediaclay_search.modes import EventType
from mediaclay_search.records import Told
from mediaclay_search.standing import Asked
from mediaclay_search.state import Request, StandingQuery
from mediaclay_search.types.node import SearchHit

SearchEventType = strawberry.enum(EventType, name="SearchEventType", description="What became of a node.")


async def search_changed(
    context: Request, *, query: Words, within: Within = None, kinds: Kinds = None, where: Where = None
) -> StandingQuery:
    """A standing query. Raises as `search` does."""
    context.require_read()
    asked = Asked(arguments.text(query), arguments.kinds(kinds), arguments.where(where))
    return await context.state.standing.add(asked, (arguments.within(within), context.authorization))


@strawberry.type(description="A node began to match, or ceased to.")
@shows(Told)
class SearchEvent:
    """An event."""

    type: SearchEventType  # pyright: ignore[reportInvalidTypeForm]
    hit: SearchHit = column(
        "hit", description="With the score 1; of a node that matches no more 0, without highlights."
    )
    revision: int = column("revision", description="The change by which it happened, or one shortly after it.")


@strawberry.type
class Subscription:
    """What is told as it happens."""

    search_changed: SearchEvent = follows(
        search_changed,
        description="A standing query: tells when a node starts or stops matching, by its words, in what the caller may see.",
    )
