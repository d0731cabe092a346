"""What search tells `clay doctor`."""

from __future__ import annotations

from typing import Any

import httpx
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.tokens import ServiceTokens

MEGABYTE = 1_000_000
PATIENCE = 5.0
BEHIND = 10_000
"""Changes that the index may be behind while all is well."""


async def checks(base: str) -> list[tuple[str, str, str]]:
    """See `mediaclay_kernel.subgraph.Checks`."""
    return told(await _ask(base))


def told(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The status of search in plain words, and what to do."""
    lag, meaning = found["lag"], found["meaning"]
    size = f"{found['documents']:,} nodes, {found['bytes'] / MEGABYTE:,.1f} MB, {lag:,} changes behind"
    late = "Look whether structure answers, and into the log of search." if lag > BEHIND else ""
    findings = [("search index", size, late)]
    if found["rebuild"]["running"]:
        done = f"{found['rebuild']['read']:,} of {found['rebuild']['total']:,} changes"
        findings.append(("search rebuild", done, ""))
    if meaning is None:
        return [*findings, ("search vectors", "switched off", "")]
    failing = (
        "Look at CLAY_SEARCH_EMBEDDER_URL, and into the log of search."
        if meaning["failures"] and meaning["waiting"]
        else ""
    )
    vectors = f"{meaning['vectors']:,} by {meaning['embedder']}, {meaning['waiting']:,} texts wait, {meaning['failures']:,} failures"
    return [*findings, ("search vectors", vectors, failing)]


async def _ask(base: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        headers = await ServiceTokens(load(Settings), http).headers()
        try:
            answer = await http.get(f"{base}/v1/search/status", headers=headers)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"Search does not say how it is: {error}") from error
