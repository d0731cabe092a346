"""A supervisor over small programs, run by the tests as a process of its own: `small.py HOME`.

`steady` runs until it is told to stop; `fickle` too, and is there to be killed; `deaf` hears no SIGTERM.
"""

import asyncio
import sys
from pathlib import Path

from rich.console import Console

from mediaclay.leftovers import Register
from mediaclay.lock import exclusive
from mediaclay.processes.program import Program
from mediaclay.supervisor import Supervisor, until_stopped
from mediaclay.terminal import Terminal

HEED = """
import signal, sys, time
def stop(*_):
    print("told to stop", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("here", flush=True)
while True:
    time.sleep(0.05)
"""
DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('here', flush=True)\ntime.sleep(600)"


def program(home: Path, name: str, script: str, **options) -> Program:
    return Program(name, (sys.executable, "-c", script), ready=lambda pid: says_here(home, name), **options)


def says_here(home: Path, name: str) -> bool:
    log = home / "logs" / f"{name}.log"
    return log.exists() and "here" in log.read_text()


async def run(home: Path, supervisor: Supervisor) -> None:
    async with until_stopped(supervisor):
        await supervisor.start(program(home, "steady", HEED))
        await supervisor.start(program(home, "fickle", HEED), program(home, "deaf", DEAF, grace=1.0))
        sys.stdout.write("all up\n")
        sys.stdout.flush()
        await supervisor.watch()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with exclusive(place):
        asyncio.run(run(place, Supervisor(Terminal(Console(width=200), place / "logs", live=True), Register(place))))
