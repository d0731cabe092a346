"""Room for statements that clients shape."""

from __future__ import annotations

from mediaclay_structure.store.prepared import KEPT, Prepared


def test_what_is_in_use_keeps_its_room_and_what_is_not_makes_room_for_others():
    now = 0.0
    prepared = Prepared(2, lambda: now)
    assert [prepared.admits(sql) for sql in ("a", "b", "c", "a")] == [True, True, False, True]
    now = KEPT + 1
    assert prepared.admits("a")
    assert prepared.admits("c")  # in the place of `b`
    assert not prepared.admits("b")
