"""The installed subgraphs as rows."""

from __future__ import annotations

from importlib.metadata import entry_points

from mediaclay_kernel.subgraph import GROUP
from rich.table import Table

from mediaclay.instance import Instance


def rows(instance: Instance) -> list[dict[str, str | int]]:
    """One row each: name, package, version, port, GraphQL address, description."""
    packages = {entry.name: entry.dist for entry in entry_points(group=GROUP)}
    found: list[dict[str, str | int]] = []
    for name, member in instance.members.items():
        package = packages.get(name)
        found.append({
            "name": name, "package": package.name if package else "", "version": package.version if package else "",
            "port": member.settings.port, "url": member.settings.graphql_url, "description": member.subgraph.description,
        })  # fmt: skip
    return found


def table(found: list[dict[str, str | int]]) -> Table:
    """The rows for people."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "package", "version", "url", "description"):
        shown.add_column(column.capitalize(), overflow="fold", no_wrap=column == "name")
    for row in found:
        shown.add_row(*(str(row[column]) for column in ("name", "package", "version", "url", "description")))
    return shown
