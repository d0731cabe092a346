"""JSON, with what rows hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson


def to_json(value: Any, *, line: bool = False) -> bytes:
    r"""JSON in UTF-8, with a final `\n` for a line. Raises `TypeError` for what is not JSON."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_APPEND_NEWLINE if line else None)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):  # asyncpg has a subclass of its own, which orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
