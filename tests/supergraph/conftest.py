"""One instance for all these tests, started as its users start it, and a writer in it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psutil
import pytest

from tests.supergraph.support.instance import Instance, until
from tests.supergraph.support.writer import Writer


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running instance with the sample. Its end is a test, too: SIGTERM, exit code 0, and nothing is left."""
    made = Instance(tmp_path_factory.mktemp("supergraph") / "home")
    try:
        made.up()
        yield made
        processes = list(made.processes().values())
        assert len(processes) == 6
        assert made.down() == 0, made.said()
        assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
    finally:
        made.destroy()


@pytest.fixture
def token(instance: Instance) -> str:
    """A token of the administrator that is good for the length of a test."""
    return instance.administrator()


@pytest.fixture
def writer(instance: Instance, token: str) -> Writer:
    """Someone with a token and a structure of their own."""
    return Writer(instance, token, f"s{uuid4().hex[:12]}")


@pytest.fixture
def indexed(instance: Instance) -> None:
    """The whole sample is found."""
    query = '{ search(query: "", first: 0) { totalCount lag } }'

    def whole() -> bool:
        found = instance.data(query)["search"]
        return found["lag"] == 0 and found["totalCount"] > 3_000

    until(whole)
