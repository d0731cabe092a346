"""An error that nobody foresaw: a column that is suddenly gone, in the identity subgraph's own table."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
import pytest

from tests.supergraph.support.instance import Instance

pytestmark = pytest.mark.xdist_group("supergraph")

QUERY = '{ structure(slug: "almanac") { name } principals { nodes { name } } }'
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def execute(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@contextmanager
def broken(instance: Instance) -> Generator[None]:
    execute(instance.database, "ALTER TABLE identity.principal RENAME COLUMN name TO secretly_renamed")
    try:
        yield
    finally:
        execute(instance.database, "ALTER TABLE identity.principal RENAME COLUMN secretly_renamed TO name")


def test_an_unforeseen_error_tells_nothing_but_a_trace_id_under_which_the_log_tells_all(instance: Instance):
    assert instance.data(QUERY)["principals"]["nodes"]
    with broken(instance):
        answer = instance.post(QUERY, {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert error == {
        "message": "Internal error", "path": ["principals"], "extensions": {"code": "INTERNAL", "traceId": TRACE},
    }  # fmt: skip
    assert answer.json()["data"] == {"structure": {"name": "Almanac"}, "principals": None}
    for inner in ("principal.name", "column", "asyncpg", "secretly", "Traceback"):
        assert inner not in answer.text
    told = [line for line in instance.log("identity").splitlines() if TRACE in line]
    assert any("UndefinedColumnError" in line for line in told)
    assert TRACE in instance.log("router")
    assert instance.data(QUERY)["principals"]["nodes"]


def test_the_other_subgraphs_answer_as_ever_meanwhile(instance: Instance):
    with broken(instance):
        assert (
            instance.data('{ structure(slug: "almanac") { name root { createdBy { id } } } }')["structure"]["name"]
            == "Almanac"
        )
        assert instance.data('{ search(query: "music") { totalCount } }')["search"]["totalCount"] > 0
