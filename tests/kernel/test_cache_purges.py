"""The table of purges: an answer holds while nothing that it shows was changed behind what was known before it was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.cache.tags import Marks, Tag
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.ids import new_id

ONE, OTHER, NEW = (UUID(int=n) for n in (1, 2, 3))


def change(stream: UUID, revision: int, *names: str) -> Change:
    """`names` are purged in the stream, or anywhere where they begin with *."""
    return Change(stream, revision, "T", new_id(), {"names": names}, [], [], new_id(), [], datetime.now(UTC))


def tags_of(of: Change) -> Iterator[Tag]:
    for name in of.details["names"]:
        if name == "?":
            raise ValueError("nobody knows")
        yield (None, name) if name.startswith("*") else (of.stream, name)


@pytest.fixture
def purges() -> Purges:
    made = Purges(tags_of)
    made.reset(ONE, 10)
    made.reset(OTHER, 10)
    return made


def read(purges: Purges, *tags: Tag) -> Marks:
    marks = purges.end(purges.begin(), tags)
    assert marks is not None
    return marks


def test_an_answer_holds_until_one_of_its_tags_is_purged(purges: Purges):
    shown, other = read(purges, (ONE, "a"), (ONE, "b")), read(purges, (ONE, "c"), (OTHER, "a"))
    purges.apply(change(ONE, 11, "x"))
    assert purges.holds(shown)
    purges.apply(change(ONE, 12, "b"))
    assert not purges.holds(shown)
    assert purges.holds(other)
    assert purges.holds(read(purges, (ONE, "a"), (ONE, "b")))


def test_a_reading_that_a_change_overtook_does_not_hold_whenever_it_ends(purges: Purges):
    begun = purges.begin()
    untouched = purges.begin()
    purges.apply(change(ONE, 11, "a"))
    assert purges.end(begun, [(ONE, "a")]) is None
    marks = purges.end(untouched, [(ONE, "b")])
    assert marks is not None
    assert marks.positions == {ONE: 10}
    assert purges.holds(marks)


def test_a_change_that_is_told_twice_purges_once(purges: Purges):
    purges.apply(change(ONE, 11, "a", "*z"))
    shown = read(purges, (ONE, "a"), (None, "*z"))
    purges.apply(change(ONE, 11, "a", "*z"))
    assert purges.holds(shown)


def test_our_own_change_counts_at_once_but_is_no_proof_of_those_before_it(purges: Purges):
    purges.apply(change(ONE, 12, "a"))
    assert purges.known_of(ONE) == 10
    assert purges.end(purges.begin(), [(ONE, "a")]) is None
    waiting = read(purges, (ONE, "b"))
    purges.apply(change(ONE, 11, "b"))
    assert not purges.holds(waiting)
    assert purges.known_of(ONE) == 12
    assert purges.holds(read(purges, (ONE, "a"), (ONE, "b")))


def test_what_is_unknown_may_come_to_exist_in_a_stream_that_is_not_there_yet(purges: Purges):
    missing, other = read(purges, (None, "*a")), read(purges, (None, "*b"))
    purges.apply(change(NEW, 1, "*a"))
    assert not purges.holds(missing)
    assert purges.holds(other)
    assert not missing.is_shareable


def test_of_changes_that_were_not_read_one_by_one_all_answers_are_given_up(purges: Purges):
    shown, missing, other = read(purges, (ONE, "a")), read(purges, (None, "*a")), read(purges, (OTHER, "a"))
    purges.reset(ONE, 5_000)
    assert [purges.holds(each) for each in (shown, missing, other)] == [False, False, True]
    assert purges.known_of(ONE) == 5_000


def test_of_a_stream_that_is_gone_nothing_holds(purges: Purges):
    shown, begun = read(purges, (ONE, "a")), purges.begin()
    purges.drop(ONE)
    assert not purges.holds(shown)
    assert purges.end(begun, [(ONE, "a")]) is None
    assert purges.end(purges.begin(), [(ONE, "a")]) is None


def test_in_another_world_nothing_from_before_holds(purges: Purges):
    shown, free, begun = read(purges, (ONE, "a")), read(purges), purges.begin()
    purges.renew("restored")
    purges.reset(ONE, 10)
    assert not purges.holds(shown)
    assert not purges.holds(free)
    assert purges.end(begun, [(ONE, "a")]) is None


def test_a_change_whose_tags_nobody_knows_purges_all_of_its_stream(purges: Purges, caplog: pytest.LogCaptureFixture):
    shown, missing, other = read(purges, (ONE, "a")), read(purges, (None, "*a")), read(purges, (OTHER, "a"))
    purges.apply(change(ONE, 11, "?"))
    assert [purges.holds(each) for each in (shown, missing, other)] == [False, False, True]
    assert "The tags of a change are unknown" in caplog.text
    assert purges.holds(read(purges, (ONE, "a")))


def test_more_names_than_there_is_room_for_cost_old_answers_and_never_show_a_stale_one():
    purges = Purges(tags_of, most=20)
    purges.reset(ONE, 0)
    purges.reset(OTHER, 0)
    stale, kept = read(purges, (ONE, "n0")), read(purges, (OTHER, "a"))
    for number in range(1, 40):
        purges.apply(change(ONE, number, f"n{number - 1}"))
        assert not purges.holds(stale)
        assert purges.holds(read(purges, (ONE, "n0")))
    assert purges.holds(kept)
    assert purges._names <= 20


def test_the_lease_ends_by_itself_and_when_the_changelog_is_lost():
    now = [0.0]
    purges = Purges(tags_of, clock=lambda: now[0])
    assert not purges.is_following
    purges.follow_until(3.0)
    assert purges.is_following
    now[0] = 3.0
    assert not purges.is_following
    purges.follow_until(6.0)
    purges.lose()
    assert not purges.is_following


names = st.sampled_from("abc")


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.sampled_from([ONE, OTHER]), st.lists(names, max_size=2)), max_size=25),
    asked=st.lists(st.lists(st.tuples(st.sampled_from([ONE, OTHER]), names), min_size=1, max_size=3), min_size=1),
    seed=st.integers(),
)
def test_what_holds_is_never_older_than_what_was_told(
    changes: list[tuple[UUID, list[str]]], asked: list[list[Tag]], seed: int
):
    """Changes commit in order, and are told in any order, some of them twice; readings begin and end in between.

    A reading sees what was committed by its end at the latest; here it sees what was told before its beginning, the
    least that it may see.
    """
    chance = Random(seed)
    purges = Purges(tags_of, most=chance.choice([3, 1_000]))
    purges.reset(ONE, 0)
    purges.reset(OTHER, 0)
    numbered = _numbered(changes)
    told: list[Change] = []
    begun: list[tuple[object, int, list[Tag]]] = []
    ended: list[tuple[Marks, int, list[Tag]]] = []
    left = [*numbered, *chance.sample(numbered, len(numbered) // 3)]
    while left:
        at = chance.randrange(min(3, len(left)))
        told.append(left.pop(at))
        purges.apply(told[-1])
        begun.append((purges.begin(), len(told), chance.choice(asked)))
        if chance.random() < 0.6:
            fill, seen, tags = begun.pop(chance.randrange(len(begun)))
            marks = purges.end(fill, tags)  # pyright: ignore[reportArgumentType]
            if marks is not None:
                ended.append((marks, seen, tags))
        for marks, seen, tags in ended:
            if purges.holds(marks):
                before = {(each.stream, each.revision) for each in told[:seen]}
                since = [each for each in told[seen:] if (each.stream, each.revision) not in before]
                assert not {(each.stream, name) for each in since for name in each.details["names"]} & {*tags}


def _numbered(changes: list[tuple[UUID, list[str]]]) -> list[Change]:
    heads = {ONE: 0, OTHER: 0}
    made: list[Change] = []
    for stream, purged in changes:
        heads[stream] += 1
        made.append(change(stream, heads[stream], *purged))
    return made
