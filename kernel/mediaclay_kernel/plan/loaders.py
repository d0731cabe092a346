"""How the ordinary way asks paths: through data loaders, one batch for each level."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, cast

import strawberry
from aiodataloader import DataLoader

from mediaclay_kernel.plan.sources import Path


class Loaders:
    """The data loaders of one request, made at their first use: one for each path and place in the document."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], DataLoader[Any, Any]] = {}

    def load(self, source: Path, record: Any, info: strawberry.Info, arguments: Mapping[str, Any]) -> Awaitable[Any]:
        """The answer of one record, fetched together with those of its level."""
        # A field node has the same arguments wherever it is executed, so it stands for them.
        raw = cast("Any", info)._raw_info
        place = id(source), id(raw.field_nodes[0])
        loader = self._made.get(place)
        if loader is None:

            async def batch(records: list[Any]) -> list[Any]:
                return await source.answers(info.context, records, arguments)

            # Without a cache of its own: records need not be hashable, and nothing is asked twice in one level.
            loader = self._made[place] = DataLoader(batch, cache=False)
        return loader.load(record)
