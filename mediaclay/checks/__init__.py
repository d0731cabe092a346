"""The checks of `clay doctor`, one file for each thing looked at."""

from __future__ import annotations

from mediaclay.checks.federation import composition, keys, own, services
from mediaclay.checks.finding import Finding
from mediaclay.checks.listeners import listeners
from mediaclay.checks.servers import bus, database
from mediaclay.checks.versions import packages, programs
from mediaclay.instance import Instance
from mediaclay.lock import held


async def examine(instance: Instance) -> list[Finding]:
    """Every finding. Changes nothing."""
    running = held(instance.home)
    found = [*packages(instance), *programs(instance), *listeners(instance, running)]
    found += await database(instance, running)
    found += await bus(instance, running)
    return [
        *found,
        *composition(instance),
        *services(instance, running),
        *await own(instance, running),
        *keys(instance, running),
    ]
