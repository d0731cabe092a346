"""The sample that is shipped: readable branches of WordNet 3.1. samples/make.py of the repository makes its file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from mediaclay_kernel.errors import Internal

from mediaclay_structure.formats import ndjson
from mediaclay_structure.formats.line import BadLine, NodeLine
from mediaclay_structure.formats.slug import slugify
from mediaclay_structure.samples.sample import Progress, Sample

FILE = "almanac.ndjson"
LICENCE = "almanac.LICENSE"


def read(folder: Path, progress: Progress) -> Iterator[NodeLine]:
    """Its nodes. Raises Internal where the file that we ship is broken."""
    progress("Reading the almanac", 0)
    with (folder / FILE).open("rb") as file:
        for line in ndjson.read(file):
            if not isinstance(line, NodeLine):
                why = line.message if isinstance(line, BadLine) else "It holds no links."
                raise Internal(f"Line {line.number} of {FILE} is broken: {why}")
            # The file leaves out what the name tells, to hold more nodes.
            line.slug = line.slug or slugify(line.name)
            yield line


def fetch_almanac(samples: Path, progress: Progress) -> Path:
    """The folder that it is shipped in."""
    return Path(str(files(__name__.rpartition(".")[0]).joinpath("data")))


ALMANAC = Sample(
    slug="almanac",
    title="Almanac",
    licence="WordNet 3.1 licence, copyright 2011 by Princeton University",
    source="branches of WordNet 3.1, shipped with MediaClay",
    nodes=3_717,
    fetch=fetch_almanac,
    read=read,
)
