"""What the tests of the deployment look at."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def compose(root):
    """docker-compose.yml with its merges made, and nothing filled in."""
    return yaml.safe_load((root / "docker-compose.yml").read_text())


@pytest.fixture(scope="session")
def services(compose):
    return compose["services"]
