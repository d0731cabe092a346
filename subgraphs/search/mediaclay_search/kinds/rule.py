"""What of a node counts for search, as its kind declares it in its JSON Schema.

`x-search` is an annotation, which validators pass over: {"name": true, "properties": ["/gloss"], "path": false}. A
registered kind with `properties` in its schema can be filtered by these alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

KEYWORD = "x-search"


@dataclass(frozen=True, slots=True)
class Rule:
    """`properties` are JSON Pointers (RFC 6901) to what is read, None for every text; `filters` names top-level properties."""

    name: bool = True
    properties: tuple[str, ...] | None = None
    path: bool = False
    filters: frozenset[str] | None = None


USUAL = Rule()
"""For kinds that nobody registered, or that say nothing."""
Rules = Mapping[str, Rule]


def rule_of(schema: Any) -> Rule:
    """The rule in a JSON Schema. What is not of the form that is read says nothing."""
    if not isinstance(schema, Mapping):
        return USUAL
    stated = cast("Mapping[str, Any]", schema)
    own = stated.get(KEYWORD)
    said: Mapping[str, Any] = cast("Mapping[str, Any]", own) if isinstance(own, Mapping) else {}
    declared = stated.get("properties")
    return Rule(
        said.get("name") is not False,
        _pointers(said.get("properties")),
        said.get("path") is True,
        frozenset(cast("Mapping[str, Any]", declared)) if isinstance(declared, Mapping) else None,
    )


def digest_of(rules: Rules) -> str:
    """Differs when what counts of any node may differ."""
    told = [(kind, rule.name, rule.properties, rule.path, sorted(rule.filters or ())) for kind, rule in rules.items()
            if rule != USUAL]  # fmt: skip
    return blake2b(repr(sorted(told, key=lambda each: each[0])).encode(), digest_size=8).hexdigest()


def _pointers(said: Any) -> tuple[str, ...] | None:
    if not isinstance(said, Sequence) or isinstance(said, str):
        return None
    return tuple(each for each in cast("Sequence[Any]", said) if isinstance(each, str))
