"""Whether a condition holds for one node."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from mediaclay_search.records import AllOf, AnyOf, Between, Condition, Has, Not


def holds(condition: Condition, facts: AbstractSet[str]) -> bool:
    """Whether it holds for a node with these facts."""
    match condition:
        case Has(term):
            return term in facts
        case Between(start, end):
            return any(start <= term <= end for term in facts)
        case Not(of):
            return not holds(of, facts)
        case AllOf(of):
            return all(holds(each, facts) for each in of)
        case AnyOf(of):
            return any(holds(each, facts) for each in of)
