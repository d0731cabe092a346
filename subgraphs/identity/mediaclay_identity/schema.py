"""The schema of identity; its SDL is checked in as ../schema.graphql."""

from __future__ import annotations

from mediaclay_kernel.federation import Schema

from mediaclay_identity.mutations import Mutation
from mediaclay_identity.queries import Query
from mediaclay_identity.subscriptions import Subscription

schema = Schema(query=Query, mutation=Mutation, subscription=Subscription)
