"""Starts PostgreSQL and Valkey once for the whole run, whatever the number of workers, and tells all where they are."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from mediaclay.embedded import postgres, valkey
from mediaclay.ports import any_free
from tests.parity.support.replay import registered

SERVERS = {"CLAY_TEST_DATABASE_URL": postgres.start, "CLAY_TEST_REDIS_URL": valkey.start}


def pytest_configure(config: pytest.Config) -> None:
    """Runs in the controller before any worker is started, so that workers inherit the addresses."""
    registered(config)
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for name in [name for name in os.environ if name.startswith("CLAY_") and not name.startswith("CLAY_TEST_")]:
        del os.environ[name]  # no test may reach the instance of whoever runs it
    stack = ExitStack()
    config.add_cleanup(stack.close)
    home = Path(tempfile.mkdtemp(prefix="clay-tests-"))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    for variable, start in SERVERS.items():
        if not os.environ.get(variable):
            os.environ[variable] = stack.enter_context(start(home, any_free())).url
            stack.callback(os.environ.pop, variable, None)
