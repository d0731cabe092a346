"""Stopping, and a second start on the same folder."""

import psutil
import pytest

from mediaclay.banner import EXAMPLE
from tests.supergraph.support.writer import Writer, a_word

pytestmark = pytest.mark.xdist_group("supergraph")


def test_a_second_start_has_everything_and_loads_no_sample_again(writer: Writer):
    instance, word = writer.instance, a_word()
    node = writer.create(word)
    writer.finds(word, [node])
    answer = instance.data(EXAMPLE)
    processes = list(instance.processes().values())
    assert len(processes) == 6
    assert instance.down() == 0
    assert instance.said().rstrip().endswith("everything has stopped, the data is kept")
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)

    instance.up()
    assert "nodes created" not in instance.said()
    assert instance.data(EXAMPLE) == answer
    assert writer.found(word) == {node}
    assert writer.revision() == 2
    newer = a_word()
    writer.finds(newer, [writer.create(newer)])
