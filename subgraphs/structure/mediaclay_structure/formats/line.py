"""A node or a link as one line of a file, and what stands for a line that is neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

MAX_LINE_BYTES = 512 * 1024
"""The most bytes of a line, its end not counted; of a CSV row with all its lines."""

KIND = "node"
"""The kind of a line that names none."""

ROOT = "/"
"""The path of a structure's root, which is made with the structure and is no line of its own."""


class Fields(Protocol):
    """A node or a link by its keys, for writing: a mapping, a row of the database, or a line that was read."""

    def get(self, key: str, /) -> Any:
        """The value of `id`, `parent`, `path`, `kind`, `name`, `slug` or `properties`, None where it has none.

        Of a link: of `kind`, `source`, `target` or `properties`.
        """
        ...


# Not frozen: freezing triples the cost of making one, and millions are made in a row. Nobody changes them.
@dataclass(slots=True, kw_only=True)
class NodeLine:
    """A node as a file tells it: `parent` (and perhaps `slug`) or `path` says where, both None is below the root.

    `parent` is the parent's UUID or its path; `path` is the node's own and `slug` then its last part.
    `properties` is a JSON object, parsed or as bytes. `number` is the line's place in its file, from 1.
    """

    kind: str
    name: str
    id: UUID | None = None
    parent: UUID | str | None = None
    path: str | None = None
    slug: str | None = None
    properties: dict[str, Any] | bytes = field(default_factory=dict[str, Any])
    number: int = field(default=0, compare=False)

    @property
    def above(self) -> UUID | str | None:
        """The parent however the line tells it: its UUID, its path, or None for the root."""
        return self.parent if self.path is None else parent_path(self.path)

    def get(self, key: str, /) -> Any:
        """The value of a field, so that what was read can be written."""
        return getattr(self, key)


@dataclass(slots=True, kw_only=True)
class LinkLine:
    """A link as a file tells it, behind all nodes: from `source` to `target`, each a node's UUID or path.

    An end that is None is the top of the branch that the file holds. The rest is as in a NodeLine.
    """

    kind: str
    source: UUID | str | None = None
    target: UUID | str | None = None
    properties: dict[str, Any] | bytes = field(default_factory=dict[str, Any])
    number: int = field(default=0, compare=False)

    def get(self, key: str, /) -> Any:
        """The value of a field, so that what was read can be written."""
        return getattr(self, key)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is neither node nor link: where (from 1), why, and the code of the error; the reading goes on behind it."""

    number: int
    message: str
    code: str


def parent_path(path: str) -> str | None:
    """`/animals` of `/animals/dogs`; None where the parent is the root."""
    return path.rpartition("/")[0] or None
