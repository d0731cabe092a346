"""The migrations of all installed subgraphs."""

from __future__ import annotations

from mediaclay_kernel import migrations
from mediaclay_kernel.errors import BadUserInput

from mediaclay.instance import Instance


def database_url(instance: Instance) -> str:
    """The database that the environment names. Raises `BadUserInput` where it names none."""
    if instance.settings.database_url is None:
        raise BadUserInput("CLAY_DATABASE_URL is not set, and no `clay up` runs on this CLAY_HOME.")
    return instance.settings.database_url.get_secret_value()


async def each(instance: Instance, url: str, apply: bool) -> dict[str, list[str]]:
    """Applies what is missing, or only looks: the files' names by subgraph. Raises `Conflict` or `Unavailable`."""
    work = migrations.migrate if apply else migrations.pending
    found: dict[str, list[str]] = {}
    for name, member in instance.members.items():
        if package := member.subgraph.migrations:
            done = await work(url, member.subgraph.database_schema, package)
            found[name] = [f"{migration.package}/{migration.name}" for migration in done]
    return found
