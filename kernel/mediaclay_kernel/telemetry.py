"""Logs, and the trace id by which a line of them is found again."""

from __future__ import annotations

import logging
import random
import re
import sys
import time
from contextvars import ContextVar
from functools import cached_property
from typing import Any

import orjson

_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")


class _Trace:
    """The trace of one request. Most are never asked for their id."""

    def __init__(self, parent: str | None) -> None:
        self._parent = parent

    @cached_property
    def id(self) -> str:
        found = _TRACEPARENT.match(self._parent or "")
        # An id need not be a secret, and the system's source of randomness costs a call of the system.
        return found[1] if found else f"{random.getrandbits(128):032x}"


_trace: ContextVar[_Trace | None] = ContextVar("trace", default=None)


def begin_trace(traceparent: str | None) -> None:
    """The request that is being answered has the trace id of a W3C `traceparent` header, or a new one where there is none."""
    _trace.set(_Trace(traceparent))


def trace_id() -> str:
    """The trace id of the request that is being answered, 32 hexadecimal digits; empty outside of one."""
    trace = _trace.get()
    return "" if trace is None else trace.id


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Formatted by hand, since `extra` may hold anything."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        if trace := trace_id():
            line["trace"] = trace
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up_logs(level: str) -> None:
    """Every log of this process as JSON lines on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "strawberry.execution"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def instrument(app: Any) -> None:
    """Traces requests by OpenTelemetry, on the SDK and exporter that OTEL_* variables configure."""
    from opentelemetry.instrumentation.starlette import StarletteInstrumentor

    StarletteInstrumentor().instrument_app(app)
