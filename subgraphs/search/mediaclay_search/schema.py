"""The schema of search; its SDL is checked in as ../schema.graphql."""

from __future__ import annotations

from mediaclay_kernel.federation import Schema

from mediaclay_search.queries import Query

schema = Schema(query=Query)
