"""The schema of search; its SDL is checked in as ../schema.graphql."""

from __future__ import annotations

from mediaclay_kernel.federation import Schema

from mediaclay_search.queries import Query
from mediaclay_search.subscriptions import Subscription

schema = Schema(query=Query, subscription=Subscription)
