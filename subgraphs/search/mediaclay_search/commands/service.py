"""The running search subgraph as the commands reach it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
from mediaclay_kernel.errors import Forbidden, Unavailable
from mediaclay_kernel.settings import load

from mediaclay_search.settings import SearchSettings

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
PATIENCE = 30.0


def ask(method: str, path: str, token: str) -> dict[str, Any]:
    """What the subgraph answers. Raises `Unavailable` where it is not running, `Forbidden`."""
    try:
        answer = httpx.request(
            method, address() + path, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE, trust_env=False
        )
    except httpx.HTTPError as error:
        raise Unavailable(f"The search subgraph does not answer at {address()}: is it running?") from error
    if answer.status_code in (401, 403):
        raise Forbidden("The search subgraph refuses this token.")
    if not answer.is_success:
        raise Unavailable(f"The search subgraph answers {answer.status_code}: {answer.text[:200]}")
    return answer.json()


def address() -> str:
    """Where the subgraph is, by its settings, without a path."""
    settings = load(SearchSettings)
    if settings.url is not None:
        return settings.url.rstrip("/").removesuffix("/graphql")
    host = _WILDCARDS.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def token() -> str:
    """An access token of the administrator, asked of `clay token`. Raises `Unavailable`."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    ourselves = [sys.argv[0]] if spec is None else [sys.executable, "-m", spec.parent]
    answer = subprocess.run([*ourselves, "token"], capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        raise Unavailable(answer.stderr.strip().removeprefix("clay: ") or "`clay token` gives no token.")
    return answer.stdout.strip()
