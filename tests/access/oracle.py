"""Thousands of random grants, revocations, ends, moves and more; after each, ways to read are held against a model.

python -m tests.access.oracle --steps 5000
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from mediaclay_kernel.database import DRIVER
from mediaclay_kernel.migrations import migrate
from mediaclay_kernel.rights import FOR_EVER, Role
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph

from mediaclay.embedded import postgres
from mediaclay.ports import any_free
from tests.access.support.asking import Asking
from tests.access.support.following import Followers
from tests.access.support.model import Caller, Model, Tree
from tests.access.support.searching import searching

BOUND = 6
"""Nodes of a fragment, so that a small tree has many anchors."""
MOST = 70
"""Nodes of a tree, above which none are made."""
SHORT = 0.15
"""Seconds after which a short grant ends."""
HUMANS, AGENTS = 4, 2


class Oracle:
    """One run."""

    def __init__(self, client: Client, finder: Client, seed: int) -> None:
        self.client = client
        self.chance = random.Random(seed)
        self.model = Model()
        self.counts: Counter[str] = Counter()
        humans, agents = ([uuid4() for _ in range(count)] for count in (HUMANS, AGENTS))
        self.holders = [*humans, *agents]
        self.callers = [
            Caller("nobody"),
            Caller("admin", (uuid4(),), is_admin=True),
            *(Caller(f"human {n}", (human,)) for n, human in enumerate(humans)),
            *(Caller(f"agent {n} for human {n}", (humans[n], agent)) for n, agent in enumerate(agents)),
            Caller("agent 1 for agent 0 for human 0", (humans[0], agents[0], agents[1])),
        ]
        self.tokens = {each.name: self._token(each) for each in self.callers}
        self.asking = Asking((client, finder), self.model, self.tokens, self.chance)
        self.followers = Followers(client, self.model)
        self.short: list[float] = []

    def _token(self, caller: Caller) -> str | None:
        if not caller.chain:
            return None
        act: Any = None
        for actor in reversed(caller.chain[1:]):
            act = {"sub": str(actor), **({} if act is None else {"act": act})}
        scope = "clay.read clay.write clay.admin" if caller.is_admin else "clay.read clay.write"
        later = int(time.time()) + 86_400
        return self.client.issuer.token(caller.chain[0], scope, act=act, exp=later)

    async def plant(self, slug: str) -> None:
        """A new structure of some nodes."""
        made = (await self._do(PLANT, slug=slug))["createStructure"]
        tree = Tree(UUID(made["id"]), slug, UUID(made["root"]["id"]))
        self.model.trees[tree.id] = tree
        tree.parent[tree.root], tree.children[tree.root], tree.slugs[tree.root] = None, [], slug
        await self.client.state.database.pool.execute("UPDATE structure SET bound = $1 WHERE id = $2", BOUND, tree.id)
        for _ in range(40):
            await self.create(tree)

    async def _do(self, query: str, **variables: Any) -> dict[str, Any]:
        return await self.client.data(query, self.tokens["admin"], **variables)

    # What happens

    async def create(self, tree: Tree) -> None:
        """A new node."""
        if len(tree.parent) >= MOST:
            return await self.move(tree)
        parent, node = self.chance.choice(tree.live()), uuid4()
        slug = f"n{node.hex[:12]}"
        await self._do(CREATE, input={"id": str(node), "parent": str(parent), "kind": "k", "name": slug, "slug": slug})
        tree.parent[node], tree.children[node], tree.slugs[node] = parent, [], slug
        tree.children[parent].append(node)
        return None

    async def move(self, tree: Tree) -> None:
        """A branch to another parent."""
        node = self.chance.choice(tree.live())
        inside = {node, *tree.below(node)}
        others = [each for each in tree.live() if each not in inside]
        if node == tree.root or not others:
            return
        parent = self.chance.choice(others)
        await self._do(MOVE, input={"id": str(node), "parent": str(parent)})
        self._detach(tree, node)
        tree.parent[node] = parent
        tree.children[parent].append(node)
        self.counts["moved"] += 1

    async def prune(self, tree: Tree) -> None:
        """A branch away, or back."""
        if tree.away and self.chance.random() < 0.6:
            return await self.restore(tree)
        node = self.chance.choice(tree.live())
        if node == tree.root or len(tree.live()) < MOST / 3:
            return None
        await self._do("mutation($id: ID!) { pruneNode(input: {id: $id}) { change { revision } } }", id=str(node))
        above = tree.parent[node]
        assert above is not None
        self._detach(tree, node)
        tree.parent[node] = None
        tree.away[node] = above
        self.counts["pruned"] += 1
        return None

    async def restore(self, tree: Tree) -> None:
        """A pruned branch to another parent; at its own it would stand where it stood, which the model does not know."""
        node = self.chance.choice([*tree.away])
        others = [each for each in tree.live() if each != tree.away[node]]
        if not others:
            return
        parent = self.chance.choice(others)
        given = {"id": str(node), "parent": str(parent)}
        await self._do(RESTORE, input=given)
        del tree.away[node]
        tree.parent[node] = parent
        tree.children[parent].append(node)
        self.counts["restored"] += 1

    async def link(self, tree: Tree) -> None:
        """A link."""
        source, target = self.chance.choices(tree.live(), k=2)
        if (source, target) not in tree.links:
            await self._do(LINK, input={"source": str(source), "target": str(target), "kind": "to"})
            tree.links.append((source, target))

    def _detach(self, tree: Tree, node: UUID) -> None:
        above = tree.parent[node]
        assert above is not None
        tree.children[above].remove(node)

    async def publish(self, tree: Tree) -> None:
        """A structure that anybody may read, or not any more."""
        tree.is_public = not tree.is_public
        await self._do(PUBLISH, id=str(tree.id), on=tree.is_public)
        self.counts["public or private"] += 1

    async def grant(self, tree: Tree) -> None:
        """A role for somebody; some end soon."""
        holder, node = self.chance.choice(self.holders), self.chance.choice([*tree.parent])
        role = self.chance.choice([*Role])
        until = FOR_EVER
        if self.chance.random() < 0.15:
            until = time.time() + SHORT
            self.short.append(until)
        made = self.client.grants.grant(holder, node, role, until)
        self.model.grants.setdefault(holder, []).append(made)
        self.counts["granted"] += 1

    async def revoke(self, _: Tree) -> None:
        """A grant that is there, ended ones among them."""
        held = [(holder, grant) for holder, own in self.model.grants.items() for grant in own]
        if len(held) > 2 * len(self.holders):
            holder, grant = self.chance.choice(held)
            self.client.grants.revoke(holder, grant)
            self.model.grants[holder].remove(grant)
            self.counts["revoked"] += 1

    async def expire(self, _: Tree) -> None:
        """Waits until grants that end soon have ended."""
        if self.short:
            await asyncio.sleep(max(max(self.short) + 0.02 - time.time(), 0))
            self.counts["expired"] += len(self.short)
            self.short.clear()

    @property
    def happenings(self) -> Sequence[tuple[Callable[[Tree], Awaitable[None]], int]]:
        """What may happen, and how often."""
        return (
            (self.grant, 30), (self.revoke, 22), (self.move, 22), (self.create, 8), (self.prune, 8), (self.link, 5),
            (self.publish, 2), (self.expire, 3),
        )  # fmt: skip

    # What is asked

    async def step(self, number: int) -> None:
        """One thing happens, and then everybody asks something."""
        happen, weights = zip(*self.happenings, strict=True)
        await self.chance.choices(happen, weights)[0](self.chance.choice([*self.model.trees.values()]))
        for _ in range(4):
            await self.ask(self.chance.choice(self.callers), number)
        if number % 5 == 0:
            await self.write(number)
        if number % 20 == 0:
            await self.followed()

    async def ask(self, caller: Caller, number: int) -> None:
        """One way to read, in one name."""
        tree = self.chance.choice([*self.model.trees.values()])
        way = self.chance.choice(self.asking.ways)
        while True:
            began = time.time()
            said, expected = await way(caller, tree, began)
            if not any(began - 0.02 < end < time.time() + 0.02 for end in self.short):
                break  # else a grant has ended meanwhile
            await asyncio.sleep(0.02)
        assert said == expected, f"step {number}, {caller.name}, {way.__name__}:\n{said}\n{expected}"
        self.counts[f"asked: {way.__name__}"] += 1

    async def write(self, number: int) -> None:
        """Somebody tries to change a name: allowed, FORBIDDEN or NOT_FOUND as its role says."""
        caller = self.chance.choice([each for each in self.callers if each.chain])
        tree = self.chance.choice([*self.model.trees.values()])
        [node] = self.asking.some(tree, 1)
        await self.expire(tree)
        role = self.model.role(caller, node, time.time())
        answer = await self.client.send(RENAME, self.tokens[caller.name], id=str(node), name=f"name {number}")
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
        wanted = "NOT_FOUND" if role is None else "FORBIDDEN" if role < Role.WRITE else None
        assert code == wanted, f"step {number}, {caller.name} with {role}: {answer}"
        self.counts["writes tried"] += 1

    async def followed(self) -> None:
        """Somebody follows a branch that it may read; those that may not any more must hear so within a second."""
        await self.expire(next(iter(self.model.trees.values())))
        self.counts["subscriptions ended"] += await self.followers.check()
        caller = self.chance.choice([each for each in self.callers if not each.is_admin])
        tree = self.chance.choice([*self.model.trees.values()])
        seen = self.model.readable(caller, tree, time.time())
        if seen and len(self.followers) < 12:
            await self.followers.follow(caller, self.tokens[caller.name], self.chance.choice(seen))
            self.counts["subscriptions begun"] += 1


PLANT = "mutation($slug: String!) { createStructure(slug: $slug, name: $slug) { id root { id } } }"
CREATE = "mutation($input: CreateNode!) { createNode(input: $input) { node { id } } }"
MOVE = "mutation($input: MoveNode!) { moveNode(input: $input) { node { id } } }"
RESTORE = "mutation($input: RestoreNode!) { restoreNode(input: $input) { node { id } } }"
LINK = "mutation($input: LinkNodes!) { linkNodes(input: $input) { link { id } } }"
PUBLISH = "mutation($id: ID!, $on: Boolean!) { setPublic(structure: $id, isPublic: $on) { isPublic } }"
RENAME = "mutation($id: ID!, $name: String!) { updateNode(input: {id: $id, name: $name}) { node { name } } }"


@asynccontextmanager
async def oracle(database_url: str, seed: int) -> AsyncGenerator[Oracle]:
    """structure on a migrated database with two structures, and search, which follows it."""
    settings = load(Settings, database_url=database_url, public_read=True)
    async with running(subgraph, settings, connections=6) as client, searching(client) as finder:
        made = Oracle(client, finder, seed)
        await made.plant("one")
        await made.plant("two")
        try:
            yield made
        finally:
            made.followers.leave()


async def _long(steps: int, seed: int) -> tuple[Counter[str], float]:
    home = Path(tempfile.mkdtemp(prefix="clay-oracle-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        server = stack.enter_context(postgres.start(home, any_free()))
        connection = await DRIVER.connect(server.url)
        await connection.close()
        await migrate(server.url, subgraph.database_schema, str(subgraph.migrations))
        made = await stack.enter_async_context(oracle(server.url, seed))
        for number in range(1, steps + 1):
            await made.step(number)
            if number % 500 == 0:
                print(f"{number:,} steps, {sum(made.counts.values()):,} acts and questions", flush=True)  # noqa: T201
        return made.counts, made.asking.latest


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    counts, latest = asyncio.run(_long(given.steps, given.seed))
    for name, count in sorted(counts.items()):
        print(f"{name:24} {count:>8,}")  # noqa: T201
    print(f"search had found everything after {latest:.2f} s at the most")  # noqa: T201
    print(f"{given.steps:,} steps in {time.monotonic() - began:.0f} s; no answer differed")  # noqa: T201


if __name__ == "__main__":
    main()
