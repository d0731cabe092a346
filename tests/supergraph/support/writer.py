"""Someone who writes through the router, and looks for it by searching."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from tests.supergraph.support.instance import Instance, until

CREATE = "mutation($input: CreateNode!) { createNode(input: $input) { node { id name version } change { revision } } }"
UPDATE = "mutation($input: UpdateNode!) { updateNode(input: $input) { node { id name version } change { revision } } }"
MOVE = "mutation($input: MoveNode!) { moveNode(input: $input) { node { id path } change { revision } } }"
FIND = """query($words: String!, $within: ID) {
    search(query: $words, within: $within, mode: KEYWORD, first: 50) { nodes { node { id } } }
}"""


def a_word() -> str:
    """Letters that nobody used before, too far from all others to be taken for a typo of them."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(16))


class Writer:
    """One principal, in a structure of its own."""

    def __init__(self, instance: Instance, token: str, slug: str) -> None:
        self.instance = instance
        self.token = token
        self.slug = slug
        made = self.data(
            "mutation($slug: String!) { createStructure(slug: $slug, name: $slug) { id root { id } } }", slug=slug
        )
        self.structure = made["createStructure"]["id"]
        self.root = made["createStructure"]["root"]["id"]

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        return self.instance.data(query, self.token, **variables)

    def refused(self, query: str, **variables: Any) -> dict[str, Any]:
        return self.instance.refused(query, self.token, **variables)

    def create(self, name: str, parent: str | None = None, **more: Any) -> str:
        """The id of a new node."""
        given = {"parent": parent or self.root, "kind": "thing", "name": name, **more}
        return self.data(CREATE, input=given)["createNode"]["node"]["id"]

    def rename(self, node: str, name: str) -> dict[str, Any]:
        return self.data(UPDATE, input={"id": node, "name": name})["updateNode"]

    def move(self, node: str, parent: str) -> dict[str, Any]:
        return self.data(MOVE, input={"id": node, "parent": parent})["moveNode"]

    def revision(self) -> int:
        return self.data("query($slug: String!) { structure(slug: $slug) { revision } }", slug=self.slug)["structure"][
            "revision"
        ]

    def found(self, words: str, within: str | None = None) -> set[str]:
        """The ids that a search answers."""
        hits = self.data(FIND, words=words, within=within)["search"]["nodes"]
        return {hit["node"]["id"] for hit in hits}

    def finds(self, words: str, nodes: Iterable[str], within: str | None = None) -> None:
        """Waits until a search answers exactly these."""
        wanted = set(nodes)
        until(lambda: self.found(words, within) == wanted, 30)
