"""What an answer will be read for: which attributes of which records, so that a path need not fetch the others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


class Needs:
    """Attributes by the class of the records that have them."""

    __slots__ = ("_read",)

    def __init__(self, read: Mapping[type, frozenset[str]] | None) -> None:
        """`read` is None where anything may be read."""
        self._read = read

    def of(self, record: type) -> frozenset[str] | None:
        """The attributes that will be read of such records; None where that may be any of them.

        Whoever fetches adds what it reads itself: for grouping, for cursors, for tags.
        """
        return None if self._read is None else self._read.get(record, frozenset())

    def __repr__(self) -> str:
        return "Needs(everything)" if self._read is None else f"Needs({dict(self._read)})"


EVERYTHING = Needs(None)


def asks_for_needs(fetch: Callable[..., Any]) -> str | None:
    """The name of the keyword-only parameter that is annotated `Needs`; it is no argument of the field."""
    for parameter in inspect.signature(fetch).parameters.values():
        # Not get_type_hints: an annotation may name types that are imported for the type checker alone.
        annotation = parameter.annotation
        named = annotation.rpartition(".")[2] == Needs.__name__ if isinstance(annotation, str) else annotation is Needs
        if named and parameter.kind is parameter.KEYWORD_ONLY:
            return parameter.name
    return None
