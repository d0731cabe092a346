"""The environment of a running `clay up`, kept for the commands that are run beside it in other terminals."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from mediaclay import secret_files
from mediaclay.lock import held
from mediaclay.settings import EXIT_WITH_PARENT, home_of

FILE = "environment"


def remember(home: Path, environment: Mapping[str, str]) -> None:
    """Writes down what its processes were told: addresses, ports and secrets."""
    ours = {name: value for name, value in environment.items() if name.startswith("CLAY_") and name != EXIT_WITH_PARENT}
    secret_files.put(home, FILE, json.dumps(ours))


def complete() -> None:
    """Adds what was not given, while a `clay up` runs on the same CLAY_HOME; otherwise nothing changes."""
    home = home_of()
    if not held(home):
        return
    told: dict[str, str] = json.loads(secret_files.known(home, FILE) or "{}")
    for name, value in told.items():
        if not os.environ.get(name):
            os.environ[name] = value
