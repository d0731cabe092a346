"""PostgreSQL and Valkey: whether they answer, and whether the database is up to date."""

from __future__ import annotations

from mediaclay_kernel import bus as buses
from mediaclay_kernel.errors import ClayError, Unavailable

from mediaclay.checks.finding import Finding
from mediaclay.instance import Instance
from mediaclay.migrating import database_url, each

ASLEEP = "not running; `clay up` starts it"


async def database(instance: Instance, running: bool) -> list[Finding]:
    """Whether the database answers, and what it lacks."""
    if instance.embeds_postgres and not running:
        return [Finding("database", ASLEEP)]
    try:
        missing = await each(instance, database_url(instance), apply=False)
    except Unavailable as error:
        return [Finding("database", error.message, True, "Look at CLAY_DATABASE_URL, and whether the server runs.")]
    except (ClayError, OSError) as error:
        return [Finding("database", str(error), True, "Look at CLAY_DATABASE_URL: address, user, password, database.")]
    names = [name for found in missing.values() for name in found]
    if names:
        return [
            Finding("database", "answers"),
            Finding("migrations", f"missing: {', '.join(names)}", True, "Run `clay migrate`."),
        ]
    return [Finding("database", "answers"), Finding("migrations", "up to date")]


async def bus(instance: Instance, running: bool) -> list[Finding]:
    """Whether Valkey answers."""
    url = instance.settings.redis_url
    if url is None or (instance.embeds_valkey and not running):
        return [Finding("bus", ASLEEP)]
    try:
        async with buses.connect(url.get_secret_value()) as connected:
            await connected.ping()
    except (ClayError, ValueError) as error:
        return [Finding("bus", str(error), True, "Look at CLAY_REDIS_URL, and whether the server runs.")]
    return [Finding("bus", "answers")]
