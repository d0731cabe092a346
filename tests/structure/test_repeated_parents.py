"""One node that stands at several places of a level has its lists there once each."""

from __future__ import annotations

from tests.structure.conftest import World

LISTS = """children { nodes { name } } some: children(filter: {kinds: ["thing"]}) { nodes { name } }
           links { nodes { kind } } history { nodes { type } }"""


async def test_lists_of_a_node_that_is_asked_for_twice(world: World):
    top = await world.create("Top")
    for name in ("One", "Two"):
        await world.create(name, top)
    link = "mutation($input: LinkNodes!) { linkNodes(input: $input) { link { id } } }"
    await world.client.data(link, input={"source": top, "target": world.root, "kind": "to"})
    document = (
        "query($id: ID!) { node(id: $id) { depth "
        + LISTS
        + " children { nodes { depth parent { depth "
        + LISTS
        + " } } } } }"
    )
    for _ in range(2):  # by Strawberry, and then compiled
        found = (await world.client.data(document, id=top))["node"]
        own = {key: found[key] for key in ("depth", "some", "links", "history")}
        for child in found["children"]["nodes"]:
            parent = child["parent"]
            assert [node["name"] for node in parent.pop("children")["nodes"]] == ["One", "Two"]
            assert parent == own
    changes = '{ a: structure(slug: "zoo") { changes { nodes { revision } } } nodes(ids: %s) { structure { changes { nodes { revision } } } } }'
    answer = await world.client.data(changes % f'["{top}", "{world.root}"]')
    assert all(node["structure"] == answer["a"] for node in answer["nodes"])
