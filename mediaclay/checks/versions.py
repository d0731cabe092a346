"""Versions of Python, of our packages and of the programs that come with them."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from mediaclay_kernel.errors import ClayError

from mediaclay import composing
from mediaclay.checks.finding import Finding
from mediaclay.embedded import node, postgres, unprivileged, valkey
from mediaclay.instance import Instance
from mediaclay.listing import rows

REINSTALL = "Run `make setup`, or install the package anew."


def packages(instance: Instance) -> list[Finding]:
    """Python and our packages; ours are released together, under one version."""
    found = [Finding("Python", platform.python_version(), sys.version_info < (3, 11), "")]
    try:
        ours = {name: version(name) for name in ("mediaclay", "mediaclay-kernel")}
    except PackageNotFoundError as error:
        return [*found, Finding("packages", str(error), True, REINSTALL)]
    told = ", ".join(f"{name} {number}" for name, number in ours.items())
    mixed = len(set(ours.values())) > 1
    found.append(
        Finding("packages", told, mixed, "They belong together: install them in one version." if mixed else "")
    )
    names = ", ".join(f"{row['name']} {row['version']}" for row in rows(instance))
    return [*found, Finding("subgraphs", names or "none", not names, "" if names else REINSTALL)]


def programs(instance: Instance) -> list[Finding]:
    """PostgreSQL and Valkey where they are embedded, Node.js and the router's scripts."""
    found: list[Finding] = []
    if instance.embeds_postgres:
        found += [_ask("PostgreSQL", postgres.version), _ask("user", _user)]
    if instance.embeds_valkey:
        found.append(_ask("Valkey", valkey.version))
    return [*found, _ask("Node.js", node.version), _ask("router", lambda: str(composing.router_folder()))]


def _user() -> str:
    return "root, PostgreSQL in a user namespace" if unprivileged.prefix() else "not root"


def _ask(subject: str, what: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, what())
    except ClayError as error:
        return Finding(subject, "missing", True, error.message)
    except (OSError, subprocess.CalledProcessError) as error:
        return Finding(subject, f"does not run: {error}", True, REINSTALL)
