"""Grants from identity to where they are enforced."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from mediaclay_identity.subscriptions import access_changed
from mediaclay_kernel.context import Context

from tests.access.conftest import GRANT, House

RENAME = 'mutation($id: ID!) { updateNode(input: {id: $id, name: "new"}) { node { name } } }'


async def test_the_creator_manages_a_new_structure_and_nobody_else_sees_it(house: House) -> None:
    garden = await house.plant("ada")
    bed = await house.grow("ada", garden["root"]["id"], "Bed")
    assert await house.name("ada", bed) == "Bed"
    assert await house.name("bob", bed) is None
    assert await house.name("", bed) is None
    assert (await house.trees.data('{ structure(slug: "garden") { id } }', house.token("bob")))["structure"] is None
    seen = "{ structures { nodes { slug } totalCount } }"
    assert (await house.trees.data(seen, house.token("bob")))["structures"] == {"nodes": [], "totalCount": 0}
    admin = house.token("administrator", scope="clay.read clay.admin")
    assert (await house.trees.data(seen, admin))["structures"]["totalCount"] == 1


async def test_hidden_and_missing_are_the_same_refusal(house: House) -> None:
    garden = await house.plant("ada")
    hidden, missing = garden["root"]["id"], str(uuid4())
    for id_, other in ((hidden, missing), (missing, hidden)):
        code, message = await house.trees.refused(RENAME, house.token("bob"), id=id_)
        again = await house.trees.refused(RENAME, house.token("bob"), id=other)
        assert (code, message.replace(id_, "ID")) == (again[0], again[1].replace(other, "ID"))
        assert code == "NOT_FOUND"
        query = "mutation($id: ID!) { deleteStructure(id: $id) }"
        assert (await house.trees.refused(query, house.token("bob"), id=garden["id"]))[0] == "NOT_FOUND"
    code, _ = await house.identity.refused(
        GRANT, house.token("bob"), to=str(house.people["bob"]), node=hidden, role="READ"
    )
    assert code == "NOT_FOUND"
    assert await house.name("ada", hidden) == "garden"


async def test_each_role_allows_what_it_says_and_what_lies_below_inherits_it(house: House) -> None:
    garden = await house.plant("ada")
    bed = await house.grow("ada", garden["root"]["id"], "Bed")
    rose = await house.grow("ada", bed, "Rose")
    await house.grant("ada", "bob", bed, "READ")
    assert await house.name("bob", rose) == "Rose"
    assert await house.name("bob", garden["root"]["id"]) is None
    assert (await house.trees.refused(RENAME, house.token("bob"), id=rose))[0] == "FORBIDDEN"
    await house.grant("ada", "bob", bed, "WRITE")
    assert (await house.trees.data(RENAME, house.token("bob"), id=rose))["updateNode"]["node"] == {"name": "new"}
    to_eve: Any = {"to": str(house.people["eve"]), "node": rose, "role": "READ"}
    assert (await house.identity.refused(GRANT, house.token("bob"), **to_eve))[0] == "FORBIDDEN"
    assert await house.name("eve", rose) is None
    await house.grant("ada", "bob", bed, "MANAGE")
    await house.identity.data(GRANT, house.token("bob"), **to_eve)
    assert await house.name("eve", rose) == "new"
    delete = "mutation($id: ID!) { deleteStructure(id: $id) }"
    # Part of the structure may be seen, but not its root, which is what would have to be managed.
    assert (await house.trees.refused(delete, house.token("bob"), id=garden["id"]))[0] == "NOT_FOUND"


async def test_above_a_grant_there_is_nothing_but_the_path(house: House) -> None:
    garden = await house.plant("ada")
    bed = await house.grow("ada", garden["root"]["id"], "Bed")
    rose = await house.grow("ada", bed, "Rose")
    leaf = await house.grow("ada", rose, "Leaf")
    await house.grant("ada", "bob", rose, "READ")
    query = "query($id: ID!) { node(id: $id) { path depth parent { name } ancestors { name } structure { slug root { id } nodeCount } } }"
    assert (await house.trees.data(query, house.token("bob"), id=leaf))["node"] == {
        "path": "/bed/rose/leaf", "depth": 3, "parent": {"name": "Rose"}, "ancestors": [{"name": "Rose"}],
        "structure": {"slug": "garden", "root": None, "nodeCount": 2},
    }  # fmt: skip
    top = (await house.trees.data(query, house.token("bob"), id=rose))["node"]
    assert (top["path"], top["parent"], top["ancestors"]) == ("/bed/rose", None, [])


async def test_a_revoked_grant_is_of_no_use_to_the_next_request(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    grant = ""
    for _ in range(5):
        grant = await house.grant("ada", "bob", root, "READ")
        assert await house.name("bob", root) == "garden"
        assert await house.revoke("ada", grant)
        assert await house.name("bob", root) is None
    assert not await house.revoke("ada", grant)


async def test_a_grant_ends_by_the_clock(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    end = datetime.now(UTC) + timedelta(seconds=1)
    await house.grant("ada", "bob", root, "READ", end)
    assert await house.name("bob", root) == "garden"
    await asyncio.sleep(end.timestamp() - time.time() + 0.01)
    assert await house.name("bob", root) is None
    over: Any = {"to": str(house.people["bob"]), "node": root, "role": "READ", "until": end.isoformat()}
    assert (await house.identity.refused(GRANT, house.token("ada"), **over))[0] == "BAD_USER_INPUT"


async def test_an_agent_may_do_no_more_than_it_and_the_user_both_may(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    bed = await house.grow("ada", root, "Bed")
    assert await house.name("ada", bed, "bot") is None
    await house.grant("ada", "bot", bed, "WRITE")
    assert await house.name("ada", bed, "bot") == "Bed"
    assert await house.name("ada", root, "bot") is None
    assert await house.name("bob", bed, "bot") is None
    # Whoever is an administrator is none through an agent.
    admin = house.token("administrator", "bot", scope="clay.read clay.write clay.admin")
    query = "query($id: ID!) { node(id: $id) { name } }"
    assert (await house.trees.data(query, admin, id=bed))["node"] is None


async def test_an_agent_may_write_in_what_it_makes_for_a_user(house: House) -> None:
    query = 'mutation { createStructure(slug: "made", name: "Made") { root { id } } }'
    token = house.token("bob", "bot")
    root = (await house.trees.data(query, token))["createStructure"]["root"]["id"]
    assert (await house.trees.data(RENAME, token, id=root))["updateNode"]["node"] == {"name": "new"}
    publish = "mutation($id: ID!) { setPublic(structure: $id, isPublic: true) { id } }"
    structure = (await house.trees.data('{ structure(slug: "made") { id } }', token))["structure"]["id"]
    assert (await house.trees.refused(publish, token, id=structure))[0] == "FORBIDDEN"
    assert await house.trees.data(publish, house.token("bob"), id=structure)


async def test_anybody_reads_what_is_public_and_nobody_what_is_not_any_more(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    publish = "mutation($id: ID!, $on: Boolean!) { setPublic(structure: $id, isPublic: $on) { isPublic } }"
    assert (await house.trees.refused(publish, house.token("bob"), id=garden["id"], on=True))[0] == "NOT_FOUND"
    for on in (True, False, True):
        answer = await house.trees.data(publish, house.token("ada"), id=garden["id"], on=on)
        assert answer["setPublic"] == {"isPublic": on}
        for who in ("", "bob"):
            for _ in range(3):  # compiled and kept, too
                assert await house.name(who, root) == ("garden" if on else None)
    assert (await house.trees.refused(publish, house.token("bob"), id=garden["id"], on=False))[0] == "FORBIDDEN"
    assert (await house.trees.refused(RENAME, house.token("bob"), id=root))[0] == "FORBIDDEN"


async def test_where_grants_cannot_be_had_the_answer_is_no_and_nothing_is_half_done(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    assert await house.name("ada", root) == "garden"
    house.way.is_cut = True
    query = 'mutation { createStructure(slug: "half", name: "Half") { id } }'
    assert (await house.trees.refused(query, house.token("ada")))[0] == "UNAVAILABLE"
    await asyncio.sleep(3)
    ask = "query($id: ID!) { node(id: $id) { name } }"
    assert (await house.trees.refused(ask, house.token("ada"), id=root))[0] == "UNAVAILABLE"
    admin = house.token("administrator", scope="clay.read clay.admin")
    assert (await house.trees.data('{ structure(slug: "half") { id } }', admin))["structure"] is None
    house.way.is_cut = False
    assert await house.name("ada", root) == "garden"


async def test_what_was_granted_is_told_to_the_holder_and_to_who_manages(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    bed = await house.grow("ada", root, "Bed")
    await house.grant("ada", "bob", bed, "READ")
    mine = "{ me { grants { role node { id } principal { name } grantedBy { name } expiresAt } } }"
    assert (await house.identity.data(mine, house.token("bob")))["me"]["grants"] == [
        {
            "role": "READ", "node": {"id": bed}, "principal": {"name": "bob"}, "grantedBy": {"name": "ada"},
            "expiresAt": None,
        }
    ]  # fmt: skip
    line = (await house.trees.data("query($id: ID!) { node(id: $id) { line } }", house.token("bob"), id=bed))["node"]
    assert line == {"line": [root, bed]}
    query = """query($keys: [_Any!]!) { _entities(representations: $keys) {
        ... on Node { myRole grants { role principal { name } node { id } } } } }"""
    keys = [{"__typename": "Node", "id": bed, "line": [root, bed]}]
    seen = (await house.identity.data(query, house.token("ada"), keys=keys))["_entities"]
    assert seen == [
        {
            "myRole": "MANAGE",
            "grants": [
                {"role": "MANAGE", "principal": {"name": "ada"}, "node": {"id": root}},
                {"role": "READ", "principal": {"name": "bob"}, "node": {"id": bed}},
            ],
        }
    ]
    assert (await house.identity.refused(query, house.token("bob"), keys=keys))[0] == "FORBIDDEN"
    role = "query($keys: [_Any!]!) { _entities(representations: $keys) { ... on Node { myRole } } }"
    assert (await house.identity.data(role, house.token("bob"), keys=keys))["_entities"] == [{"myRole": "READ"}]


async def test_the_holder_is_told_when_a_grant_comes_goes_and_ends(house: House) -> None:
    garden = await house.plant("ada")
    root = garden["root"]["id"]
    start = house.identity.app.state.start  # type: ignore[union-attr]
    principal = await start.verifier.principal(f"Bearer {house.token('bob')}")
    followed = await access_changed(Context(principal, house.identity.state, start.settings, access=start.access))
    told: list[tuple[int, str]] = []

    async def listen() -> None:
        async for change in followed.records():
            told.append((change.revision, change.type))

    listening = asyncio.create_task(listen())
    while not house.identity.state.live.counts.members:  # what comes before that is not told: it follows from now on
        await asyncio.sleep(0.01)
    grant = await house.grant("ada", "bob", root, "READ")
    await house.revoke("ada", grant)
    await house.grant("ada", "eve", root, "READ")
    await house.grant("ada", "bob", root, "WRITE", datetime.now(UTC) + timedelta(seconds=0.5))
    for _ in range(60):
        if len(told) == 4:
            break
        await asyncio.sleep(0.05)
    listening.cancel()
    assert [type_ for _, type_ in told] == ["GRANTED", "REVOKED", "GRANTED", "EXPIRED"], told


async def test_only_our_own_services_are_told_of_others_grants(house: House) -> None:
    for scope in ("clay.read", "clay.read clay.write clay.admin"):
        headers = {"Authorization": f"Bearer {house.token('administrator', scope=scope)}"}
        for method, path in (("GET", "/v1/grants"), ("GET", "/v1/grants/changes"), ("POST", "/v1/grants")):
            answer = await house.identity.http.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    assert (await house.identity.http.get("/v1/grants")).status_code == 401


async def test_a_repeated_grant_is_one_grant(house: House) -> None:
    garden = await house.plant("ada")
    one = await house.grant("ada", "bob", garden["root"]["id"], "READ")
    assert await house.grant("ada", "bob", garden["root"]["id"], "READ") == one
    assert await house.grant("ada", "bob", garden["root"]["id"], "WRITE") != one
