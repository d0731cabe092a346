"""The structure service in a process of its own, with keys of its own, for one database.

`python -m benchmarks.structure.serving URL PORT` prints an access token as its first line.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import uvicorn
from mediaclay_kernel.asgi import build_app
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import LocalIssuer
from mediaclay_structure import subgraph
from mediaclay_structure.commands.service import Service

from mediaclay.ports import any_free

PATIENCE = 60.0
"""Seconds until it must answer."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Serving:
    """A running service: its address with a token that may do all, and its process."""

    client: Service
    process: psutil.Process

    def memory(self) -> float:
        """Megabytes that it has in memory now."""
        return self.process.memory_info().rss / 1e6

    def cpu(self) -> float:
        """Seconds of the processor that it has taken."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def serving(url: str) -> Generator[Serving]:
    """The service on that database, while it runs."""
    port = any_free()
    argv = [sys.executable, "-m", "benchmarks.structure.serving", url, str(port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            token = process.stdout.readline().strip()
            base = f"http://127.0.0.1:{port}"
            _until_ready(f"{base}/ready", process)
            yield Serving(Service(base, token), psutil.Process(process.pid))
        finally:
            process.terminate()


def _until_ready(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("The structure service did not start.")


def main(url: str, port: int) -> None:
    """Serves until it is told to stop."""
    given: Any = {"database_url": url, "public_read": True}
    settings = Settings(**given)
    issuer = LocalIssuer(settings)
    print(issuer.token(exp=int(time.time()) + DAY), flush=True)
    app = build_app(subgraph, settings, load(subgraph.settings_class()), keys=issuer)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
