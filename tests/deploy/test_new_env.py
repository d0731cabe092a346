"""deploy/new-env.sh makes the secrets of an instance, once."""

from __future__ import annotations

import re
import stat
import subprocess


def run(root, target):
    return subprocess.run([str(root / "deploy/new-env.sh"), str(target)], capture_output=True, text=True)


def test_it_fills_in_every_secret_with_a_random_one_and_lets_only_the_owner_read(root, tmp_path):
    files = [tmp_path / "a.env", tmp_path / "b.env"]
    for file in files:
        assert run(root, file).returncode == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first, second = (re.findall(r"^[A-Z_]+=(.*)$", file.read_text(), re.MULTILINE) for file in files)
    assert len(first) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in first + second)
    assert len({*first, *second}) == 8


def test_it_never_replaces_secrets_that_are_in_use(root, tmp_path):
    file = tmp_path / "compose.env"
    file.write_text("POSTGRES_PASSWORD=old\n")
    answer = run(root, file)
    assert answer.returncode == 1
    assert "is there already" in answer.stderr
    assert file.read_text() == "POSTGRES_PASSWORD=old\n"
    assert list(tmp_path.iterdir()) == [file]
