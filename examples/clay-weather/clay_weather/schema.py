"""The schema of the weather subgraph; its SDL is checked in as ../schema.graphql."""

from __future__ import annotations

from mediaclay_kernel.federation import Schema

from clay_weather.mutations import Mutation
from clay_weather.types import Node

schema = Schema(mutation=Mutation, types=[Node])
