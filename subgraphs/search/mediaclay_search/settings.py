"""What can be set for the search subgraph alone."""

from __future__ import annotations

from typing import Literal

from mediaclay_kernel.settings import SubgraphSettings
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict


class SearchSettings(SubgraphSettings):
    """CLAY_SEARCH_*."""

    model_config = SettingsConfigDict(env_prefix="CLAY_SEARCH_", extra="ignore", frozen=True)

    port: int = Field(4002, description="Where it listens.")
    source_url: str = Field("http://127.0.0.1:4001", description="The structure subgraph, whose nodes are indexed.")
    meili_key: SecretStr | None = Field(None, description="The API key of Meilisearch.")
    embedder: Literal["static", "minilm", "openai", "none"] = Field(
        "static", description="What makes vectors of texts."
    )
    embedder_url: str | None = Field(None, description="For openai: the address before /embeddings.")
    embedder_model: str | None = Field(None, description="For openai: the model to ask for.")
    embedder_dimensions: int = Field(384, ge=1, le=8192, description="For openai: how long the model's vectors are.")
    embedder_key: SecretStr | None = Field(None, description="For openai: the API key.")
