"""PostgreSQL refuses to run as root; a user namespace of its own is enough to convince it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from mediaclay.errors import ServerMissing

_USER = "1000"


def prefix() -> tuple[str, ...]:
    """What to put before a command line so that it does not run as root; nothing for any other user.

    Inside, the files that root owns belong to user 1000, so no file's owner or mode changes.
    """
    if os.geteuid() != 0:
        return ()
    found = shutil.which("unshare") if sys.platform == "linux" else None
    if found:
        command = (found, "--user", f"--map-user={_USER}", f"--map-group={_USER}")
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return command
    raise ServerMissing(
        "PostgreSQL does not run as root, and this machine allows no user namespaces: run `clay up` as another user, "
        "or set CLAY_DATABASE_URL to a PostgreSQL of yours."
    )
