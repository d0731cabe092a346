"""The text of a node's properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, in its order; keys are none."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            stack.extend(reversed(list(cast("Mapping[str, Any]", item).values())))
        elif isinstance(item, Sequence):
            stack.extend(reversed(cast("Sequence[Any]", item)))


def flattened(properties: Any) -> str:
    """Every string in a node's properties, one a line."""
    return "\n".join(strings(properties))
