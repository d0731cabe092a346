"""Questions over every path by which structure is read, and what may be asked again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from tests.cache.support.forest import Forest


class Question(NamedTuple):
    document: str
    variables: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        return {"query": self.document, "variables": self.variables}


_FIELDS = "id kind name slug version properties createdAt updatedAt createdBy {id} updatedBy {id}"

_BY_FOREST: dict[str, Callable[[Forest, Random], dict[str, Any]]] = {
    f"query($id: ID!) {{node(id: $id) {{{_FIELDS} structure {{slug name}}}}}}": lambda f, r: {"id": f.any_id(r)},
    "query($id: ID!) {node(id: $id) {path depth}}": lambda f, r: {"id": f.any_id(r)},
    "query($id: ID!) {node(id: $id) {parent {id name} ancestors {id name slug}}}": lambda f, r: {"id": f.any_id(r)},
    """query($id: ID!, $first: Int, $after: String) {node(id: $id) {childCount children(first: $first, after: $after) {
        edges {cursor node {id name}} pageInfo {hasNextPage hasPreviousPage endCursor} totalCount}}}""": lambda f, r: {
        "id": f.any_id(r), "first": r.choice([1, 3, 50]), "after": r.choice([None, *f.cursors]),
    },
    """query($id: ID!, $filter: NodeFilter) {node(id: $id) {
        children(first: 20, filter: $filter) {nodes {id} totalCount}}}""": lambda f, r: {
        "id": f.any_id(r), "filter": f.filter(r)
    },
    """query($id: ID!, $filter: NodeFilter, $deep: Int) {node(id: $id) {descendantCount
        descendants(first: 30, filter: $filter, maxDepth: $deep) {edges {cursor node {id name}} totalCount}}}""": (
        lambda f, r: {"id": f.any_id(r), "filter": f.filter(r), "deep": r.choice([None, None, 1, 2])}
    ),
    """query($id: ID!, $way: LinkDirection, $kind: String) {node(id: $id) {links(direction: $way, kind: $kind) {
        nodes {id kind properties source {id name} target {id name}} totalCount}}}""": lambda f, r: {
        "id": f.any_id(r), "way": r.choice(["OUT", "IN", "BOTH"]), "kind": r.choice([None, None, "a"]),
    },
    """query($id: ID!) {node(id: $id) {history(first: 5) {
        nodes {revision type nodeId details node {id name} principal {id}} pageInfo {hasNextPage}}}}""": (
        lambda f, r: {"id": f.any_id(r)}
    ),
    "query($ids: [ID!]!) {nodes(ids: $ids) {id name parent {name}}}": lambda f, r: {
        "ids": [f.any_id(r) for _ in range(r.randint(1, 5))]
    },
    "query($structure: String!, $path: String!) {nodeByPath(structure: $structure, path: $path) {id name path}}": (
        lambda f, r: {"structure": f.any_slug(r), "path": f.path(r)}
    ),
    "query($slug: String!) {structure(slug: $slug) {id name createdAt root {id name childCount}}}": lambda f, r: {
        "slug": f.any_slug(r)
    },
    "query($slug: String!) {structure(slug: $slug) {revision nodeCount kinds {name schema allowedChildren}}}": (
        lambda f, r: {"slug": f.any_slug(r)}
    ),
    "{structures(first: 50) {nodes {id slug root {name}} totalCount}}": lambda _f, _r: {},
    """query($slug: String!, $after: Int) {structure(slug: $slug) {changes(after: $after, first: 5) {
        nodes {revision type nodeId node {id} structure {slug}} pageInfo {hasNextPage}}}}""": lambda f, r: {
        "slug": f.any_slug(r), "after": r.choice([None, 0, 1, 3])
    },
    """query($of: [_Any!]!) {_entities(representations: $of) {
        ... on Node {id name path childCount} ... on Structure {slug nodeCount}}}""": lambda f, r: {
        "of": [
            r.choice([
                {"__typename": "Node", "id": f.any_id(r)}, {"__typename": "Node", "id": f.any_id(r)},
                {"__typename": "Structure", "slug": f.any_slug(r)}, {"__typename": "Structure", "id": f.any_id(r)},
            ])
            for _ in range(r.randint(1, 4))
        ]
    },
    "query($id: ID!) {branchScope(id: $id) {structure revision anchors ranges {anchor from to}}}": lambda f, r: {
        "id": f.any_id(r)
    },
    """query($slug: String!) {structure(slug: $slug) {root {name children(first: 10) {
        nodes {id name children(first: 10) {nodes {id name children(first: 5) {nodes {name}}}}}}}}}""": lambda f, r: {
        "slug": f.any_slug(r)
    },
}  # fmt: skip
DOCUMENTS = list(_BY_FOREST)


class Questions:
    """Mostly those that were asked before: only such can be answered from a cache."""

    def __init__(self, forest: Forest, chance: Random) -> None:
        self._forest = forest
        self._chance = chance
        self._asked: list[Question] = []

    def draw(self) -> Question:
        if self._asked and self._chance.random() < 0.75:
            return self._chance.choice(self._asked)
        document = self._chance.choice(DOCUMENTS)
        question = Question(document, _BY_FOREST[document](self._forest, self._chance))
        self._asked.append(question)
        if len(self._asked) > 60:
            self._asked.pop(self._chance.randrange(len(self._asked)))
        return question
