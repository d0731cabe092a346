"""Slugs made of names: letters and digits of any script, in lower case, joined by `-`.

A slug that somebody chose need not be of this form: `limits.check_slug` says what it may be.
"""

from __future__ import annotations

import re
from collections.abc import Container
from unicodedata import category, normalize

MAX_SLUG = 100
"""The most characters (code points) of a slug that is made of a name."""

NAMELESS = "node"
"""The slug of a name that holds no letter and no digit."""

_OTHERS = re.compile("[^0-9a-z]+")


def slugify(name: str) -> str:
    """The slug of a name: never empty, at most 100 characters, in NFC; the slug of a slug is itself."""
    spaced = _OTHERS.sub("-", name.lower()) if name.isascii() else _spaced(name)
    return _cut(spaced.strip("-")) or NAMELESS


def numbered(slug: str, number: int) -> str:
    """The slug of the sibling of that number, from 2: `dog-2`, within 100 characters."""
    end = f"-{number}"
    return slug[: MAX_SLUG - len(end)].rstrip("-") + end


def unique(slug: str, taken: Container[str]) -> str:
    """The slug itself, or the first numbered one that is free.

    Asks `taken` some 2 log2(n) times for the n-th sibling of one name, so that a folder of n takes n log n. Where
    numbers are missing in between, one behind a gap may be chosen; it is free all the same.
    """
    if slug not in taken:
        return slug
    last, free = 1, 2
    while numbered(slug, free) in taken:
        last, free = free, free * 2
    while free - last > 1:
        middle = (last + free) // 2
        if numbered(slug, middle) in taken:
            last = middle
        else:
            free = middle
    return numbered(slug, free)


def _spaced(name: str) -> str:
    """Each run that is neither letter nor digit as one `-`; marks stay with the letter that they belong to."""
    letters: list[str] = []
    for letter in normalize("NFC", normalize("NFC", name).lower()):
        group = category(letter)[0]
        if group in "LN" or (group == "M" and letters and letters[-1] != "-"):
            letters.append(letter)
        elif letters and letters[-1] != "-":
            letters.append("-")
    return "".join(letters)


def _cut(slug: str) -> str:
    """At most 100 characters, cut between words unless that costs more than half."""
    if len(slug) <= MAX_SLUG:
        return slug
    boundary = slug.rfind("-", 0, MAX_SLUG + 1)
    return slug[: boundary if boundary >= MAX_SLUG // 2 else MAX_SLUG].rstrip("-")
