"""Passwords that an instance makes for itself, one file each below `.clay/secrets`, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from mediaclay.errors import ServerMissing

DATABASE = "database-password"
VALKEY = "valkey-password"
SERVICE = "service-secret"


def folder(home: Path) -> Path:
    """Where they lie; made if needed, closed to others."""
    place = home / "secrets"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.chmod(0o700)
    return place


def known(home: Path, name: str) -> str | None:
    """The secret, if it was made before."""
    try:
        return (home / "secrets" / name).read_text().strip() or None
    except FileNotFoundError:
        return None
    except PermissionError:
        raise ServerMissing(
            f"{home / 'secrets' / name} belongs to another user. Set CLAY_HOME to a folder of yours."
        ) from None


def obtain(home: Path, name: str) -> str:
    """The secret, made at first use: 43 characters that are safe in a URL."""
    if found := known(home, name):
        return found
    path = folder(home) / name
    # Written aside and linked, so that of two that start at once both get the same one, and never half of it.
    aside = _written(path, secrets.token_urlsafe(32))
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()
    return path.read_text().strip()


def put(home: Path, name: str, value: str) -> None:
    """Keeps a value beside the secrets, as closed as they are, in the place of an older one."""
    path = folder(home) / name
    _written(path, value).replace(path)


def _written(path: Path, value: str) -> Path:
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value + "\n")
    return aside
