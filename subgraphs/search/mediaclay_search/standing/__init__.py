"""Standing queries: which of very many match a node, asked for each node that changes."""

from mediaclay_search.standing.index import Entry, Index
from mediaclay_search.standing.match import Asked, Seen, shown
from mediaclay_search.standing.outlooks import Outlook, Outlooks, Query, Watched, Who
from mediaclay_search.standing.places import Gained, Inside, difference

__all__ = [
    "Asked",
    "Entry",
    "Gained",
    "Index",
    "Inside",
    "Outlook",
    "Outlooks",
    "Query",
    "Seen",
    "Watched",
    "Who",
    "difference",
    "shown",
]
