"""Random changes, by every operation that there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.cache.support.forest import KINDS, NAMES, PROPERTIES, SLUGS, TREES, Forest

Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]

_NODE = "node {id children(first: 2) {edges {cursor}}}"
_INPUTS = {
    "createNode": "CreateNode", "updateNode": "UpdateNode", "moveNode": "MoveNode", "cloneNode": "CloneNode",
    "pruneNode": "PruneNode", "restoreNode": "RestoreNode",
}  # fmt: skip
_OPERATIONS = {
    name: f"mutation($input: {kind}!) {{{name}(input: $input) {{{_NODE}}}}}" for name, kind in _INPUTS.items()
}
_LINK = "mutation($input: LinkNodes!) {linkNodes(input: $input) {link {id}}}"
_UNLINK = "mutation($input: UnlinkNodes!) {unlinkNodes(input: $input) {link {id}}}"
_KIND = "mutation($input: SetKind!) {setKind(input: $input) {name}}"
_PUBLISH = "mutation($id: ID!, $on: Boolean!) {setPublic(structure: $id, isPublic: $on) {id}}"
_PLANT = 'mutation($slug: String!) {createStructure(slug: $slug, name: "Tree") {id root {id}}}'
_FELL = "mutation($id: ID!) {deleteStructure(id: $id)}"
_APPLY = "mutation($structure: ID!, $operations: [Operation!]!) {apply(structure: $structure, operations: $operations) {revision}}"


class Writes:
    """Does one thing after another to a forest; refusals are as good as anything."""

    def __init__(self, forest: Forest, chance: Random) -> None:
        self._forest = forest
        self._chance = chance
        self._ways: list[Callable[[Send], Awaitable[None]]] = [
            *[self._create] * 8, *[self._update] * 5, *[self._move] * 4, *[self._clone] * 2, *[self._prune] * 3,
            *[self._restore] * 2, *[self._link] * 4, self._unlink, self._set_kind, self._plant, self._apply, self._fell, self._publish,
        ]  # fmt: skip

    async def one(self, send: Send) -> None:
        if not self._forest.structures:
            await self._plant(send)
        await self._chance.choice(self._ways)(send)

    def creation(self) -> dict[str, Any]:
        chance, forest = self._chance, self._forest
        given: dict[str, Any] = {
            "parent": forest.known(chance), "kind": chance.choice(KINDS), "name": chance.choice(NAMES),
            "properties": chance.choice(PROPERTIES),
        }  # fmt: skip
        if chance.random() < 0.5:
            given["id"] = forest.new_id(chance)
        if chance.random() < 0.3:
            given["place"] = {"at": "FIRST"}
        return given

    def _movement(self) -> dict[str, Any]:
        return {"id": self._forest.known(self._chance), "parent": self._forest.known(self._chance)}

    async def _node(self, send: Send, name: str, given: dict[str, Any]) -> str | None:
        answer = await send(_OPERATIONS[name], {"input": given})
        node = ((answer.get("data") or {}).get(name) or {}).get("node")
        if node is None:
            return None
        self._forest.cursors = [
            *self._forest.cursors[-10:], *(edge["cursor"] for edge in node["children"]["edges"])
        ]  # fmt: skip
        return node["id"]

    async def _create(self, send: Send) -> None:
        made = await self._node(send, "createNode", self.creation())
        if made is not None:
            self._forest.ids.append(made)

    async def _update(self, send: Send) -> None:
        chance = self._chance
        given = chance.choice([
            {"name": chance.choice(NAMES)}, {"slug": chance.choice(SLUGS)}, {"kind": chance.choice(KINDS)},
            {"properties": chance.choice(PROPERTIES)},
        ])  # fmt: skip
        await self._node(send, "updateNode", {"id": self._forest.known(chance), **given})

    async def _move(self, send: Send) -> None:
        await self._node(send, "moveNode", self._movement())

    async def _clone(self, send: Send) -> None:
        given = self._movement()
        if self._chance.random() < 0.5:
            given["newId"] = self._forest.new_id(self._chance)
        made = await self._node(send, "cloneNode", given)
        if made is not None:
            self._forest.ids.append(made)

    async def _prune(self, send: Send) -> None:
        own = self._forest.known(self._chance)
        answer = await send(_OPERATIONS["pruneNode"], {"input": {"id": own}})
        if "errors" not in answer:
            self._forest.pruned.append(own)

    async def _restore(self, send: Send) -> None:
        if self._forest.pruned:
            own = self._forest.pruned.pop(self._chance.randrange(len(self._forest.pruned)))
            await self._node(send, "restoreNode", {"id": own})

    async def _link(self, send: Send) -> None:
        chance, forest = self._chance, self._forest
        given = {"source": forest.known(chance), "target": forest.known(chance), "kind": chance.choice(KINDS)}
        answer = await send(_LINK, {"input": given})
        if "errors" not in answer:
            forest.links.append(answer["data"]["linkNodes"]["link"]["id"])

    async def _unlink(self, send: Send) -> None:
        if self._forest.links:
            own = self._forest.links.pop(self._chance.randrange(len(self._forest.links)))
            await send(_UNLINK, {"input": {"id": own}})

    async def _set_kind(self, send: Send) -> None:
        chance = self._chance
        given = {
            "structure": chance.choice([*self._forest.structures.values()]), "name": chance.choice(KINDS),
            "schema": chance.choice([{}, {"type": "object"}]), "description": chance.choice(NAMES),
        }  # fmt: skip
        await send(_KIND, {"input": given})

    async def _plant(self, send: Send) -> None:
        slug = self._chance.choice(TREES)
        answer = await send(_PLANT, {"slug": slug})
        if "errors" not in answer:
            made = answer["data"]["createStructure"]
            self._forest.structures[slug] = made["id"]
            self._forest.ids.append(made["root"]["id"])
            await send(_PUBLISH, {"id": made["id"], "on": True})  # questions are asked by nobody

    async def _publish(self, send: Send) -> None:
        structure = self._chance.choice([*self._forest.structures.values()])
        await send(_PUBLISH, {"id": structure, "on": self._chance.random() < 0.8})

    async def _fell(self, send: Send) -> None:
        if len(self._forest.structures) > 1 and self._chance.random() < 0.3:
            slug = self._chance.choice([*self._forest.structures])
            await send(_FELL, {"id": self._forest.structures.pop(slug)})

    async def _apply(self, send: Send) -> None:
        chance, forest = self._chance, self._forest
        first, second = self.creation(), self.creation()
        operations = [{"create": first}, {"move": self._movement()}, {"create": second}]
        structure = chance.choice([*forest.structures.values()])
        answer = await send(_APPLY, {"structure": structure, "operations": operations[: chance.randint(1, 3)]})
        if "errors" not in answer:
            forest.ids += [each["id"] for each in (first, second) if "id" in each]
