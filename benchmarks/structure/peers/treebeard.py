"""django-treebeard's materialized path, through Django itself and psycopg, on the same server.

A model with our columns beside treebeard's own (path, depth, numchild), default settings, and the indexes that Django
makes: those of the path and of the primary key. It has no index of siblings or slugs, which is in its favour. The
rows are copied in with the paths that treebeard would give them; moves are its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from benchmarks.structure.bench import Bench
from benchmarks.structure.data.loading import settled

TABLE = "treebeard_node"
# psycopg's connection belongs to a thread, and Django refuses to wait in the thread of the event loop.
_THREAD = ThreadPoolExecutor(1)
_models: dict[str, Any] = {}


async def make(bench: Bench) -> None:
    """The table, with our nodes; nothing where it is there already."""
    async with bench.reading() as connection:
        if await connection.fetchval("SELECT to_regclass($1)", f"public.{TABLE}") is not None:
            return
    bench.say("making django-treebeard's table")
    model = await _in_thread(_model, bench.url)
    await _fill(bench, model)
    await settled(bench, f"public.{TABLE}")


async def move(moved: UUID, parent: UUID) -> None:
    """A branch to the end of another folder, in a transaction of its own."""
    await _in_thread(_move, moved, parent)


async def close() -> None:
    """Closes Django's connection."""
    from django.db import connections

    await _in_thread(connections.close_all)


async def _in_thread(work: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work, *arguments)


def _move(moved: UUID, parent: UUID) -> None:
    from django.db import transaction

    model = _models["node"]
    with transaction.atomic():  # pyright: ignore[reportGeneralTypeIssues] - Django has no types
        model.objects.move(model.objects.get(pk=moved), model.objects.get(pk=parent), pos="last-child")


def _model(url: str) -> Any:
    import django
    from django.conf import settings
    from django.db import connections

    parts = urlsplit(url)
    named: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""), "HOST": parts.hostname, "PORT": parts.port,
    }  # fmt: skip
    if settings.configured:
        connections.close_all()
        connections["default"].settings_dict.update(named)
    else:
        settings.configure(DATABASES={"default": named}, INSTALLED_APPS=["treebeard"], USE_TZ=True)
        django.setup()
    model = _models.setdefault("node", _declared())
    with connections["default"].schema_editor() as editor:
        editor.create_model(model)
    return model


def _declared() -> Any:
    if "node" in _models:
        return _models["node"]
    from django.db import models
    from treebeard.mp_tree import MP_Node

    class Node(MP_Node):
        """A node as ours, but for its place."""

        id = models.UUIDField(primary_key=True)
        structure_id = models.UUIDField()
        kind = models.TextField()
        name = models.TextField()
        slug = models.TextField()
        properties = models.JSONField()
        version = models.IntegerField()
        created_at = models.DateTimeField()
        updated_at = models.DateTimeField()
        created_by = models.UUIDField()
        updated_by = models.UUIDField()

        class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - a namespace that Django reads
            """Where it lies."""

            app_label = "benchmarks"
            db_table = TABLE

    return Node


async def _fill(bench: Bench, model: Any) -> None:
    columns = "structure_id, kind, name, slug, properties, version, created_at, updated_at, created_by, updated_by"
    async with bench.reading() as connection:
        await connection.execute("CREATE TEMP TABLE place (id uuid, path text, depth int, numchild int)")
        await connection.copy_records_to_table("place", records=_places(bench, model), timeout=None)
        await connection.execute(
            f"INSERT INTO public.{TABLE} (id, path, depth, numchild, {columns}) "
            f"SELECT p.id, p.path, p.depth, p.numchild, n.{columns.replace(', ', ', n.')} "
            'FROM place p JOIN node n ON n.id = p.id ORDER BY p.path COLLATE "C"',
            timeout=None,
        )
        await connection.execute("DROP TABLE place")


def _places(bench: Bench, model: Any) -> Iterator[tuple[UUID, str, int, int]]:
    """Each node with its path, depth and number of children, as treebeard counts them."""
    tree = bench.tree
    children = [0] * len(tree)
    for parent in tree.parents[1:]:
        children[parent] += 1
    line: list[tuple[int, str]] = []
    taken = [0] * len(tree)
    for number, parent in enumerate(tree.parents):
        while line and line[-1][0] != parent:
            line.pop()
        step = 1
        if line:
            taken[parent] += 1
            step = taken[parent]
        path = model._get_path(line[-1][1] if line else "", len(line) + 1, step)
        line.append((number, path))
        yield tree.id(number), path, len(line), children[number]
