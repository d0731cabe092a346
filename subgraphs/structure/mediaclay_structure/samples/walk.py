"""A tree in pre-order, with a stack of its own: chains may be deeper than Python recurses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from mediaclay_structure.formats.slug import slugify, unique

Key = TypeVar("Key")


# Not a named tuple: one is made for each node, and naming costs more than all else of it.
Place = tuple[str, UUID, UUID | None, str]
"""Name, id, the parent's id (None below the root) and slug of a node."""


def walk(
    roots: Sequence[Key],
    children: Callable[[Key], Sequence[Key]],
    name: Callable[[Key], str],
    identify: Callable[[Key], UUID],
) -> Iterator[tuple[Key, Place]]:
    """Each node of the tree, parents first, siblings in the order given, slugs unique among siblings."""
    stack: list[tuple[UUID | None, Iterator[Key], set[str]]] = [(None, iter(roots), set())]
    while stack:
        parent, siblings, taken = stack[-1]
        for key in siblings:
            text = name(key)
            slug = unique(slugify(text), taken)
            taken.add(slug)
            own = identify(key)
            yield key, (text, own, parent, slug)
            if below := children(key):
                stack.append((own, iter(below), set()))
                break
        else:
            stack.pop()
