"""What can be set for the search subgraph alone."""

from __future__ import annotations

from mediaclay_kernel.settings import SubgraphSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class SearchSettings(SubgraphSettings):
    """CLAY_SEARCH_*."""

    model_config = SettingsConfigDict(env_prefix="CLAY_SEARCH_", extra="ignore", frozen=True)

    port: int = Field(4002, description="Where it listens.")
    source_url: str = Field("http://127.0.0.1:4001", description="The structure subgraph, whose nodes are indexed.")
