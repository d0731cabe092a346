"""What operations say of themselves, in the past tense. `details` say enough to explain and to invert each.

A `line` holds the ids from a node up to the root: the branches that the event happened in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import Event

from mediaclay_structure.records import Cloned, Ingestion, KindRecord, LinkRecord, NodeRecord, PrunedRecord, Purged


def structure_created(root: NodeRecord) -> Event:
    """The first change of a structure: its root is there."""
    details = {"parent": None, "kind": root.kind, "name": root.name}
    return Event("CREATED", root.structure_id, root.id, details, within=[root.id])


def visibility_set(root: UUID, structure: UUID, is_public: bool) -> Event:
    """From now on anybody may read a structure, or not any more. The subject is its root."""
    details = {"before": {"isPublic": not is_public}, "after": {"isPublic": is_public}}
    return Event("VISIBILITY_SET", structure, root, details, within=[root])


def structure_deleted(root: NodeRecord) -> Event:
    """The last change of a structure, which nobody can ask it for: it tells those who keep answers."""
    return Event("DELETED", root.structure_id, root.id, {}, within=[root.id])


def node_created(node: NodeRecord, line: Sequence[UUID], digest: str, relabelled: Sequence[UUID]) -> Event:
    """`digest` tells a repeat of the same request from another one with the same id."""
    details = {
        "parent": node.parent_id, "position": node.pos, "kind": node.kind, "name": node.name, "slug": node.slug,
        "nodes": 1, "digest": digest,
    }  # fmt: skip
    return Event("CREATED", node.structure_id, node.id, details, relabelled, line)


def nodes_ingested(structure: UUID, under: UUID, ingested: Ingestion, relabelled: Sequence[UUID]) -> Event:
    """Many nodes came at once, somewhere below `under`: branches with those `tops`, and links of theirs or of others."""
    touched = [*ingested.created, *relabelled]
    details: dict[str, Any] = {"nodes": len(ingested.created), "ingested": True, "tops": ingested.tops}
    if ingested.links:
        details["links"] = ingested.links
    return Event("CREATED", structure, under, details, touched, ingested.within)


def node_updated(node: NodeRecord, line: Sequence[UUID], before: Mapping[str, Any], after: Mapping[str, Any]) -> Event:
    """`before` and `after` hold the changed fields; of the properties, merge patches in each direction.

    Where a merge patch can't say it, since a member was null, there are `allProperties` instead of `properties`.
    """
    return Event("UPDATED", node.structure_id, node.id, {"before": before, "after": after}, within=line)


def branch_cloned(
    source: UUID, copy: NodeRecord, line: Sequence[UUID], cloned: Cloned, digest: str, relabelled: Sequence[UUID]
) -> Event:
    """`fragments` are those that hold nothing but new nodes; the others are among the `relabelled`."""
    details = {
        "source": source, "after": _place(copy), "name": copy.name, "nodes": cloned.nodes,
        "fragments": cloned.fragments, "digest": digest,
    }  # fmt: skip
    return Event("CLONED", copy.structure_id, copy.id, details, relabelled, line)


def branch_pruned(before: NodeRecord, line: Sequence[UUID], nodes: int, relabelled: Sequence[UUID]) -> Event:
    """`nodes` is the size of the branch; `before` is where its top was."""
    details = {"before": _place(before), "nodes": nodes}
    return Event("PRUNED", before.structure_id, before.id, details, relabelled, line)


def branch_purged(branch: PrunedRecord, purged: Purged, gone: Sequence[UUID]) -> Event:
    """A pruned branch is deleted for good: the nodes of those fragments, and the ones that are `gone`."""
    details = {"nodes": purged.nodes, "fragments": purged.fragments}
    return Event("PURGED", branch.structure_id, branch.node_id, details, gone)


def branch_restored(after: NodeRecord, line: Sequence[UUID], nodes: int, relabelled: Sequence[UUID]) -> Event:
    """`after` is where the top of the branch is again."""
    details = {"after": _place(after), "nodes": nodes}
    return Event("RESTORED", after.structure_id, after.id, details, relabelled, line)


def node_moved(
    before: NodeRecord, after: NodeRecord, lines: Sequence[UUID], nodes: int, relabelled: Sequence[UUID]
) -> Event:
    """`nodes` is the size of the branch, the moved node among it; `lines` what it stood and now stands below."""
    details = {
        "before": {"parent": before.parent_id, "position": before.pos},
        "after": {"parent": after.parent_id, "position": after.pos},
        "nodes": nodes,
    }
    return Event("MOVED", after.structure_id, after.id, details, relabelled, lines)


def nodes_linked(link: LinkRecord, lines: Sequence[UUID]) -> Event:
    """The subject is the source; the history of the target finds it by the details. `lines` are those of both."""
    return Event("LINKED", link.structure_id, link.source_id, _link(link), within=lines)


def nodes_unlinked(link: LinkRecord, lines: Sequence[UUID]) -> Event:
    """A link is gone; the details are those of the link as it was."""
    return Event("UNLINKED", link.structure_id, link.source_id, _link(link), within=lines)


def kind_set(root: UUID, before: KindRecord | None, after: KindRecord) -> Event:
    """The subject is the structure's root; `before` is null for a kind that is new."""
    details = {"name": after.name, "before": None if before is None else _kind(before), "after": _kind(after)}
    return Event("KIND_SET", after.structure_id, root, details, within=[root])


def _link(link: LinkRecord) -> dict[str, Any]:
    return {
        "id": link.id, "kind": link.kind, "source": link.source_id, "target": link.target_id,
        "properties": link.properties,
    }  # fmt: skip


def _kind(kind: KindRecord) -> dict[str, Any]:
    return {"schema": kind.schema, "allowedChildren": kind.allowed_children, "description": kind.description}


def _place(node: NodeRecord) -> dict[str, Any]:
    return {"parent": node.parent_id, "position": node.pos, "slug": node.slug}
