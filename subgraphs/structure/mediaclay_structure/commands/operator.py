"""In whose name commands act, and the database for those that read it directly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mediaclay_kernel import database
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.settings import Settings, load

from mediaclay_structure.service import SCHEMA, database_url
from mediaclay_structure.state import State


@asynccontextmanager
async def opened() -> AsyncGenerator[State]:
    """The state of the subgraph without its relay: a running one notices what was committed."""
    async with database.connect(database_url(load(Settings)), SCHEMA, most=4) as pool:
        await pool.ping()
        yield State(pool, Changelog(pool, SCHEMA), None)


def token(name: str | None = None) -> str:
    """An access token of the administrator, or of the principal of that name or id. Raises `Unavailable`.

    Asked of `clay token`, so that structure knows nothing of how principals are kept.
    """
    command = [*_ourselves(), "token", *(["--principal", name] if name else [])]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        raise Unavailable(answer.stderr.strip().removeprefix("clay: ") or "`clay token` gives no token.")
    return answer.stdout.strip()


def _ourselves() -> list[str]:
    """The command line that we were started by, without its arguments: `clay`, or `python -m` of its package."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return [sys.argv[0]] if spec is None else [sys.executable, "-m", spec.parent]
