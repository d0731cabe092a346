"""The forms of files, and that all of them read what they write."""

import io
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from mediaclay_kernel.errors import BadUserInput
from mediaclay_structure.formats.line import LinkLine, NodeLine
from mediaclay_structure.formats.registry import FORMS, by_ending, named

TOP = UUID(int=9)
ANIMALS, DOG = UUID(int=1), UUID(int=2)
NODES = [
    NodeLine(id=ANIMALS, kind="folder", name="Animals", slug="animals", properties={"a": [1, None]}),
    NodeLine(id=DOG, parent=ANIMALS, kind="node", name="Dog", slug="hound", properties={"sound": "woof"}),
    NodeLine(id=UUID(int=3), kind="node", name="Food", slug="food"),
]
LINKS = [
    LinkLine(kind="eats", source=DOG, target=UUID(int=3), properties={"often": True}),
    LinkLine(kind="near", target=DOG),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_each_form_reads_what_it_writes(form):
    writer = form.writer(TOP)
    parts = [writer.head(), *map(writer.line, NODES), *map(writer.link, LINKS), writer.tail()]
    found: list[Any] = list(form.read(io.BytesIO(b"".join(parts))))
    nodes = [line for line in found if isinstance(line, NodeLine)]
    assert [(n.kind, n.name, n.slug, n.properties) for n in nodes] == [
        (n.kind, n.name, n.slug, n.properties) for n in NODES
    ]
    if form.name == "csv":
        assert [node.path for node in nodes] == ["/animals", "/animals/hound", "/food"]
    else:
        assert nodes == NODES
    key = str
    assert sorted(found[len(nodes) :], key=key) == (sorted(LINKS, key=key) if form.has_links else [])


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.ndjson", "ndjson"), ("b/a.JSONL", "ndjson"), ("a.csv", "csv"), ("a.ttl", "turtle"), ("a.jsonld", "jsonld"),
     ("a.b.opml", "opml")],
)  # fmt: skip
def test_the_ending_tells_the_form(path, name):
    assert by_ending(path) is named(name)


def test_an_ending_or_a_name_that_is_not_known_is_refused():
    with pytest.raises(BadUserInput, match=r"The ending of 'a\.txt' tells no form \(it may be \.ndjson, "):
        by_ending("a.txt")
    with pytest.raises(BadUserInput, match="There is no form 'xml'; there are ndjson, csv, turtle, jsonld, opml"):
        named("xml")


def test_a_node_that_comes_before_its_parent_is_refused_where_paths_are_made():
    for name in ("csv", "opml"):
        with pytest.raises(BadUserInput, match="parents before their children"):
            named(name).writer(TOP).line(NODES[1])


def test_rdf_is_not_loaded_before_it_is_used():
    code = "import sys, mediaclay_structure.formats.registry; sys.exit('rdflib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
