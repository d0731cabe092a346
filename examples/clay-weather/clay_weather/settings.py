"""What can be set for the weather subgraph."""

from __future__ import annotations

from mediaclay_kernel.settings import SubgraphSettings, prefix_of
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class WeatherSettings(SubgraphSettings):
    """Named CLAY_WEATHER_*."""

    model_config = SettingsConfigDict(env_prefix=prefix_of("weather"), extra="ignore", frozen=True)

    port: int = Field(default=4004, description="Where it listens.")
    zenith: float = Field(
        default=90.833,
        ge=90,
        le=108,
        description="How far from straight overhead the sun's centre stands at sunrise and sunset, in degrees. "
        "90.833 allows for refraction and the size of the disc; 96 is civil twilight.",
    )
