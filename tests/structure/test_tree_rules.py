"""The rules of the tree without a database, against plain models."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from mediaclay_structure.tree import positions
from mediaclay_structure.tree.labels import Label, label, weigh
from mediaclay_structure.tree.merge import difference, merge
from mediaclay_structure.tree.segments import Anchor, segments


def test_appending_counts() -> None:
    key = None
    for index in range(5_000):
        key = positions.after(key)
        assert key == positions.nth(index)
    assert positions.nth(43_704) == "sAWm"


def test_prepending_stays_short_and_sorted() -> None:
    key = positions.FIRST
    for _ in range(50_000):
        lower = positions.before(key)
        assert lower < key
        assert not lower.endswith("0")
        key = lower
    assert len(key) == 4


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=300))
@settings(deadline=None)
def test_there_is_always_room(places: list[int]) -> None:
    keys: list[str] = []
    for place in places:
        index = place % (len(keys) + 1)
        low = keys[index - 1] if index else None
        high = keys[index] if index < len(keys) else None
        key = positions.between(low, high)
        assert (low is None or low < key) and (high is None or key < high)
        assert not key.endswith("0")
        keys.insert(index, key)


def _tree(parents: list[int], bound: int) -> tuple[list[str], list[tuple[int, str]], dict[int, str]]:
    """Full keys, labels and anchors of a tree below a root anchor 0 with the full key 'A/'."""
    children: dict[int, int] = {}
    given_parents: list[int | Label] = []
    keys: list[str] = []
    pos: list[str] = []
    for parent in parents:
        key = positions.nth(children.get(parent, 0))
        children[parent] = children.get(parent, 0) + 1
        pos.append(key)
        given_parents.append(Label(0, "", "A/") if parent < 0 else parent)
        keys.append(("A/" if parent < 0 else keys[parent]) + key + "/")
    ids = iter(range(1, 10_000))
    labelled = label(given_parents, pos, weigh(given_parents, bound).heavy, lambda: next(ids))
    anchors = {0: "A/"} | {labelled.labels[i].anchor: labelled.labels[i].base for i in labelled.anchors}
    return keys, [(at.anchor, at.okey) for at in labelled.labels], anchors


TREES = st.lists(st.floats(0, 1), max_size=200).map(lambda parts: [int(p * (i + 1)) - 1 for i, p in enumerate(parts)])


@given(TREES, st.integers(4, 20))
@settings(deadline=None)
def test_labels_say_where_a_node_stands_and_keep_the_bound(parents: list[int], bound: int) -> None:
    parents = [min(p, i - 1) for i, p in enumerate(parents)]
    keys, labels, anchors = _tree(parents, bound)
    assert [anchors[anchor] + okey for anchor, okey in labels] == keys
    tops: dict[tuple[int, str], int] = {}
    for anchor, okey in labels:
        if okey:
            top = anchor, okey.split("/", 1)[0]
            tops[top] = tops.get(top, 0) + 1
    assert max(tops.values(), default=0) <= bound
    assert len(anchors) - 1 <= len(parents) / bound


@given(TREES, st.integers(4, 12), st.integers(0, 10_000))
@settings(deadline=None)
def test_segments_are_the_branch_in_document_order_from_anywhere(parents: list[int], bound: int, seed: int) -> None:
    parents = [min(p, i - 1) for i, p in enumerate(parents)]
    keys, labels, anchors = _tree(parents, bound)
    keys, labels = ["A/", *keys], [(0, ""), *labels]
    rng = random.Random(seed)
    top = rng.randrange(len(keys))
    branch = sorted(key for key in keys if key.startswith(keys[top]))
    after = rng.choice([None, *branch])
    beneath = sorted(
        (Anchor(a, g) for a, g in anchors.items() if g.startswith(keys[top]) and g != keys[top]), key=lambda a: a.gpath
    )
    if after is not None:  # what lies before may be missing, but for what is on the way
        beneath = [a for a in beneath if a.gpath > after or after.startswith(a.gpath)]
    anchor, okey = labels[top]

    found: list[str] = []
    for part in segments(Anchor(anchor, anchors[anchor]), okey, beneath, after):
        inside = [o for a, o in labels if a == part.anchor and part.low <= o < part.high]
        found += [part.base + o for o in sorted(inside)]

    assert found == [key for key in branch if after is None or key > after]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OBJECTS = st.dictionaries(st.text(), JSON)
FULL = st.dictionaries(st.text(), st.booleans() | st.dictionaries(st.text(), st.integers()) | st.lists(st.none()))


@given(FULL, FULL)
def test_a_difference_is_the_patch_from_one_to_the_other(before: dict[str, object], after: dict[str, object]) -> None:
    assert merge(before, difference(before, after)) == after


@given(OBJECTS)
def test_an_empty_patch_changes_nothing(target: dict[str, object]) -> None:
    assert merge(target, {}) == target
    assert difference(target, target) == {}


def test_the_examples_of_rfc_7396() -> None:
    for target, patch, result in [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}), ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}), ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}), ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}), (["a", "b"], ["c", "d"], ["c", "d"]), ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}), ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ]:  # fmt: skip
        assert merge(target, patch) == result
