"""`where` means to search what it means to PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import asyncpg
import pytest
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_search.predicates import facts_of, holds, parse

SCALARS = [0, 1, -1, 2.5, -0.25, 1e9, "", "a", "ab", "abc", "b", "ü", "a" * 100, "a" * 99, "B", True, False, None]
KEYS = ["p", "q", "r"]
OPERATORS = ["==", "!=", "<>", "<", "<=", ">", ">="]


def some_properties(chosen: random.Random) -> dict[str, Any]:
    def value(depth: int) -> Any:
        kind = chosen.random()
        if kind < 0.15 and depth < 2:
            return {key: value(depth + 1) for key in chosen.sample(KEYS, 2)}
        if kind < 0.3:
            return [chosen.choice(SCALARS) for _ in range(chosen.randrange(3))]
        return chosen.choice(SCALARS)

    return {key: value(0) for key in chosen.sample(KEYS, chosen.randrange(4))}


def some_predicate(chosen: random.Random, depth: int = 0) -> str:
    path = chosen.choice(["$.p", "$.q", "$.p.q", "$.r[*]", '$."p"."r"'])
    kind = chosen.random()
    if depth < 3 and kind < 0.35:
        parts = [some_predicate(chosen, depth + 1) for _ in range(2)]
        return f"({parts[0]}) {chosen.choice(['&&', '||'])} ({parts[1]})"
    if depth < 3 and kind < 0.5:
        return f"!({some_predicate(chosen, depth + 1)})"
    if kind < 0.6:
        return f"exists({path})"
    if kind < 0.7:
        return f"{path} starts with {json.dumps(chosen.choice(['', 'a', 'ab', 'ü']))}"
    constant = json.dumps(chosen.choice(SCALARS), ensure_ascii=False)
    operator = chosen.choice(OPERATORS)
    return f"{path} {operator} {constant}" if chosen.random() < 0.8 else f"{constant} {operator} {path}"


@pytest.mark.parametrize("seed", range(4))
def test_random_predicates_hold_where_postgres_says_so(server_url, seed):
    chosen = random.Random(seed)
    cases = [(some_properties(chosen), some_predicate(chosen)) for _ in range(1500)]

    async def asked() -> list[bool]:
        connection = await asyncpg.connect(server_url)
        try:
            statement = await connection.prepare("SELECT coalesce($1::text::jsonb @@ $2::text::jsonpath, false)")
            return [await statement.fetchval(json.dumps(properties), where) for properties, where in cases]
        finally:
            await connection.close()

    expected = asyncio.run(asked())
    assert 200 < sum(expected) < 1300
    for (properties, where), right in zip(cases, expected, strict=True):
        assert holds(parse(where), frozenset(facts_of(properties))) == right, (properties, where)


@pytest.mark.parametrize(
    ("where", "position"),
    [
        ("", 1), ("$", 2), ("$.a", 4), ("$.a ==", 7), ("$.a == $.b", 8), ("1 == 1", 6), ("$.a = 1", 5), ("$.a == nope", 8),
        ("$.* == 1", 2), ("$.a[0] == 1", 4), ("$.a like_regex \"x\"", 5), ("!$.a == 1", 2), ("($.a == 1", 10), ("$.a == 1)", 9),
        ("exists($.a", 11), ('$.a starts "x"', 12), ('$.a == "x', 8), ("$.a + 1 == 2", 5), (f'$.a == "{"x" * 101}"', 8),
        ("$.a == 1e999", 8),
    ],
)  # fmt: skip
def test_what_is_no_predicate_of_ours_is_refused_with_its_place(where, position):
    with pytest.raises(BadUserInput, match=f"at character {position}, ") as refused:
        parse(where)
    assert refused.value.details["position"] == position


def test_a_long_or_deep_predicate_is_refused_with_the_limit():
    for where in ("$.a == 1 || " * 200 + "$.a == 1", "!(" * 40 + "$.a == 1" + ")" * 40):
        with pytest.raises(LimitExceeded):
            parse(where)


def test_only_declared_properties_become_terms_and_never_too_many():
    assert facts_of({"a": 1, "b": 2}, {"a"}) == facts_of({"a": 1})
    assert facts_of({"a": {"b": 1}}, {"a"}) == facts_of({"a": {"b": 1}})
    assert len(facts_of({f"k{n}": n for n in range(1000)})) == 256
    assert facts_of("text") == facts_of(None) == ()
