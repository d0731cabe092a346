"""Many writers at once, while what runs is killed: nothing that was acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path

from tests.structure.support.service import serving
from tests.structure.support.storm import examine, rage
from tests.structure.support.writers import SHARES

OPERATIONS = 400


def test_eight_writers_lose_nothing_when_the_database_and_the_service_are_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        book, killed = rage(service, OPERATIONS, kills=2, seed=1)
        outcome = examine(service, book)

    assert killed == {"database": 1, "structure": 1}
    assert outcome.report.findings == []
    assert outcome.wrong == []
    assert outcome.changes == 1 + len(book.acknowledged) + outcome.recovered
    assert len(book.acknowledged) > OPERATIONS / 2
    assert {*book.done} == {*SHARES}
    assert {*book.codes} <= {"NOT_FOUND", "CONFLICT", "CYCLE", "BAD_USER_INPUT"}
    assert book.lost.total() > 0  # or nobody noticed the kills
