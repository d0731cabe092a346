"""The queries of the structure subgraph."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.plan import Needs, path

from mediaclay_structure import tags
from mediaclay_structure.loaders import nodes, scopes, structures
from mediaclay_structure.loaders.pages import window
from mediaclay_structure.records import BranchScope as BranchScopeRecord
from mediaclay_structure.records import NodeRecord, Page, StructureRecord
from mediaclay_structure.state import Request
from mediaclay_structure.types import wholes
from mediaclay_structure.types.node import Node, Structure, StructureConnection
from mediaclay_structure.types.scope import BranchScope


async def node(at: Request, *, id: strawberry.ID, needs: Needs) -> NodeRecord | None:
    """The node of an id; null for one that is unknown."""
    return (await nodes.by_ids_asked(at, [id], needs.of(NodeRecord)))[0]


async def nodes_asked(at: Request, *, ids: list[strawberry.ID], needs: Needs) -> list[NodeRecord | None]:
    """The nodes of many ids."""
    return await nodes.by_ids_asked(at, list(ids), needs.of(NodeRecord))


async def node_by_path(at: Request, *, structure: str, path: str, needs: Needs) -> NodeRecord | None:
    """The node at a path of the structure with that slug."""
    return await nodes.by_path(at, structure, path, needs.of(NodeRecord))


async def structure(at: Request, *, slug: str) -> StructureRecord | None:
    """The structure of a slug."""
    return (await structures.by_slug(at, [slug]))[0]


async def structures_listed(at: Request, *, first: int | None = 20, after: str | None = None) -> Page[StructureRecord]:
    """All structures, by slug."""
    return await structures.listed(at, window(first, after))


async def branch_scope(at: Request, *, id: strawberry.ID) -> BranchScopeRecord | None:
    """The fragments of a branch."""
    [top] = parse_ids([id])
    return None if top is None else await scopes.of_branch(at, top)


async def readable_scope(at: Request) -> list[BranchScopeRecord] | None:
    """What the caller may read, by structure; None for everything."""
    return await scopes.readable(at)


async def pruned_anchors(at: Request) -> list[str]:
    """The fragments of what is pruned; as texts, since they are beyond what GraphQL's Int holds."""
    return [str(anchor) for anchor in await scopes.pruned(at)]


@strawberry.type
class Query:
    """Reading."""

    node: Node | None = path(node, cache_tags=tags.node, whole=wholes.node)
    nodes: list[Node | None] | None = path(
        nodes_asked,
        cache_tags=tags.nodes,
        description="Null in place of an unknown or unreadable id, in the order asked; 1000 ids at most.",
    )
    node_by_path: Node | None = path(node_by_path, cache_tags=tags.node_by_path)
    structure: Structure | None = path(structure, cache_tags=tags.structure)
    structures: StructureConnection | None = path(structures_listed, cache_tags=tags.pages)
    branch_scope: BranchScope | None = path(
        branch_scope,
        cache_tags=tags.branch_scope,
        inaccessible=True,
        description="For other subgraphs: the fragments of a branch.",
    )
    readable_scope: list[BranchScope] | None = path(
        readable_scope,
        inaccessible=True,
        description="For other subgraphs: what the caller may read, an entry for each structure; null for everything.",
    )
    pruned_anchors: list[str] = path(
        pruned_anchors, inaccessible=True,
        description="For other subgraphs: the fragments of all structures that hold nothing but what is pruned.",
    )  # fmt: skip
