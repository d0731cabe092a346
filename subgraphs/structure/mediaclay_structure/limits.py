"""The limits of an instance, each named in the message of its refusal."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import orjson
from mediaclay_kernel.errors import BadUserInput, LimitExceeded

PAGE = 1_000
IDS = 1_000
OPERATIONS = 1_000
PROPERTIES_BYTES = 256 * 1024
NAME_CHARACTERS = 1_024
SLUG_CHARACTERS = 255
KIND_CHARACTERS = 255
DEPTH = 512
KEY_BYTES = 2_600
"""Of a full key: what an entry of a B-tree has room for. The migrations check it, too."""
WHERE_CHARACTERS = 2_000


def page_size(first: int | None, last: int | None = None, usual: int = 50) -> int:
    """How many records a page holds. Raises `BadUserInput`, `LimitExceeded`."""
    if first is not None and last is not None:
        raise BadUserInput("Ask for the first or for the last, not for both.")
    size = first if first is not None else last if last is not None else usual
    if size < 0:
        raise BadUserInput("A page can't hold fewer than 0.")
    if size > PAGE:
        raise LimitExceeded(f"A page holds at most {PAGE:,}; {size:,} were asked for.", limit=PAGE)
    return size


def check_name(name: str, what: str = "name") -> str:
    """A name without the space around it. Raises `BadUserInput`, `LimitExceeded`."""
    name = name.strip()
    if not name or "\0" in name:
        raise BadUserInput(f"The {what} is empty, or holds a NUL character.")
    if len(name) > NAME_CHARACTERS:
        raise LimitExceeded(f"A {what} has at most {NAME_CHARACTERS:,} characters.", limit=NAME_CHARACTERS)
    return name


def check_kind(kind: str) -> str:
    """A kind's name. Raises `BadUserInput`, `LimitExceeded`."""
    if len(check_name(kind, "kind")) > KIND_CHARACTERS:
        raise LimitExceeded(f"A kind has at most {KIND_CHARACTERS} characters.", limit=KIND_CHARACTERS)
    return kind.strip()


def check_slug(slug: str) -> str:
    """A slug that a client chose, in NFC: one segment of a path. Raises `BadUserInput`, `LimitExceeded`."""
    slug = normalize("NFC", slug)
    if not slug or slug != slug.strip() or any(c in "/\0" or not c.isprintable() for c in slug) or slug in {".", ".."}:
        raise BadUserInput("A slug is not empty and holds no '/', no control character and no space around it.")
    if len(slug) > SLUG_CHARACTERS:
        raise LimitExceeded(f"A slug has at most {SLUG_CHARACTERS} characters.", limit=SLUG_CHARACTERS)
    return slug


def check_properties(properties: Any) -> dict[str, Any]:
    """A JSON object of bounded size. Raises `BadUserInput`, `LimitExceeded`."""
    if not isinstance(properties, dict):
        raise BadUserInput("The properties must be a JSON object.")
    try:
        size = len(orjson.dumps(properties))
    except TypeError as error:
        raise BadUserInput(f"The properties are not JSON: {error}") from None
    if size > PROPERTIES_BYTES:
        raise LimitExceeded(f"Properties take at most {PROPERTIES_BYTES // 1024} KB; these take {size // 1024} KB.",
                            limit=PROPERTIES_BYTES)  # fmt: skip
    if b"\\u0000" in orjson.dumps(properties):
        raise BadUserInput("The properties hold a NUL character, which PostgreSQL can't keep.")
    return properties  # pyright: ignore[reportUnknownVariableType]


def check_depth(depth: int) -> None:
    """Raises `LimitExceeded` where a node would lie deeper than 512 levels below the root."""
    if depth > DEPTH:
        raise LimitExceeded(f"A tree has at most {DEPTH} levels below its root.", limit=DEPTH)


def check_key(size: int) -> None:
    """Raises `LimitExceeded` where a full key would have more bytes than an index can keep."""
    if size > KEY_BYTES:
        raise LimitExceeded("The path of keys down to here is too long for another level.", limit=KEY_BYTES)
