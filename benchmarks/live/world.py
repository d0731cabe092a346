"""The servers, and a structure whose nodes are renamed while others listen."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
import psutil

from tests.live.support.house import House, housed

APPLY = """mutation($structure: ID!, $operations: [Operation!]!) {
    apply(structure: $structure, operations: $operations) { revision }}"""
EVENT = "changes(within: $within) { revision type at }"
BRANCHES = 200


@dataclass(frozen=True, slots=True)
class World:
    """A house, and in it a structure of a root, branches, and a node in each."""

    house: House
    authorization: str
    structure: str
    root: str
    branches: Sequence[str]
    leaves: Sequence[str]

    def url(self, server: str) -> str:
        """The GraphQL address of the router, or of a process of structure."""
        return f"{self.house.url(server)}/graphql"

    def subscriber(self, within: str, name: str = "") -> Mapping[str, Any]:
        """One who follows a branch; another name makes it another subscription to who compares documents."""
        return {
            "query": f"subscription {name}($within: ID!) {{ {EVENT} }}", "variables": {"within": within},
            "authorization": self.authorization,
        }  # fmt: skip

    async def rename(self, nodes: int) -> None:
        """Renames some nodes by one commit: a change for each."""
        operations = [{"update": {"id": node, "name": f"n{uuid4().hex}"}} for node in self.leaves[:nodes]]
        body = {"query": APPLY, "variables": {"structure": self.structure, "operations": operations}}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            answer = await http.post(self.url("writer"), json=body, headers={"authorization": self.authorization})
        assert "errors" not in answer.json(), answer.text

    def process(self, server: str) -> psutil.Process:
        """The process of a server."""
        return psutil.Process(self.house.servers[server].pid)

    def counted(self, server: str) -> dict[str, float]:
        """The numbers at /metrics that a process of structure counts of its subscribers."""
        found: dict[str, float] = {}
        for line in httpx.get(f"{self.house.url(server)}/metrics", trust_env=False).text.splitlines():
            if line.startswith("clay_live_"):
                name, _, value = line.rpartition(" ")
                found[name.split("{", 1)[0]] = float(value)
        return found


@contextmanager
def made() -> Generator[World]:
    """All of it, while it runs."""
    with TemporaryDirectory(prefix="clay-bench-") as folder, housed(Path(folder)) as house:
        yield _planted(house)


def _planted(house: House) -> World:
    authorization = f"Bearer {house.token}"
    with httpx.Client(
        base_url=house.url("writer"), headers={"authorization": authorization}, trust_env=False, timeout=60
    ) as http:

        def ask(query: str, **variables: Any) -> Any:
            said = http.post("/graphql", json={"query": query, "variables": variables}).json()
            assert "errors" not in said, said["errors"]
            return said["data"]

        zoo = ask('mutation { createStructure(slug: "zoo", name: "Zoo") { id root { id } } }')["createStructure"]
        root = zoo["root"]["id"]
        branches = [_id(1, number) for number in range(BRANCHES)]
        leaves = [_id(2, number) for number in range(BRANCHES)]
        creates = [_create(node, root) for node in branches]
        creates += [_create(node, parent) for node, parent in zip(leaves, branches, strict=True)]
        ask(APPLY, structure=zoo["id"], operations=creates)
    return World(house, authorization, zoo["id"], root, branches, leaves)


def _id(kind: int, number: int) -> str:
    return f"01900000-0000-7000-800{kind}-{number:012x}"


def _create(node: str, parent: str) -> dict[str, Any]:
    return {"create": {"id": node, "parent": parent, "kind": "note", "name": node[-4:]}}
