"""Settings of the structure subgraph."""

from __future__ import annotations

from mediaclay_kernel.settings import SubgraphSettings, prefix_of
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class StructureSettings(SubgraphSettings):
    """Named CLAY_STRUCTURE_*."""

    model_config = SettingsConfigDict(env_prefix=prefix_of("structure"), extra="ignore", frozen=True)

    port: int = Field(default=4001, description="Where it listens.")
    keep_pruned_days: float = Field(
        default=30, ge=0, description="Days for which a pruned branch can be restored; then it is deleted for good."
    )
    connections: int = Field(default=10, ge=2, description="The most connections to PostgreSQL that one process opens.")
    filter_seconds: float = Field(
        default=5, gt=0, le=60, description="The longest that the filtered lists of one field may take together."
    )
