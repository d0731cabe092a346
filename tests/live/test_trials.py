"""The short form of the trials: `python -m tests.live.trials` runs as many as one likes."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.live.support.crowd import Crowd
from tests.live.support.house import housed
from tests.live.trials import FAULTS, run

pytestmark = pytest.mark.xdist_group("live")


def test_nothing_is_missed_whatever_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    chance = random.Random(7)
    with housed(tmp_path) as house:
        crowd = Crowd(house, rate=60, seed=7)
        crowd.start()
        try:
            faults = [*FAULTS, *FAULTS]
            chance.shuffle(faults)
            result = run(house, crowd, faults, chance, lambda _: None)
        finally:
            crowd.stop()
    assert result.faults == dict.fromkeys(FAULTS, 2)
    with capsys.disabled():
        sys.stdout.write(f"\n{result.report(crowd)}\n")
