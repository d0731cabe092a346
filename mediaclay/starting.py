"""`clay up`, step by step: servers, migrations, subgraphs and composition, router, sample, banner."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from mediaclay_kernel.errors import ClayError

from mediaclay import banner, environment, programs
from mediaclay.extensions import has_command
from mediaclay.instance import Instance
from mediaclay.migrating import each
from mediaclay.supervisor import Supervisor, until_stopped

SAMPLE = "almanac"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of an instance under a supervisor."""

    instance: Instance
    supervisor: Supervisor
    sample: bool

    async def run(self) -> None:
        """Starts everything, and keeps it running until Ctrl-C or SIGTERM. Raises `StartFailed`."""
        async with until_stopped(self.supervisor):
            await self._all()
            await self.supervisor.watch()
        self.supervisor.terminal.note("everything has stopped, the data is kept", "bold")

    async def _all(self) -> None:
        began = time.monotonic()
        terminal = self.supervisor.terminal
        environment.remember(self.instance.home, self.instance.environment())
        with terminal.underway("Starting the servers"):
            await self.supervisor.start(*await asyncio.to_thread(programs.embedded, self.instance))
            await self._migrate()
        with terminal.underway(f"Starting {', '.join(self.instance.members)} and the router"):
            await self._services()
        if self.sample:
            await self._load_sample()
        public = self.instance.environment()["CLAY_PUBLIC_READ"].lower() in ("1", "true", "yes", "on")
        banner.show(terminal.console, self.instance, public, time.monotonic() - began)
        terminal.live = True

    async def _migrate(self) -> None:
        began = time.monotonic()
        done = await each(self.instance, self.instance.environment()["CLAY_DATABASE_URL"], apply=True)
        files = sum(map(len, done.values()))
        how = f"{files} applied" if files else "up to date"
        self.supervisor.terminal.done("migrations", f"{how} after {time.monotonic() - began:.1f} s")

    async def _services(self) -> None:
        members = [programs.subgraph(self.instance, name, each) for name, each in self.instance.members.items()]
        await self.supervisor.start(*members)
        await self.supervisor.run(programs.compose(self.instance))
        await self.supervisor.start(programs.router(self.instance))

    async def _load_sample(self) -> None:
        # Once for each folder: whoever deletes the sample does not want it back.
        loaded = self.instance.home / "sample-loaded"
        if loaded.exists() or not has_command("import"):
            return
        try:
            await self.supervisor.run(
                programs.clay(self.instance, "sample", "import", "--sample", SAMPLE), attached=True
            )
            loaded.touch()
        except ClayError as error:  # the instance is of use without it
            self.supervisor.terminal.note(f"{error.message} Try `clay import --sample {SAMPLE}` later.", "red")
