"""The text of a node's properties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_ID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


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
    """Every string in a node's properties that a person may look for, one a line: ids of other nodes are none."""
    return "\n".join(text for text in strings(properties) if not _ID.fullmatch(text))
