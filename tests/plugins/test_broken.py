"""A plugin that is wrong is told in one sentence that names it."""

from __future__ import annotations

import json

import pytest

from tests.plugins.support.environment import Environment

DESCRIPTOR = """
from mediaclay_kernel.subgraph import Subgraph

subgraph = Subgraph(
    name="{name}", description="A try.", port={port}, schema="{schema}", running="{module}:running"
)
"""
SCHEMA = """
import strawberry
from mediaclay_kernel.federation import Schema


@strawberry.type
class Query:
    height: {kind} = {value}


schema = Schema(query=Query)
"""
LOST = """
import strawberry
from mediaclay_kernel.federation import Schema


@strawberry.federation.type(keys=["id"])
class Node:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Node":
        return cls(id=id)


schema = Schema(types=[Node])
"""


def descriptor(module: str, name: str, schema: str | None = None, port: int = 4005) -> str:
    return DESCRIPTOR.format(name=name, module=module, port=port, schema=schema or f"{module}:schema")


def said(environment: Environment, *arguments: str) -> tuple[int, str]:
    done = environment.clay(*arguments)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_one_whose_module_is_missing(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph")
    assert said(house, "plugins") == (
        2, "clay: The subgraph tides (clay_tides:subgraph) can't be imported: No module named 'clay_tides'\n",
    )  # fmt: skip


def test_one_whose_descriptor_is_missing(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides="")
    code, text = said(house, "plugins")
    assert code == 2
    assert text.startswith("clay: The subgraph tides (clay_tides:subgraph) can't be imported: ")


def test_one_whose_import_fails(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides="raise RuntimeError('no moon')")
    assert said(house, "plugins") == (
        2, "clay: The subgraph tides (clay_tides:subgraph) can't be imported: no moon\n",
    )  # fmt: skip


def test_one_that_is_no_descriptor(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides="subgraph = 4005")
    assert said(house, "plugins") == (
        2, "clay: The entry point tides (clay_tides:subgraph) is not a Subgraph of that name.\n",
    )  # fmt: skip


def test_one_under_another_name_than_its_own(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides=descriptor("clay_tides", "ebb"))
    assert said(house, "plugins") == (
        2, "clay: The entry point tides (clay_tides:subgraph) is not a Subgraph of that name.\n",
    )  # fmt: skip


def test_two_of_one_name(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides=descriptor("clay_tides", "tides"))
    house.add("ebb-and-flow", "tides = clay_ebb:subgraph", clay_ebb=descriptor("clay_ebb", "tides"))
    code, text = said(house, "plugins")
    assert code == 2
    assert text in (
        "clay: Two installed packages bring a subgraph tides: clay_tides:subgraph and clay_ebb:subgraph.\n",
        "clay: Two installed packages bring a subgraph tides: clay_ebb:subgraph and clay_tides:subgraph.\n",
    )


def test_one_whose_schema_is_missing(house: Environment) -> None:
    house.add("tides", "tides = clay_tides:subgraph", clay_tides=descriptor("clay_tides", "tides"))
    code, text = said(house, "schema", "tides")
    assert code == 2
    assert text.startswith("clay: clay_tides:schema can't be imported: ")


def test_one_with_an_entity_that_nobody_finds(house: Environment) -> None:
    text = descriptor("clay_tides", "tides", "clay_tides_schema:schema")
    house.add("tides", "tides = clay_tides:subgraph", clay_tides=text, clay_tides_schema=LOST)
    assert said(house, "schema", "tides") == (
        2,
        "clay: The schema is declared wrongly: "
        "Node is an entity: give @shows a reference, or its key resolvable=False.\n",
    )


@pytest.mark.parametrize("command", ["--help", "--version"])
def test_help_is_there_whatever_is_broken(house: Environment, command: str) -> None:
    house.add("tides", "tides = clay_tides:subgraph")
    done = house.clay(command)
    assert done.returncode == 0
    assert done.stdout != ""


def test_two_that_do_not_fit_together_leave_the_old_supergraph(house: Environment) -> None:
    for port, name, kind in ((4005, "ebb", "int"), (4006, "flow", "str")):
        text = descriptor(f"clay_{name}", name, f"clay_{name}_schema:schema", port)
        schema = SCHEMA.format(kind=kind, value=repr(name) if kind == "str" else 1)
        house.add(name, f"{name} = clay_{name}:subgraph", **{f"clay_{name}": text, f"clay_{name}_schema": schema})
    file = house.folder / "supergraph.graphql"
    file.write_text("the old one")
    done = house.clay("compose", "--out", str(file))
    assert done.returncode == 1
    assert "height" in done.stderr
    assert "ebb" in done.stderr
    assert file.read_text() == "the old one"


def test_one_is_enough_for_a_supergraph(house: Environment) -> None:
    text = descriptor("clay_ebb", "ebb", "clay_ebb_schema:schema")
    house.add("ebb", "ebb = clay_ebb:subgraph", clay_ebb=text, clay_ebb_schema=SCHEMA.format(kind="int", value=1))
    assert [each["name"] for each in json.loads(house.clay("plugins", "--json").stdout)] == ["ebb"]
    assert house.clay("compose", "--out", str(house.folder / "supergraph.graphql")).returncode == 0
    assert "height: Int!" in (house.folder / "supergraph.graphql").read_text()
