"""docker-compose.yml fits the compose specification's own JSON schema."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("check_jsonschema", reason="the development lock lacks check-jsonschema")


def check(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_file_fits(root):
    answer = check(root / "docker-compose.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_key_that_does_not_exist_would_be_refused(root, tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((root / "docker-compose.yml").read_text().replace("depends_on:", "depend_on:", 1))
    answer = check(wrong)
    assert answer.returncode == 1
    assert "depend_on" in answer.stdout
