"""The types of the contract that know each other: structures, nodes, links, changes, and their connections."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from mediaclay_kernel.changelog import Change as ChangeRecord
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.plan import column, nothing, path, shows
from strawberry.scalars import JSON

from mediaclay_structure import tags
from mediaclay_structure.loaders import changes, links, nodes, structures, totals
from mediaclay_structure.records import PLACE, Edge, KindRecord, LinkRecord, NodeRecord, Page, StructureRecord
from mediaclay_structure.state import Request
from mediaclay_structure.types import paths, wholes
from mediaclay_structure.types.page import EDGE, PAGE, PageInfo
from mediaclay_structure.types.principal import Principal


class ChangeType(Enum):
    """What was done."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    MOVED = "MOVED"
    CLONED = "CLONED"
    PRUNED = "PRUNED"
    RESTORED = "RESTORED"
    PURGED = "PURGED"
    LINKED = "LINKED"
    UNLINKED = "UNLINKED"
    KIND_SET = "KIND_SET"
    VISIBILITY_SET = "VISIBILITY_SET"
    MOUNTED = "MOUNTED"
    UNMOUNTED = "UNMOUNTED"


strawberry.enum(ChangeType, description="What was done.")


@strawberry.type(description="A registered kind: its JSON Schema checks the properties of each of its nodes.")
@shows(KindRecord)
class Kind:
    """A registered kind."""

    name: str
    schema: JSON
    allowed_children: list[str] | None
    description: str | None


@strawberry.federation.type(keys=["id"], description="The atom of Clay. Content of any kind, at any depth.")
@shows(NodeRecord, reference=nodes.by_reference, cache_tags=tags.nodes_by_reference, whole=wholes.by_reference)
class Node:
    """The atom of Clay."""

    id: strawberry.ID
    structure: Structure = path(structures.of_nodes, needs=PLACE, cache_tags=tags.structure)
    kind: str = column("kind", description="Name of its kind, free text unless the structure registers that kind.")
    name: str
    slug: str = column("slug", description="Unique among its siblings; one segment of `path`.")
    node_path: str = path(
        nodes.paths,
        name="path",
        needs=(*PLACE, "slug"),
        cache_tags=tags.places,
        description="Slugs from the root, '/animals/dogs'. The root's path is '/'.",
    )
    depth: int = path(nodes.depths, needs=PLACE, cache_tags=tags.places, description="The number of levels above it.")
    properties: JSON = path(
        paths.properties,
        needs=("properties",),
        cache_tags=nothing,
        description="Any JSON object; `pick` returns only these JSON Pointers.",
    )
    version: int = column("version", description="Grows with each change of this node itself (not of its subtree).")
    parent: Node | None = path(
        nodes.parents,
        needs=PLACE,
        cache_tags=tags.parents,
        description="Null for a root, and where you may not read it.",
    )
    ancestors: list[Node] = path(
        nodes.ancestors,
        needs=PLACE,
        cache_tags=tags.ancestors,
        description="From the root down to the parent, but for those that you may not read: these are above all others.",
    )
    line: list[strawberry.ID] = path(
        nodes.lines,
        needs=PLACE,
        cache_tags=tags.ancestors_by_id,
        inaccessible=True,
        description="For other subgraphs: the ids from the root down to the node itself, whoever may read them.",
    )
    children: NodeConnection = path(paths.children_page, needs=PLACE, cache_tags=tags.pages, whole=wholes.children)
    descendants: NodeConnection = path(
        paths.descendants_page,
        needs=PLACE,
        cache_tags=tags.pages,
        description="Pre-order (document order) below this node.",
    )
    child_count: int = path(paths.child_count, needs=PLACE, cache_tags=tags.child_counts)
    descendant_count: int = path(nodes.descendant_counts, needs=PLACE, cache_tags=tags.sizes)
    links: LinkConnection = path(
        paths.links_page, needs=PLACE, cache_tags=tags.pages, description="By kind, and oldest first within one."
    )
    history: ChangeConnection = path(
        paths.history,
        needs=PLACE,
        cache_tags=tags.pages,
        description="Changes that named this node and happened where you may read, newest first.",
    )
    created_at: datetime
    updated_at: datetime
    created_by: Principal = path(nodes.creators, needs=("created_by",), cache_tags=nothing)
    updated_by: Principal = path(nodes.updaters, needs=("updated_by",), cache_tags=nothing)


@strawberry.type
@shows(Edge)
class NodeEdge:
    """A node in a list."""

    cursor: str = column("cursor", needs=EDGE)
    node: Node


@strawberry.type
@shows(Page)
class NodeConnection:
    """A page of nodes."""

    edges: list[NodeEdge] = column("edges", needs=PAGE)
    nodes: list[Node]
    page_info: PageInfo = column("page_info", needs=PAGE)
    total_count: int = path(totals.of_pages, needs=("of",), cache_tags=tags.totals)


@strawberry.type
@shows(LinkRecord)
class Link:
    """A typed link from one node to another."""

    id: strawberry.ID
    kind: str
    source: Node = path(links.sources, cache_tags=tags.link_ends)
    target: Node = path(links.targets, cache_tags=tags.link_ends)
    properties: JSON
    created_at: datetime


@strawberry.type
@shows(Edge)
class LinkEdge:
    """A link in a list."""

    cursor: str = column("cursor", needs=EDGE)
    node: Link


@strawberry.type
@shows(Page)
class LinkConnection:
    """A page of links."""

    edges: list[LinkEdge] = column("edges", needs=PAGE)
    nodes: list[Link]
    page_info: PageInfo = column("page_info", needs=PAGE)
    total_count: int = path(totals.of_pages, needs=("of",), cache_tags=tags.totals)


def _type(change: ChangeRecord) -> ChangeType:
    return ChangeType(change.type)


@strawberry.type(description="One committed operation. A move of a million nodes is one change.")
@shows(ChangeRecord)
class Change:
    """One committed operation."""

    structure: Structure = path(changes.structures_of, cache_tags=tags.structure)
    revision: int
    type: ChangeType = column(_type)
    node: Node | None = path(
        changes.nodes_of,
        cache_tags=tags.changed_nodes,
        description="The node named by the operation; null once it is gone, or where you may not read it.",
    )
    node_id: strawberry.ID = column("subject")
    details: JSON = column(
        "details",
        description="What changed, per type: parent and position before and after, changed properties, number of "
        "nodes touched.",
    )
    principal: Principal = path(changes.principals_of, cache_tags=nothing)
    actors: list[Principal] = path(
        changes.actors_of,
        cache_tags=nothing,
        description="The human or agent on whose behalf it was done, outermost first.",
    )
    at: datetime


@strawberry.type
@shows(Edge)
class ChangeEdge:
    """A change in a list."""

    cursor: str = column("cursor", needs=EDGE)
    node: Change


@strawberry.type
@shows(Page)
class ChangeConnection:
    """A page of changes."""

    edges: list[ChangeEdge] = column("edges", needs=PAGE)
    nodes: list[Change]
    page_info: PageInfo = column("page_info", needs=PAGE)


async def _structures(at: Request, keys: list[tuple[str, str]]) -> list[StructureRecord | None]:
    by_id = await structures.by_id(at, parse_ids([value if name == "id" else "" for name, value in keys]))
    slugs = [value for name, value in keys if name == "slug"]
    by_slug = iter(await structures.by_slug(at, slugs) if slugs else [])
    return [found if name == "id" else next(by_slug) for (name, _), found in zip(keys, by_id, strict=True)]


def _structure_key(representation: dict[str, str]) -> tuple[str, str]:
    name = "id" if "id" in representation else "slug"
    return name, str(representation[name])


@strawberry.federation.type(
    keys=["id", "slug"],
    description="One tree of nodes: the unit of ownership, of ordering (its revisions) and of distribution.",
)
@shows(StructureRecord, key=_structure_key, reference=_structures, cache_tags=tags.structure)  # pyright: ignore[reportArgumentType]
class Structure:
    """One tree of nodes."""

    id: strawberry.ID
    slug: str
    name: str
    root: Node | None = path(
        structures.roots,
        cache_tags=tags.roots,
        whole=wholes.roots,
        description="Null for whoever may read only parts of the structure.",
    )
    is_public: bool = column("is_public", description="Whether anybody may read all of it, also without a token.")
    revision: int = path(
        structures.revisions,
        cache_tags=tags.revisions,
        description="Number of the latest change. It grows by one with each change and never repeats.",
    )
    node_count: int = path(
        structures.node_counts, cache_tags=tags.node_counts, description="The number of nodes that you may read."
    )
    kinds: list[Kind] = path(structures.kinds, cache_tags=tags.kinds)
    changes: ChangeConnection = path(
        paths.changes_page,
        cache_tags=tags.pages,
        description="The change log as far as you may read, oldest first; `after` is a revision.",
    )
    created_at: datetime


@strawberry.type
@shows(Edge)
class StructureEdge:
    """A structure in a list."""

    cursor: str = column("cursor", needs=EDGE)
    node: Structure


@strawberry.type
@shows(Page)
class StructureConnection:
    """A page of structures."""

    edges: list[StructureEdge] = column("edges", needs=PAGE)
    nodes: list[Structure]
    page_info: PageInfo = column("page_info", needs=PAGE)
    total_count: int = path(totals.of_pages, needs=("of",), cache_tags=tags.totals)
