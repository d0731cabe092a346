"""The supervisor over small real processes: what dies is started again, and nothing outlives it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mediaclay.leftovers import Register

SMALL = Path(__file__).parent / "support" / "small.py"


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home / "output.txt"
        home.mkdir(exist_ok=True)
        with self.output.open("wb") as output:
            # Its own group, as a terminal gives it, so that a signal to the group is what Ctrl-C sends.
            self.process = subprocess.Popen(
                [sys.executable, str(SMALL), str(home)], stdout=output, stderr=output, start_new_session=True
            )
        self.until("all up")

    def text(self) -> str:
        return self.output.read_text()

    def until(self, pattern: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text()):
            assert time.monotonic() < deadline, f"{pattern!r} did not come in:\n{self.text()}"
            time.sleep(0.02)

    def children(self) -> dict[str, psutil.Process]:
        return Register(self.home).living()

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)


def gone(processes: list[psutil.Process], seconds: float = 10) -> bool:
    """Whether all of them end; an orphan that nobody reaps has ended too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    made: list[Running] = []

    def run() -> Running:
        made.append(Running(tmp_path / "home"))
        return made[-1]

    yield run
    for running in made:
        children = list(running.children().values())
        running.process.kill()
        running.process.wait()
        for child in children:
            if child.is_running():
                child.kill()


def test_ctrl_c_stops_all_in_the_reverse_order_and_is_no_failure(start: Callable[[], Running]):
    running = start()
    children = list(running.children().values())
    assert len(children) == 3
    running.ctrl_c()
    assert running.process.wait(20) == 0
    assert gone(children, 0.5)
    said = running.text()
    assert said.index("fickle │ told to stop") < said.index("steady │ told to stop")
    assert "deaf │ does not end within 1 s and is killed" in said
    assert not (running.home / "processes.json").exists()


def test_sigterm_stops_all_too(start: Callable[[], Running]):
    running = start()
    children = list(running.children().values())
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) == 0
    assert gone(children, 0.5)


def test_a_second_ctrl_c_does_not_wait(start: Callable[[], Running]):
    running = start()
    children = list(running.children().values())
    running.ctrl_c()
    running.until("stopping; Ctrl-C again kills")
    began = time.monotonic()
    running.ctrl_c()
    assert running.process.wait(20) == 0
    assert time.monotonic() - began < 0.9  # `deaf` alone would take a second
    assert gone(children, 0.5)


def test_a_child_that_dies_is_started_again_and_its_brothers_are_left_alone(start: Callable[[], Running]):
    running = start()
    before = running.children()
    before["fickle"].kill()
    running.until(r"fickle ended \(signal SIGKILL\); starting it again in 0.5 s")
    running.until("fickle is back, ready in")
    after = running.children()
    assert after["fickle"].pid != before["fickle"].pid
    assert {name: after[name].pid for name in ("steady", "deaf")} == {n: before[n].pid for n in ("steady", "deaf")}


def test_children_end_when_the_supervisor_is_killed(start: Callable[[], Running]):
    running = start()
    children = running.children()
    running.process.kill()
    running.process.wait()
    assert gone([children["steady"], children["fickle"]])


def test_what_a_killed_supervisor_left_behind_is_ended_by_the_next_start(start: Callable[[], Running]):
    running = start()
    children = running.children()
    running.process.kill()
    running.process.wait()
    assert gone([children["steady"], children["fickle"]])
    register = Register(running.home)
    assert list(register.living()) == ["deaf"]  # it hears no signal that asks
    assert register.end_leftovers(patience=1) == ["deaf"]
    assert gone([children["deaf"]], 0.5)
    assert register.living() == {}


def test_a_second_start_on_the_same_folder_is_refused_and_disturbs_nothing(start: Callable[[], Running]):
    running = start()
    before = {name: child.pid for name, child in running.children().items()}
    done = subprocess.run([sys.executable, str(SMALL), str(running.home)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"`clay up` already runs on {running.home} (process {running.process.pid})" in done.stderr
    assert {name: child.pid for name, child in running.children().items()} == before


def test_a_process_id_that_was_given_to_another_is_not_touched(tmp_path: Path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        register = Register(tmp_path)
        register.add("steady", stranger.pid, signal.SIGTERM)
        path = tmp_path / "processes.json"
        path.write_text(path.read_text().replace('"born": 1', '"born": 2'))
        assert register.end_leftovers() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
