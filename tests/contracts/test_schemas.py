"""What the subgraphs serve against what clients were promised (the .graphql files beside this one)."""

from pathlib import Path

import pytest
from graphql import parse
from mediaclay_kernel.subgraph import discover

from tests.contracts.coordinates import beyond, different, of_document, read
from tests.contracts.differences import ADDED, DIFFERENT, MISSING

HERE = Path(__file__).parent
NAMES = sorted(ADDED)


def promised(name: str):
    return read(HERE / f"{name}.graphql")


def served(name: str):
    return read(HERE.parents[1] / "subgraphs" / name / "schema.graphql")


def test_each_subgraph_of_ours_has_a_contract():
    assert sorted(path.stem for path in HERE.glob("*.graphql")) == NAMES
    assert set(NAMES) <= set(discover())


@pytest.mark.parametrize("name", NAMES)
def test_whatever_both_have_has_the_same_type_nullability_and_default(name: str):
    assert different(served(name), promised(name)) == DIFFERENT[name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_served_that_was_neither_promised_nor_listed(name: str):
    assert beyond(served(name), promised(name)) == ADDED[name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_promised_is_missing_but_what_is_listed_to_come(name: str):
    listed = [each for members in MISSING[name].values() for each in members]
    assert len(listed) == len(set(listed))
    assert beyond(promised(name), served(name)) == set(listed)


def test_what_structure_keeps_to_itself_is_inaccessible():
    served_text = (HERE.parents[1] / "subgraphs" / "structure" / "schema.graphql").read_text()
    for text in ("type BranchScope @inaccessible", "type KeyRange @inaccessible", "BranchScope @inaccessible\n"):
        assert text in served_text


PROMISE = """
type Thing @key(fields: "id") { id: ID! list(first: Int = 5, "Words." kind: Kind): [Thing!]! }
enum Kind { A B }
input Order { at: Kind! = A }
type Other { id: ID! }
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("id: ID! list", "id: ID list", {"Thing.id": ("ID", "ID!")}),
        ("first: Int = 5", "first: Int! = 5", {"Thing.list(first:)": ("Int! = 5", "Int = 5")}),
        ("first: Int = 5", "first: Int", {"Thing.list(first:)": ("Int", "Int = 5")}),
        ("[Thing!]!", "[Thing]!", {"Thing.list": ("[Thing]!", "[Thing!]!")}),
        ("Kind! = A", "Kind! = B", {"Order.at": ("Kind! = B", "Kind! = A")}),
        ("input Order", "type Order", {"Order": ("object_type_definition", "input_object_type_definition"),
                                       "Order.at": ("Kind!", "Kind! = A")}),
        ("type Thing", "extend type Thing", {}),
    ],
)  # fmt: skip
def test_a_changed_promise_is_found(old: str, new: str, found: dict[str, tuple[str, str]]):
    changed = PROMISE.replace(old, new, 1)
    if new == "type Order":  # whose fields have no defaults
        changed = changed.replace("{ at: Kind! = A }", "{ at: Kind! }")
    before, after = (dict(of_document(parse(text).definitions)) for text in (PROMISE, changed))
    assert different(after, before) == found
    assert beyond(after, before) == beyond(before, after) == set()


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        (' @key(fields: "id")', "", {"Thing@key(id)"}),
        (', "Words." kind: Kind', "", {"Thing.list(kind:)"}),
        ("A B", "A", {"Kind.B"}),
        ("type Other { id: ID! }", "", {"Other"}),
        ('list(first: Int = 5, "Words." kind: Kind): [Thing!]!', "", {"Thing.list"}),
    ],
)
def test_a_broken_promise_is_found_once_by_its_outermost_name(old: str, new: str, gone: set[str]):
    before, after = (dict(of_document(parse(text).definitions)) for text in (PROMISE, PROMISE.replace(old, new, 1)))
    assert beyond(before, after) == gone
    assert beyond(after, before) == set()
