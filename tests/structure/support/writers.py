"""Writers that change one structure through GraphQL at once, whatever happens to the servers meanwhile."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.structure.support.service import Service

PATIENCE = 120.0
"""Seconds after which a request that still finds nobody fails the run."""
CLONED = 30
"""The most nodes of a branch that is cloned, or the tree would double again and again."""
UNCERTAIN = {"UNAVAILABLE"}
"""What is answered where PostgreSQL went away, perhaps after it had committed."""
SHARES = {"create": 34, "move": 24, "clone": 9, "prune": 9, "restore": 9, "link": 9, "unlink": 3, "update": 3}
"""How often each operation is chosen."""

NODE = "query($id: ID!) {node(id: $id) {version descendantCount}}"
TYPES = {
    "create": "CREATED", "move": "MOVED", "clone": "CLONED", "prune": "PRUNED", "restore": "RESTORED",
    "link": "LINKED", "unlink": "UNLINKED", "update": "UPDATED",
}  # fmt: skip


def _mutation(name: str, kind: str) -> str:
    link = "link {id}" if kind in {"LinkNodes"} else ""
    return f"mutation($input: {kind}!) {{done: {name}(input: $input) {{{link} change {{revision type nodeId}}}}}}"


MUTATIONS = {
    "create": _mutation("createNode", "CreateNode"), "move": _mutation("moveNode", "MoveNode"),
    "clone": _mutation("cloneNode", "CloneNode"), "prune": _mutation("pruneNode", "PruneNode"),
    "restore": _mutation("restoreNode", "RestoreNode"), "link": _mutation("linkNodes", "LinkNodes"),
    "unlink": _mutation("unlinkNodes", "UnlinkNodes"), "update": _mutation("updateNode", "UpdateNode"),
}  # fmt: skip


@dataclass(frozen=True)
class Acknowledged:
    """An operation that a writer was told to be done, at that revision."""

    operation: str
    subject: UUID
    revision: int


@dataclass(frozen=True)
class Unknown:
    """An operation whose first answer got lost, and which was refused when it came again: it may have been done."""

    operation: str
    subject: UUID


@dataclass
class Book:
    """What all writers know, and what became of all that they asked."""

    structure: UUID
    root: UUID
    wanted: int
    nodes: list[UUID] = field(default_factory=list)
    away: list[UUID] = field(default_factory=list)
    links: list[tuple[UUID, UUID]] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    asked: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    failed: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def go_on(self) -> bool:
        """Whether another operation is wanted; counts it."""
        with self.lock:
            self.asked += 1
            return self.asked <= self.wanted and not self.failed

    @property
    def done(self) -> Counter[str]:
        """How often each operation was acknowledged."""
        return Counter(each.operation for each in self.acknowledged)


class Writer(threading.Thread):
    """One client. It repeats a request until somebody answers it, as a careful client does."""

    def __init__(self, service: Service, book: Book, seed: int) -> None:
        super().__init__(name=f"writer {seed}", daemon=True)
        self._random = Random(seed)
        self._book = book
        self._url = f"{service.url}/graphql"
        self._http = httpx.Client(
            trust_env=False, timeout=60, headers={"Authorization": f"Bearer {service.token()}"},
            limits=httpx.Limits(max_connections=1),
        )  # fmt: skip

    def run(self) -> None:
        """Operations at random until enough were asked for."""
        try:
            with self._http:
                while self._book.go_on():
                    self._one()
        except BaseException as error:  # noqa: BLE001 - shown by whoever joins
            self._book.failed.append(error)

    def _one(self) -> None:
        [operation] = self._random.choices([*SHARES], [*SHARES.values()])
        asked = getattr(self, f"_{operation}")()
        if asked is None:  # there is nothing yet to do it to
            operation, asked = "create", self._create()
        subject, given = asked
        self._tell(operation, subject, given)

    def _tell(self, operation: str, subject: UUID, given: dict[str, Any]) -> None:
        answer, code, is_lost = self._ask(MUTATIONS[operation], {"input": given})
        with self._book.lock:
            if answer is None:
                assert code is not None
                self._book.codes[code] += 1
                if is_lost:
                    self._book.unknown.append(Unknown(operation, subject))
                return
            change = answer["done"]["change"]
            assert (change["type"], UUID(change["nodeId"])) == (TYPES[operation], subject), (operation, change)
            self._book.acknowledged.append(Acknowledged(operation, subject, change["revision"]))
            self._remember(operation, subject, answer["done"])

    def _remember(self, operation: str, subject: UUID, done: dict[str, Any]) -> None:
        if operation in {"create", "clone", "restore"}:
            self._book.nodes.append(subject)
        elif operation == "prune":
            self._book.away.append(subject)
        elif operation == "link":
            self._book.links.append((UUID(done["link"]["id"]), subject))

    def _ask(self, query: str, variables: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None, bool]:
        """The data or the code of what is refused, and whether an answer before it got lost."""
        is_lost = False
        until = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < until, "nobody answers any more"
            try:
                answer = self._http.post(self._url, json={"query": query, "variables": variables}).json()
            except (httpx.HTTPError, ValueError) as error:
                self._lose(type(error).__name__)
                is_lost = True
                continue
            if "errors" not in answer:
                return answer["data"], None, is_lost
            code = answer["errors"][0]["extensions"]["code"]
            if code not in UNCERTAIN:
                return None, code, is_lost
            self._lose(code)
            is_lost = True

    def _lose(self, why: str) -> None:
        with self._book.lock:
            self._book.lost[why] += 1
        time.sleep(self._random.uniform(0.02, 0.2))

    def _pick(self) -> UUID:
        """A node, the newer the likelier."""
        with self._book.lock:
            known = self._book.nodes
            if not known or self._random.random() < 0.1:
                return self._book.root
            return known[-1 - min(len(known) - 1, int(self._random.expovariate(1 / 40)))]

    def _seen(self, node: UUID) -> dict[str, Any] | None:
        """What a client reads of a node before it changes it; None if it is not there."""
        answer, _, _ = self._ask(NODE, {"id": str(node)})
        return answer and answer["node"]

    def _place(self) -> dict[str, Any]:
        return {"at": self._random.choice(["FIRST", "LAST"])}

    def _create(self) -> tuple[UUID, dict[str, Any]]:
        chosen = uuid4()
        name = f"N{self._random.randrange(20)}"
        return chosen, {
            "id": str(chosen), "parent": str(self._pick()), "kind": "thing", "name": name, "place": self._place()
        }  # fmt: skip

    def _move(self) -> tuple[UUID, dict[str, Any]] | None:
        node = self._pick()
        seen = self._seen(node)
        if seen is None:
            return None
        return node, {
            "id": str(node), "parent": str(self._pick()), "place": self._place(), "expectedVersion": seen["version"]
        }  # fmt: skip

    def _update(self) -> tuple[UUID, dict[str, Any]] | None:
        node = self._pick()
        seen = self._seen(node)
        if seen is None:
            return None
        return node, {"id": str(node), "name": f"M{self._random.random()}", "expectedVersion": seen["version"]}

    def _clone(self) -> tuple[UUID, dict[str, Any]] | None:
        node = self._pick()
        seen = self._seen(node)
        if seen is None or seen["descendantCount"] >= CLONED:
            return None
        chosen = uuid4()
        return chosen, {"id": str(node), "parent": str(self._pick()), "newId": str(chosen), "place": self._place()}

    def _prune(self) -> tuple[UUID, dict[str, Any]] | None:
        node = self._pick()
        seen = self._seen(node)
        if seen is None:
            return None
        return node, {"id": str(node), "expectedVersion": seen["version"]}

    def _restore(self) -> tuple[UUID, dict[str, Any]] | None:
        with self._book.lock:
            if not self._book.away:
                return None
            node = self._book.away.pop(self._random.randrange(len(self._book.away)))
        return node, {"id": str(node)}

    def _link(self) -> tuple[UUID, dict[str, Any]]:
        source = self._pick()
        return source, {"source": str(source), "target": str(self._pick()), "kind": f"k{uuid4().hex}"}

    def _unlink(self) -> tuple[UUID, dict[str, Any]] | None:
        with self._book.lock:
            if not self._book.links:
                return None
            link, source = self._book.links.pop(self._random.randrange(len(self._book.links)))
        return source, {"id": str(link)}
