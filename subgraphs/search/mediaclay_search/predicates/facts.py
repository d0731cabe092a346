"""Scalars in properties as terms of an index, whose order is that of the values.

A term is a key for the path, a letter for the type, and the value in digits that sort as it does. So an engine needs
equality and ranges of texts alone to compare numbers, texts and booleans, also those in lists.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Container, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, cast

MOST = 256
"""Terms of one node; what else its properties hold can't be filtered by."""
LONGEST = 100
"""Bytes of a text that are compared."""
EXACT, BEHIND, LAST = "a", "b", "z"
"""Behind a text that is there as a whole, right behind that, and behind all else: they sort as the texts do."""
_DIGITS = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")

Path = tuple[str, ...]


def facts_of(properties: Any, declared: Container[str] | None = None) -> tuple[str, ...]:
    """The terms of all scalars, at most 256. `declared` names the properties that count, None lets all of them."""
    found: dict[str, None] = {}
    for path, value in _scalars(properties, declared):
        key = key_of(path)
        found[exists(key)] = None
        if not _is_list(value):
            found[has_values(key)] = None
            found.update(dict.fromkeys(_terms(key, value)))
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def key_of(path: Path) -> str:
    """Sixteen digits for a path of keys. Lists add nothing to it, as in SQL/JSON's lax mode."""
    return "f" + blake2b("\0".join(path).encode(), digest_size=8).hexdigest()


def exists(key: str) -> str:
    """The term of nodes that have something at a path."""
    return f"{key}e"


def has_values(key: str) -> str:
    """The term of nodes that have a value at a path, or a list there with something in it."""
    return f"{key}v"


def has_type(key: str, letter: str) -> str:
    """The term of nodes that have a value of a type at a path: s, n, b, z for null, o for an object."""
    return f"{key}t{letter}"


def scalar(key: str, value: str | float | bool | None) -> str:
    """The term of nodes that have a value at a path."""
    letter = type_of(value)
    if isinstance(value, str):
        data = value.encode()
        return f"{key}s{data[:LONGEST].hex().translate(_DIGITS)}{EXACT if len(data) <= LONGEST else LAST}"
    if letter == "n":
        return f"{key}n{number(cast('float', value))}"
    return f"{key}{letter}{int(value)}" if isinstance(value, bool) else f"{key}z"


def number(value: float) -> str:
    """A number as sixteen digits that sort as numbers do (its IEEE 754 bits, the sign turned round)."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", value + 0.0))
    return f"{bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63):016x}"


def type_of(value: object) -> str:
    """The letter of a value's type."""
    match value:
        case bool():
            return "b"
        case str():
            return "s"
        case int() | float():
            return "n"
        case None:
            return "z"
        case _:
            return "o"


def _terms(key: str, value: Any) -> Iterator[str]:
    letter = type_of(value)
    yield has_type(key, letter)
    if letter == "n" and not _fits(value):
        return
    if letter != "o":
        yield scalar(key, value)


def _fits(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _scalars(properties: Any, declared: Container[str] | None) -> Iterator[tuple[Path, Any]]:
    stack: list[tuple[Path, Any]] = [((), properties)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            if path:
                yield path, value
            for key, inner in reversed(list(cast("Mapping[str, Any]", value).items())):
                if path or declared is None or key in declared:
                    stack.append(((*path, key), inner))
        elif _is_list(value):
            if path:
                yield path, value
            stack.extend((path, inner) for inner in reversed(cast("Sequence[Any]", value)))
        elif path:
            yield path, value
