"""What kept answers depend on, and what each change purges: both sides in the same words.

Names inside a structure:

| name | says of an answer that it shows | purged by |
| --- | --- | --- |
| `node:ID` | the node's own fields, its parent, its history | a change whose subject it is |
| `children:ID` | which children it has, in which order | a change of that list |
| `links:ID` | which links it has | a link of it, made or removed |
| `branches` | nodes, which a prune far above takes away | PRUNED, RESTORED, DELETED |
| `bulk` | lists that many nodes came into at once, not named one by one | ingestion |
| `linkage` | links, of which many came at once | CLONED, ingestion |
| `places` | paths and depths, which a move far above changes | MOVED, UPDATED with a slug |
| `shape` | all below a node, or the size of a branch | all but UPDATED, links and kinds |
| `kinds` | the registered kinds | KIND_SET |
| `structure` | that there is this structure | DELETED |
| `any` | filtered lists, revisions, changes | every change |

What is not there may come to exist in any structure, so it has names without one: `node:ID`, `nodes` (many came at once,
not named), `places` (of a path that leads nowhere yet), `structures` (of the list of them all, and of unknown slugs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from mediaclay_kernel.cache import Tag
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.ids import parse_ids

from mediaclay_structure.records import (
    BranchScope,
    ChildrenOf,
    DescendantsOf,
    LinksOf,
    NodeRecord,
    Page,
    StructureRecord,
)

Arguments = Mapping[str, Any]

# What changes purge


def purged(change: Change) -> Iterator[Tag]:
    """The tags of the answers that are not true any more. Raises `ValueError` for a change of an unknown type."""
    stream = change.stream
    yield stream, "any"
    yield stream, f"node:{change.subject}"
    by_type = _PURGED.get(change.type)
    if by_type is None:
        raise ValueError(f"unknown type of change: {change.type}")
    yield from by_type(change)


def _created(change: Change) -> Iterator[Tag]:
    yield change.stream, "shape"
    yield None, "places"
    if change.details.get("ingested"):
        yield change.stream, "bulk"
        yield change.stream, "linkage"
        yield None, "nodes"
        return
    yield None, f"node:{change.subject}"
    if change.details["parent"] is None:
        yield None, "structures"
    else:
        yield change.stream, f"children:{change.details['parent']}"


def _updated(change: Change) -> Iterator[Tag]:
    if "slug" in change.details["after"]:
        yield change.stream, "places"
        yield None, "places"


def _moved(change: Change) -> Iterator[Tag]:
    yield change.stream, "shape"
    yield change.stream, "places"
    yield None, "places"
    for side in ("before", "after"):
        yield change.stream, f"children:{change.details[side]['parent']}"


def _cloned(change: Change) -> Iterator[Tag]:
    yield change.stream, "shape"
    yield change.stream, "linkage"
    yield change.stream, f"children:{change.details['after']['parent']}"
    yield None, "nodes"
    yield None, "places"


def _pruned(change: Change) -> Iterator[Tag]:
    yield change.stream, "shape"
    yield change.stream, "branches"
    yield change.stream, f"children:{change.details['before']['parent']}"


def _restored(change: Change) -> Iterator[Tag]:
    yield change.stream, "shape"
    yield change.stream, "branches"
    yield change.stream, f"children:{change.details['after']['parent']}"
    yield None, "nodes"
    yield None, "places"


def _linked(change: Change) -> Iterator[Tag]:
    yield change.stream, f"links:{change.details['source']}"
    yield change.stream, f"links:{change.details['target']}"


def _kind_set(change: Change) -> Iterator[Tag]:
    yield change.stream, "kinds"


def _visibility_set(change: Change) -> Iterator[Tag]:
    """All of it is there for others now, or is not: whatever was told of it is wrong."""
    for name in ("structure", "branches", "shape", "places", "kinds", "bulk", "linkage"):
        yield change.stream, name
    for name in ("structures", "nodes", "places"):
        yield None, name


def _deleted(change: Change) -> Iterator[Tag]:
    yield change.stream, "structure"
    yield change.stream, "branches"
    yield change.stream, "shape"
    yield None, "structures"


def _unseen(_: Change) -> Iterator[Tag]:
    """What was pruned could not be read any more."""
    yield from ()


_PURGED: dict[str, Callable[[Change], Iterator[Tag]]] = {
    "CREATED": _created, "UPDATED": _updated, "MOVED": _moved, "CLONED": _cloned, "PRUNED": _pruned,
    "RESTORED": _restored, "PURGED": _unseen, "LINKED": _linked, "UNLINKED": _linked, "KIND_SET": _kind_set,
    "VISIBILITY_SET": _visibility_set,
    "DELETED": _deleted,
}  # fmt: skip

# What answers depend on


def _node(node: NodeRecord) -> Iterator[Tag]:
    yield node.structure_id, f"node:{node.id}"
    yield node.structure_id, "branches"


def _found(ids: Sequence[UUID | None], answers: Sequence[NodeRecord | None]) -> Iterator[Tag]:
    """Nodes by id, those among them that are not there."""
    for own, node in zip(ids, answers, strict=True):
        if node is not None:
            yield from _node(node)
        elif own is not None:
            yield from unknown(own)


def written(structure: UUID, shown: str, opened: str) -> Iterator[Tag]:
    """Of nodes that were read as JSON: the ids of those shown, and of those whose lists are told of, between spaces."""
    yield structure, "branches"
    for own in shown.split():
        yield structure, f"node:{own}"
    for own in opened.split():
        yield structure, f"children:{own}"
    if opened:
        yield structure, "bulk"


def unknown(own: UUID) -> Iterator[Tag]:
    """Of an id that no node has."""
    yield None, f"node:{own}"
    yield None, "nodes"


def nodes_by_reference(keys: Sequence[object], answers: Sequence[Any], _: Arguments) -> Iterator[Tag]:
    """Of `nodes.by_reference`."""
    return _found(parse_ids([str(key) for key in keys]), answers)


def node(_: Sequence[None], answers: Sequence[Any], given: Arguments) -> Iterator[Tag]:
    """Of the query `node`."""
    return _found(parse_ids([given["id"]]), answers)


def nodes(_: Sequence[None], answers: Sequence[Any], given: Arguments) -> Iterator[Tag]:
    """Of the query `nodes`."""
    return _found(parse_ids(list(given["ids"])), answers[0])


def node_by_path(_: Sequence[None], answers: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of the query `nodeByPath`."""
    for found in answers:
        if found is None:
            yield None, "places"
            yield None, "nodes"
            yield None, "structures"
        else:
            yield from _node(found)
            yield found.structure_id, "places"


def parents(children: Sequence[NodeRecord], answers: Sequence[Any], _: Arguments) -> Iterator[Tag]:
    """Of `nodes.parents`."""
    return _found([child.parent_id for child in children], answers)


def ancestors(_: Sequence[NodeRecord], answers: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `nodes.ancestors`: a node says who its parent is, so those of the line are all that it depends on."""
    for line in answers:
        for above in line:
            yield from _node(above)


def ancestors_by_id(of: Sequence[NodeRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `nodes.lines`."""
    return ((each.structure_id, "places") for each in of)


def places(of: Sequence[NodeRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `nodes.paths` and `nodes.depths`."""
    return ((each.structure_id, "places") for each in of)


def sizes(of: Sequence[NodeRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `nodes.descendant_counts`."""
    return ((each.structure_id, "shape") for each in of)


def child_counts(parents: Sequence[NodeRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `children.counts` without a filter."""
    for parent in parents:
        yield from _children(parent)


def _children(parent: NodeRecord) -> Iterator[Tag]:
    yield parent.structure_id, f"children:{parent.id}"
    yield parent.structure_id, "bulk"


def pages(_: Sequence[Any], answers: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of every connection: its list, and what is on the page."""
    for page in answers:
        yield from _list(page.of)
        for record in page.nodes:
            match record:
                case NodeRecord():
                    yield from _node(record)
                case StructureRecord():
                    yield record.id, "structure"
                case _:
                    pass  # links and changes are never changed


def totals(of: Sequence[Page[Any]], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `totals.of_pages`."""
    for page in of:
        yield from _list(page.of)


def _list(of: object) -> Iterable[Tag]:
    match of:
        case ChildrenOf() if of.filter.is_empty:
            return _children(of.parent)
        case ChildrenOf():
            return [(of.parent.structure_id, "any")]
        case DescendantsOf():
            return [(of.top.structure_id, "shape" if of.filter.is_empty else "any")]
        case LinksOf():
            return _links(of.node)
        case NodeRecord():
            return _history(of)
        case StructureRecord():
            return [(of.id, "any")]
        case _:
            return [(None, "structures")]


def _links(of: NodeRecord) -> Iterator[Tag]:
    yield of.structure_id, f"links:{of.id}"
    yield of.structure_id, "linkage"
    yield of.structure_id, "branches"  # a link is not shown while its other end is pruned


def _history(of: NodeRecord) -> Iterator[Tag]:
    yield of.structure_id, f"node:{of.id}"
    yield of.structure_id, f"links:{of.id}"


def link_ends(of: Sequence[Any], answers: Sequence[Any], _: Arguments) -> Iterator[Tag]:
    """Of `links.sources` and `links.targets`. Both ends are named, since a link does not say from which it was seen."""
    for link, found in zip(of, answers, strict=True):
        if found is None:
            yield link.structure_id, "any"
        else:
            yield from _node(found)


def changed_nodes(of: Sequence[Change], answers: Sequence[Any], _: Arguments) -> Iterator[Tag]:
    """Of `changes.nodes_of`."""
    return _found([change.subject for change in of], answers)


def structure(_: Sequence[Any], answers: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of every path that finds structures."""
    for found in answers:
        yield (None, "structures") if found is None else (found.id, "structure")


def roots(of: Sequence[StructureRecord], answers: Sequence[Any], _: Arguments) -> Iterator[Tag]:
    """Of `structures.roots`."""
    return _found([each.root_id for each in of], answers)


def node_counts(of: Sequence[StructureRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `structures.node_counts`."""
    return ((each.id, "shape") for each in of)


def kinds(of: Sequence[StructureRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `structures.kinds`."""
    return ((each.id, "kinds") for each in of)


def revisions(of: Sequence[StructureRecord], _: Sequence[Any], _given: Arguments) -> Iterator[Tag]:
    """Of `structures.revisions`."""
    return ((each.id, "any") for each in of)


def branch_scope(_: Sequence[None], answers: Sequence[BranchScope | None], given: Arguments) -> Iterator[Tag]:
    """Of `scopes.of_branch`, whose fragments change with any operation."""
    for found in answers:
        if found is not None:
            yield found.structure, "any"
        elif (own := parse_ids([given["id"]])[0]) is not None:
            yield None, f"node:{own}"
            yield None, "nodes"
