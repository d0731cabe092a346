"""hypothesis-graphql draws operations, and Hypothesis looks for the smallest one that differs."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from anyio import from_thread, to_thread
from graphql import GraphQLSchema, is_scalar_type, is_specified_scalar_type
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, nodes, queries

from tests.parity.support.compare import Operation
from tests.parity.support.generate import RARE
from tests.parity.support.rewriting import rewritten
from tests.parity.support.runs import COUNT, SEED
from tests.parity.support.values import Pools

Scope = str | None
ONE_IS_WRONG_OF = 20
MALFORMED = st.sampled_from([nodes.Object([]), nodes.List([]), nodes.String(""), nodes.Int(1), nodes.Boolean(True)])
"""What no scalar of ours is made of; most of it is replaced by something from a pool."""
CHANCES = st.integers(0, 2**24 - 1).map(random.Random)
"""Of a wider range, Hypothesis would draw small numbers most of the time, and so the same values again and again."""


def operations(schema: GraphQLSchema, pools: Pools) -> st.SearchStrategy[list[Operation]]:
    """One operation, some of them again with other variables, and here and there one that breaks a rule."""
    assert schema.query_type is not None
    fields = [name for name in schema.query_type.fields if name not in RARE]
    scalars = {
        name: MALFORMED
        for name, type_ in schema.type_map.items()
        if is_scalar_type(type_) and not is_specified_scalar_type(type_)
    }
    documents = queries(schema, fields=fields, custom_scalars=scalars, print_ast=lambda document: document)
    right = st.builds(partial(rewritten, schema, pools), documents, CHANCES)
    wrong = queries(schema, fields=fields, custom_scalars=scalars, mode=Mode.NEGATIVE).map(_as_it_is)
    return st.integers(1, ONE_IS_WRONG_OF).flatmap(lambda n: wrong if n == ONE_IS_WRONG_OF else right)


def _as_it_is(document: str) -> list[Operation]:
    return [Operation(document, {})]


async def each(
    drawn: st.SearchStrategy[list[Operation]],
    scopes: Sequence[Scope],
    ask: Callable[[Operation, Scope], Coroutine[Any, Any, None]],
) -> None:
    """Awaits `ask` for the operations of `COUNT` draws, each as a caller of one of the scopes.

    Raises what the smallest draw raises for which it fails. Hypothesis knows no coroutines, so it works in a thread.
    """

    @seed(SEED)
    @settings(
        max_examples=COUNT, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(drawn, st.sampled_from(scopes))
    def draw(operations: list[Operation], scope: Scope) -> None:
        for operation in operations:
            from_thread.run(ask, operation, scope)

    await to_thread.run_sync(draw)
