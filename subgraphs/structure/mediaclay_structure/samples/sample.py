"""A sample: a real data set that `clay import --sample` brings in, and the ids of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import uuid_utils

from mediaclay_structure.formats.line import NodeLine

NAMESPACE = UUID("6f3a7f0e-5d0b-5c47-9a64-2f1d8f3f0c11")
"""Ours. Never to change: a sample that is imported again knows its nodes by it."""

_NAMESPACE = uuid_utils.UUID(str(NAMESPACE))

Progress = Callable[[str, int], None]
"""Told what is being done, and how much of it: bytes while fetching, nodes while reading."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a data set comes from, and how it becomes nodes.

    `fetch` makes sure that the data lies in the folder of samples (raises Unavailable) and gives its own folder;
    `read` tells its nodes in pre-order, siblings in order, with the same ids and slugs at each run.
    """

    slug: str
    title: str
    licence: str
    source: str
    nodes: int
    fetch: Callable[[Path, Progress], Path]
    read: Callable[[Path, Progress], Iterator[NodeLine]]

    def lines(self, home: Path, progress: Progress) -> Iterator[NodeLine]:
        """The nodes, fetched first where they are not there yet. `home` is CLAY_HOME."""
        return self.read(self.fetch(home / "samples", progress), progress)


def node_id(sample: str, key: str | int) -> UUID:
    """The id of a sample's node, of the key in its source: a UUID of version 5."""
    # A quarter of the time that uuid.uuid5 takes, which is a third of all that a sample of millions takes.
    return UUID(int=uuid_utils.uuid5(_NAMESPACE, f"{sample}:{key}").int)
