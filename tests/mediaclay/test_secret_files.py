"""Secrets: made once, closed to others, the same for all who ask at once."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from mediaclay import secret_files


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    assert secret_files.known(tmp_path, "one") is None
    made = secret_files.obtain(tmp_path, "one")
    assert len(made) == 43
    assert secret_files.obtain(tmp_path, "one") == secret_files.known(tmp_path, "one") == made
    assert secret_files.obtain(tmp_path, "two") != made
    assert oct((tmp_path / "secrets" / "one").stat().st_mode)[-3:] == "600"
    assert oct((tmp_path / "secrets").stat().st_mode)[-3:] == "700"


def test_all_who_ask_at_once_get_the_same(tmp_path: Path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        answers = set(pool.map(secret_files.obtain, [tmp_path] * 16, ["shared"] * 16))
    assert len(answers) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["shared"]


def test_a_value_that_is_put_replaces_the_older_one(tmp_path: Path):
    secret_files.put(tmp_path, "environment", "old")
    secret_files.put(tmp_path, "environment", "new")
    assert secret_files.known(tmp_path, "environment") == "new"
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["environment"]
