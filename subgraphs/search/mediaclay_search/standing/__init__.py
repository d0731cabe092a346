"""Standing queries: which of very many match a node, asked for each node that changes."""

from mediaclay_search.standing.index import Index
from mediaclay_search.standing.match import Asked, Seen
from mediaclay_search.standing.places import Gained, difference, lies_in

__all__ = ["Asked", "Gained", "Index", "Seen", "difference", "lies_in"]
