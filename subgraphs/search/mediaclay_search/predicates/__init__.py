"""What `where` says about properties, and the terms by which an index knows them."""

from mediaclay_search.predicates.facts import facts_of
from mediaclay_search.predicates.holds import holds
from mediaclay_search.predicates.parse import parse

__all__ = ["facts_of", "holds", "parse"]
