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


def flattened(properties: Any, pointers: Sequence[str] | None = None) -> str:
    """Every string in a node's properties that a person may look for, one a line: ids of other nodes are none.

    Of those that JSON Pointers lead to, if there are any given.
    """
    values = [properties] if pointers is None else [pointed(properties, each) for each in pointers]
    return "\n".join(text for value in values for text in strings(value) if not _ID.fullmatch(text))


def pointed(value: Any, pointer: str) -> Any:
    """What a JSON Pointer (RFC 6901) leads to; None where it leads nowhere."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = cast("Mapping[str, Any]", value).get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(key)]
        else:
            return None
    return value


_TELLING = re.compile(r"[^\W\d_]{2}")
LONGEST = 4_000
"""Characters that are embedded of a node."""


def told(path: str, name: str, text: str) -> str:
    """What is embedded of a node: of its texts those that have a word in them."""
    parts = [path.replace("/", " ").replace("-", " ").strip(), name, *text.split("\n")]
    return "\n".join(part for part in parts if _TELLING.search(part))[:LONGEST]
