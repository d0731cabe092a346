"""The settings of `clay up` itself; those of the subgraphs are the kernel's and their own."""

from __future__ import annotations

import os
from pathlib import Path

from mediaclay_kernel.settings import PREFIX, names
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

EXIT_WITH_PARENT = "CLAY_EXIT_WITH_PARENT"


class RunnerSettings(BaseSettings):
    """Ports of the embedded servers, and what the router is told."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    postgres_port: int = Field(4032, ge=1, le=65535, description="Where the embedded PostgreSQL listens.")
    valkey_port: int = Field(4079, ge=1, le=65535, description="Where the embedded Valkey listens.")
    router_host: str = Field("127.0.0.1", description="Where the router listens.")
    router_port: int = Field(4000, ge=1, le=65535, description="Where the router listens.")
    router_url: str | None = Field(None, description="The router's address as clients see it.")
    supergraph: Path | None = Field(None, description="The composed file; supergraph.graphql in CLAY_HOME unless said.")
    exit_with_parent: bool = Field(False, description="Whether a process ends when its standard input closes.")

    @property
    def graphql_address(self) -> str:
        """Where clients send their queries."""
        return self.router_url or f"http://{self.router_host}:{self.router_port}/graphql"


def runner_names() -> list[str]:
    """The environment variables that are read here."""
    return names(RunnerSettings)


def home_of(environment: dict[str, str] | None = None) -> Path:
    """CLAY_HOME as an absolute path; `.clay` in the current folder unless said."""
    given = (os.environ if environment is None else environment).get("CLAY_HOME")
    return Path(given or ".clay").expanduser().absolute()
