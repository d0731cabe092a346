"""`clay doctor` beside a running instance."""

import json

import pytest

from tests.supergraph.support.instance import Instance

pytestmark = pytest.mark.xdist_group("supergraph")


def test_a_healthy_instance_is_found_healthy_in_all_its_parts(instance: Instance):
    done = instance.clay("doctor", "--json")
    said = json.loads(done.stdout)
    assert [finding for finding in said["findings"] if finding["problem"]] == []
    assert (done.returncode, said["healthy"]) == (0, True)
    found = {finding["subject"]: finding["found"] for finding in said["findings"]}
    assert found["database"] == found["bus"] == "answers"
    assert found["migrations"] == "up to date"
    assert found["token keys"].startswith("2 at ")
    for name in ("structure", "search", "identity", "router"):
        assert found[name] == f"ready at http://127.0.0.1:{instance.ports[name]}"
    assert len([subject for subject in found if subject.startswith("port ")]) == 6
