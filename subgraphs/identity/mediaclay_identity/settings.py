"""Settings of the identity subgraph."""

from __future__ import annotations

from mediaclay_kernel.settings import SubgraphSettings, prefix_of
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class IdentitySettings(SubgraphSettings):
    """Named CLAY_IDENTITY_*."""

    model_config = SettingsConfigDict(env_prefix=prefix_of("identity"), extra="ignore", frozen=True)

    port: int = Field(default=4003, description="Where it listens.")
    trees_url: str = Field(
        default="http://127.0.0.1:4001", description="The structure subgraph, which knows what lies above a node."
    )
