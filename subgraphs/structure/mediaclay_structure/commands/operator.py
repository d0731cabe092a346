"""Commands act on the database directly, in the name of a principal that identity vouches for."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from mediaclay_kernel import database
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.settings import Settings, load

from mediaclay_structure.service import SCHEMA, database_url
from mediaclay_structure.state import State


@asynccontextmanager
async def opened() -> AsyncGenerator[State]:
    """The state of the subgraph without its relay: a running one notices what was committed."""
    async with database.connect(database_url(load(Settings)), SCHEMA, most=4) as pool:
        await pool.ping()
        yield State(pool, Changelog(pool, SCHEMA), None)


def operator(name: str | None) -> Principal:
    """Who imports: the administrator, or the principal of that name or id. Raises `Unavailable`.

    Asked of `clay token`, so that structure knows nothing of how principals are kept. The token is not verified:
    who runs this has the database in hand anyway.
    """
    command = [*_ourselves(), "token", *(["--principal", name] if name else [])]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        raise Unavailable(answer.stderr.strip() or "`clay token` gives no token.")
    payload = answer.stdout.strip().split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Principal(UUID(claims["sub"]), PrincipalType(claims["ptype"]), frozenset({Scope.READ, Scope.WRITE}))


def _ourselves() -> list[str]:
    """The command line that we were started by, without its arguments: `clay`, or `python -m` of its package."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return [sys.argv[0]] if spec is None else [sys.executable, "-m", spec.parent]
