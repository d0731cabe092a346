"""Kill -9 of each process in turn: what the others answer meanwhile, that it comes back, and that nothing is lost."""

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

from tests.supergraph.support.instance import Instance, until
from tests.supergraph.support.writer import CREATE, Writer, a_word

pytestmark = pytest.mark.xdist_group("supergraph")

STRUCTURE = '{ structure(slug: "almanac") { name root { name } } }'
SEARCH = '{ search(query: "music", first: 1) { totalCount nodes { node { id } } } }'
ME = "{ me { principal { name } scopes } }"


class Steady:
    """Writes one node after the other in a thread of its own, and remembers each that was acknowledged."""

    def __init__(self, writer: Writer, word: str) -> None:
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self._writer = writer
        self._word = word
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            given = {"parent": self._writer.root, "kind": "thing", "name": f"{self._word} {number}"}
            try:
                answer = self._writer.instance.ask(CREATE, self._writer.token, input=given)
            except httpx.TransportError as error:
                self.failed.append(type(error).__name__)
            else:
                if errors := answer.get("errors"):
                    self.failed.append(errors[0]["extensions"]["code"])
                else:
                    self.acknowledged.append(answer["data"]["createNode"]["node"]["id"])
            self._stop.wait(0.05)

    @contextmanager
    def writing(self) -> Generator["Steady"]:
        self._thread.start()
        try:
            until(lambda: len(self.acknowledged) > 3)
            yield self
            before = len(self.acknowledged)
            until(lambda: len(self.acknowledged) > before + 3)
        finally:
            self._stop.set()
            self._thread.join()


@pytest.fixture
def steady(writer: Writer) -> Steady:
    return Steady(writer, a_word())


def nothing_lost(writer: Writer, steady: Steady) -> None:
    """Each acknowledged node is there, the revisions have no gap, and the index catches up with all of it."""
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert writer.data(query, ids=steady.acknowledged)["nodes"] == [{"id": each} for each in steady.acknowledged]
    query = (
        "query($s: String!) { structure(slug: $s) { nodeCount revision changes(first: 1000) { nodes { revision } } } }"
    )
    found = writer.data(query, s=writer.slug)["structure"]
    assert [change["revision"] for change in found["changes"]["nodes"]] == list(range(1, found["revision"] + 1))
    assert found["nodeCount"] - 1 >= len(steady.acknowledged)
    counts = 'query($w: ID) { search(query: "", within: $w, first: 0) { totalCount lag } }'
    whole = {"totalCount": found["nodeCount"], "lag": 0}
    until(lambda: writer.data(counts, w=writer.root)["search"] == whole, 30)


def unavailable(error: dict[str, object], service: str) -> bool:
    return error["extensions"] == {"code": "UNAVAILABLE", "service": service}


def test_without_structure_nobody_says_what_may_be_found_and_identity_answers(writer: Writer, steady: Steady):
    instance = writer.instance
    with steady.writing(), instance.killed("structure"):
        answer = instance.ask(
            '{ structure(slug: "almanac") { name } me { scopes } search(query: "music") { totalCount } }', writer.token
        )
        assert answer["data"]["structure"] is None
        assert "clay.write" in answer["data"]["me"]["scopes"]
        assert answer["data"]["search"] is None
        errors = {error["path"][0]: error for error in answer["errors"]}
        assert errors.keys() == {"structure", "search"}
        assert unavailable(errors["structure"], "structure")
        assert errors["search"]["extensions"]["code"] == "UNAVAILABLE"
    assert set(steady.failed) <= {"UNAVAILABLE"}
    assert instance.data(STRUCTURE)["structure"]["name"] == "Almanac"
    nothing_lost(writer, steady)


def test_without_search_the_trees_answer_and_what_was_written_is_found_afterwards(writer: Writer, steady: Steady):
    instance = writer.instance
    with steady.writing(), instance.killed("search"):
        answer = instance.ask('{ structure(slug: "almanac") { name } search(query: "music") { totalCount } }')
        assert answer["data"] == {"structure": {"name": "Almanac"}, "search": None}
        [error] = answer["errors"]
        assert unavailable(error, "search")
        assert error["path"] == ["search"]
    assert steady.failed == []
    nothing_lost(writer, steady)


def test_without_identity_known_tokens_are_good_and_its_fields_are_null(writer: Writer, steady: Steady):
    instance = writer.instance
    with steady.writing(), instance.killed("identity"):
        answer = instance.ask(
            '{ structure(slug: "almanac") { name root { createdBy { id } } } me { scopes } }', writer.token
        )
        assert answer["data"]["structure"]["root"]["createdBy"]["id"]
        assert answer["data"]["me"] is None
        [error] = answer["errors"]
        assert unavailable(error, "identity")
        assert error["path"] == ["me"]
        assert instance.data(SEARCH)["search"]["totalCount"] > 0
    assert steady.failed == []
    assert instance.data(ME, writer.token)["me"]["principal"] == {"name": "Administrator"}
    nothing_lost(writer, steady)


def test_where_a_field_is_never_null_its_parent_is_null_instead(instance: Instance):
    with instance.killed("identity"):
        answer = instance.ask('{ structure(slug: "almanac") { name root { createdBy { name } } } }')
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]
    assert answer["data"] == {"structure": {"name": "Almanac", "root": None}}


def test_without_the_router_the_subgraphs_answer_for_themselves(writer: Writer, steady: Steady):
    instance = writer.instance
    with steady.writing(), instance.killed("router"):
        with pytest.raises(httpx.ConnectError):
            instance.ask(STRUCTURE)
        own = f"http://127.0.0.1:{instance.ports['structure']}/graphql"
        answer = instance.http.post(own, json={"query": STRUCTURE}).json()
        assert answer["data"]["structure"]["name"] == "Almanac"
    assert set(steady.failed) <= {"ConnectError", "ReadError", "RemoteProtocolError"}
    nothing_lost(writer, steady)


def test_without_valkey_writing_goes_on_and_is_found_and_so_it_is_afterwards(writer: Writer, steady: Steady):
    word = a_word()
    with steady.writing(), writer.instance.paused("valkey"):
        node = writer.create(word)
        writer.finds(word, [node])  # the index asks now and then, whatever the bus says
    assert steady.failed == []
    nothing_lost(writer, steady)
    back = a_word()
    writer.finds(back, [writer.create(back)])


def test_without_postgres_all_say_so_and_nothing_acknowledged_is_lost(writer: Writer, steady: Steady):
    instance = writer.instance
    with steady.writing(), instance.paused("postgres"):
        # Not what was asked before: for some seconds that is answered from the cache.
        answer = instance.ask('{ structure(slug: "almanac") { name nodeCount } search(query: "music") { totalCount } }')
        assert answer["data"] == {"structure": None, "search": None}
        errors = {error["path"][0]: error for error in answer["errors"]}
        assert {error["extensions"]["code"] for error in errors.values()} == {"UNAVAILABLE"}
        assert re.search("database", errors["structure"]["message"])
        ready = instance.http.get(f"http://127.0.0.1:{instance.ports['structure']}/ready")
        assert (ready.status_code, ready.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        alive = instance.http.get(f"http://127.0.0.1:{instance.ports['structure']}/health")
        assert alive.status_code == 200
    assert set(steady.failed) == {"UNAVAILABLE"}
    assert set(instance.processes()) == set(instance.ports)
    nothing_lost(writer, steady)
