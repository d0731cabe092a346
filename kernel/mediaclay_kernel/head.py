"""The head of a request that a parser has read, recognised when it comes again.

Clients that keep their connection, routers above all, send the same head with each request, but for the length of the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)(?=\r\n)", re.IGNORECASE)
_DIGITS = 5
"""Of a length, at the most."""


class Head:
    """A head, around the digits of its content-length."""

    __slots__ = ("_after", "_before", "headers")

    def __init__(self, before: bytes, after: bytes, headers: Mapping[bytes, bytes]) -> None:
        self._before = before
        self._after = after
        self.headers = headers
        """As they were parsed; the length is that of the request that was."""

    @classmethod
    def of(cls, raw: bytes, headers: Mapping[bytes, bytes]) -> Head | None:
        """None where the bytes are not one head that says its body's length once."""
        lengths = list(_LENGTH.finditer(raw))
        if raw.find(END) != len(raw) - len(END) or len(lengths) != 1:
            return None
        begin, end = lengths[0].span(1)
        return cls(raw[:begin], raw[end:], headers)

    def body(self, data: bytes) -> bytes | None:
        """The body, if the data are one request with this head and nothing else."""
        begin = len(self._before)
        if not data.startswith(self._before):
            return None
        end = data.find(b"\r", begin, begin + _DIGITS + 1)
        digits = data[begin:end]
        start = end + len(self._after)
        if end < 0 or not digits.isdigit() or not data.startswith(self._after, end) or len(data) != start + int(digits):
            return None
        return data[start:]
