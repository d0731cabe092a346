"""`clay import` and `clay export` beside a running instance."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.supergraph.support.instance import Instance, until
from tests.supergraph.support.writer import Writer

pytestmark = pytest.mark.xdist_group("supergraph")

COUNT = "query($slug: String!) { structure(slug: $slug) { nodeCount revision } }"


def report(done: "subprocess.CompletedProcess[bytes]") -> dict[str, Any]:
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    said = json.loads(done.stdout)
    return {name: said[name] for name in ("created", "present", "bad")} | {"exit": done.returncode}


def count(instance: Instance, slug: str) -> int:
    found = instance.data(COUNT, instance.administrator(), slug=slug)["structure"]
    return found["nodeCount"] if found else 0


def small_tree(number: int) -> list[dict[str, Any]]:
    """A top with `number` children, each with a child of its own, in document order; keys as an export writes them."""
    space = uuid.uuid4()
    nodes: list[dict[str, Any]] = []

    def add(parent: str | None, slug: str, name: str, properties: dict[str, Any]) -> str:
        own = str(uuid.uuid5(space, str(len(nodes))))
        above = {} if parent is None else {"parent": parent}
        nodes.append({"id": own, **above, "kind": "thing", "name": name, "slug": slug, "properties": properties})
        return own

    top = add(None, "top", "Top Ω", {"n": 1.5, "list": [1, None, {"a": "b\n"}]})
    for i in range(number):
        child = add(top, f"child-{i}", f'Child "{i}", one of them', {})
        add(child, "same-slug", "Grandchild", {"i": i})
    return nodes


def read(lines: bytes) -> list[dict[str, Any]]:
    """What NDJSON says; the space between its tokens says nothing."""
    return [json.loads(line) for line in lines.splitlines()]


def ndjson(nodes: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for each in nodes)


def with_paths(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same tree without an id."""
    paths: dict[str | None, str] = {None: ""}
    made: list[dict[str, Any]] = []
    for node in nodes:
        paths[node["id"]] = path = f"{paths[node.get('parent')]}/{node['slug']}"
        made.append({"path": path, "kind": node["kind"], "name": node["name"], "properties": node["properties"]})
    return made


def test_ndjson_comes_back_whole_and_is_found_meanwhile(instance: Instance, tmp_path: Path):
    nodes = small_tree(20)
    file, slug = tmp_path / "tree.ndjson", f"n{uuid.uuid4().hex[:10]}"
    file.write_bytes(ndjson(nodes))
    done = instance.clay("import", str(file), "--structure", slug, "--json")
    assert report(done) == {"created": 41, "present": 0, "bad": 0, "exit": 0}
    out = tmp_path / "out.ndjson"
    done = instance.clay("export", slug, "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert read(out.read_bytes()) == nodes
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []

    revision = instance.data(COUNT, instance.administrator(), slug=slug)["structure"]["revision"]
    again = instance.clay("import", str(out), "--structure", slug, "--json")
    assert report(again) == {"created": 0, "present": 41, "bad": 0, "exit": 0}
    assert instance.data(COUNT, instance.administrator(), slug=slug) == {
        "structure": {"nodeCount": 42, "revision": revision}
    }

    top = nodes[0]["id"]
    query = 'query($top: ID) { search(query: "grandchild", within: $top, mode: KEYWORD, first: 0) { totalCount } }'
    until(lambda: instance.data(query, instance.administrator(), top=top)["search"]["totalCount"] == 20, 30)


def test_the_same_ids_are_refused_in_another_structure_but_taken_by_their_paths(instance: Instance, tmp_path: Path):
    nodes = small_tree(3)
    one, other = f"o{uuid.uuid4().hex[:10]}", f"p{uuid.uuid4().hex[:10]}"
    assert report(instance.clay("import", "-", "--structure", one, "--json", given=ndjson(nodes)))["created"] == 7
    exported = instance.clay("export", one)
    assert read(exported.stdout) == nodes
    refused = instance.clay("import", "-", "--structure", other, "--json", given=exported.stdout)
    assert report(refused) == {"created": 0, "present": 0, "bad": 7, "exit": 1}
    assert b"is in use elsewhere. (CONFLICT)" in refused.stderr
    assert count(instance, other) == 1

    moved = [json.loads(line) for line in exported.stdout.splitlines()]
    taken = instance.clay("import", "-", "--structure", other, "--json", given=ndjson(with_paths(moved)))
    assert report(taken) == {"created": 7, "present": 0, "bad": 0, "exit": 0}
    csv = [instance.clay("export", slug, "--format", "csv").stdout for slug in (one, other)]
    assert csv[0] == csv[1]
    assert csv[0].startswith(b"path,kind,name,properties\r\n/top,thing,")


def test_csv_of_paths_goes_below_any_node_and_comes_back_byte_for_byte(writer: Writer, tmp_path: Path):
    writer.create("Shelf")
    file = tmp_path / "tree.csv"
    file.write_bytes(
        b'path,kind,name,properties\r\n/a,thing,"A, first","{""n"":1}"\r\n/a/b,thing,B,\r\n/c,thing,\xc3\x87,\r\n'
    )
    done = writer.instance.clay("import", str(file), "--structure", writer.slug, "--under", "/shelf", "--json")
    assert report(done) == {"created": 3, "present": 0, "bad": 0, "exit": 0}
    query = 'query($s: String!) { nodeByPath(structure: $s, path: "/shelf/a/b") { name parent { name properties } } }'
    assert writer.data(query, s=writer.slug)["nodeByPath"] == {
        "name": "B",
        "parent": {"name": "A, first", "properties": {"n": 1}},
    }
    out = tmp_path / "out.csv"
    assert writer.instance.clay("export", writer.slug, "--under", "/shelf", "--out", str(out)).returncode == 0
    assert out.read_bytes() == file.read_bytes()


def test_an_import_that_was_killed_goes_on_when_it_is_run_again(instance: Instance):
    nodes = small_tree(6_000)
    slug = f"k{uuid.uuid4().hex[:10]}"
    lines = ndjson(nodes).splitlines(keepends=True)
    assert len(lines) == 12_001
    with instance.begun("import", "-", "--structure", slug) as process:
        assert process.stdin is not None
        # More than two batches but not three, and no end: it waits for more, and is killed doing so.
        process.stdin.write(b"".join(lines[:11_000]))
        process.stdin.flush()
        until(lambda: count(instance, slug) > 10_000)
        process.kill()
        process.communicate()
    there = count(instance, slug) - 1
    assert 10_000 <= there < len(lines)
    again = instance.clay("import", "-", "--structure", slug, "--json", given=b"".join(lines))
    assert report(again) == {"created": len(lines) - there, "present": there, "bad": 0, "exit": 0}
    assert read(instance.clay("export", slug).stdout) == nodes
    changes = instance.data(
        "query($s: String!) { structure(slug: $s) { changes { nodes { revision } } } }",
        instance.administrator(),
        s=slug,
    )
    numbers = [change["revision"] for change in changes["structure"]["changes"]["nodes"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_can_not_be_imported_is_named_by_its_line_and_the_rest_is_taken(writer: Writer):
    given = b'{"name":"Good"}\n{"nmae":"Bad"}\nnot json\n{"parent":"/nowhere","name":"Orphan"}\n{"name":"Good too"}\n'
    done = writer.instance.clay("import", "-", "--structure", writer.slug, "--json", given=given)
    assert report(done) == {"created": 2, "present": 0, "bad": 3, "exit": 1}
    said = done.stderr.decode()
    for sentence in (
        "line 2: A node has no key 'nmae'; the nearest is 'name'.",
        "line 3: This is not JSON",
        "line 4: Its parent /nowhere is not there",
    ):
        assert sentence in said
    assert count(writer.instance, writer.slug) == 3


def test_a_branch_goes_through_every_form_of_files(instance: Instance, tmp_path: Path):
    nodes = small_tree(3)
    one, file = f"f{uuid.uuid4().hex[:10]}", tmp_path / "tree.ndjson"
    link = {"link": "sees", "source": nodes[1]["id"], "target": nodes[2]["id"], "properties": {"n": 1}}
    file.write_bytes(ndjson([*nodes, link]))
    done = instance.clay("import", str(file), "--structure", one, "--json")
    assert json.loads(done.stdout)["linked"] == 1
    for ending in ("ttl", "jsonld", "opml", "csv"):
        out = tmp_path / f"tree.{ending}"
        done = instance.clay("export", one, "--out", str(out))
        assert done.returncode == 0, done.stderr.decode()
        again = instance.clay("import", str(out), "--structure", f"{one}-{ending}", "--json")
        said = json.loads(again.stdout)
        # An id is in use in its first structure, and what keeps ids says so.
        assert said["created"] + said["bad"] >= 7, (ending, said, again.stderr)


def test_without_a_running_instance_a_sentence_says_so(tmp_path: Path):
    environment = {"PATH": "/usr/bin:/bin", "CLAY_HOME": str(tmp_path), "CLAY_STRUCTURE_PORT": "1"}
    for command in (["export", "zoo"], ["import", "-", "--structure", "zoo"]):
        done = subprocess.run(
            [sys.executable, "-m", "mediaclay", *command], env=environment, capture_output=True, check=False, input=b""
        )
        assert done.returncode == 1
        assert done.stderr.startswith(b"clay: ")
        assert done.stderr.count(b"\n") == 1, done.stderr.decode()
