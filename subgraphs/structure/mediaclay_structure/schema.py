"""The schema of the structure subgraph."""

from __future__ import annotations

from mediaclay_kernel.federation import Schema

from mediaclay_structure.mutations import Mutation
from mediaclay_structure.queries import Query
from mediaclay_structure.subscriptions import Subscription

schema = Schema(query=Query, mutation=Mutation, subscription=Subscription)
