"""Settings come from the environment, all named CLAY_*. An unknown name stops the start and names the nearest one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mediaclay_kernel.errors import BadUserInput

PREFIX = "CLAY_"
T = TypeVar("T", bound=BaseSettings)


class Settings(BaseSettings):
    """What every process of an instance shares."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".clay"), description="Where embedded servers, indexes and secrets keep their data."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL; `clay up` starts one where this is not set."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Valkey or Redis; `redis+cluster://` for a cluster. `clay up` starts one where this is not set.",
    )
    meili_url: str | None = Field(default=None, description="Meilisearch, for the search subgraph in production.")
    public_read: bool = Field(default=False, description="Whether reading needs no token. `clay up` turns it on.")
    issuer: str = Field(default="http://127.0.0.1:4003", description="Who signs the access tokens that are accepted.")
    jwks_url: str | None = Field(
        default=None, description="The issuer's keys; {issuer}/.well-known/jwks.json unless said."
    )
    audience: str = Field(default="mediaclay", description="The audience that an access token must name.")
    issuers: str | None = Field(
        default=None, description="Other issuers whose tokens are accepted: JSON, or a file that holds it."
    )
    identity_base_url: str | None = Field(
        default=None, description="Where other processes reach the identity subgraph; the issuer's address unless said."
    )
    standing_seconds: float = Field(
        default=10,
        ge=2,
        description="How long a process believes that nobody else was disabled, without having heard of it.",
    )
    service_secret: SecretStr | None = Field(
        default=None, description="The client secret with which our services get tokens of their own."
    )
    compiled_reads: bool = Field(
        default=True,
        description="Whether reads are answered by compiled plans where they can be; otherwise all is plain Strawberry.",
    )
    cache_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="Memory for whole answers in each process, in bytes; 0 for no cache.",
    )
    cache_seconds: float = Field(
        default=300, gt=0, description="The longest that an answer is kept, even where no change has purged it."
    )
    cache_shared: bool = Field(default=True, description="Whether answers are kept in Valkey, too, if there is one.")
    tracing: bool = Field(default=False, description="Trace requests by OpenTelemetry, as the OTEL_* variables say.")
    log_level: str = Field(default="info", description="debug, info, warning or error.")

    @property
    def keys_url(self) -> str:
        """Where the issuer publishes its keys."""
        return self.jwks_url or f"{self.issuer.rstrip('/')}/.well-known/jwks.json"

    @property
    def identity_url(self) -> str:
        """Where other processes reach the identity subgraph, without a path or a slash at its end."""
        return (self.identity_base_url or self.issuer).rstrip("/")


class SubgraphSettings(BaseSettings):
    """What every subgraph has; a subclass sets its prefix and its port, and adds what is its own."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="Where it listens.")
    port: int = Field(description="Where it listens.")
    url: str | None = Field(default=None, description="Its GraphQL address as the router sees it.")

    @property
    def graphql_url(self) -> str:
        """Its GraphQL address as the router sees it."""
        return self.url or f"http://{self.host}:{self.port}/graphql"


def prefix_of(name: str) -> str:
    """The prefix of a subgraph's settings: `CLAY_STRUCTURE_` for structure."""
    return f"{PREFIX}{name.upper().replace('-', '_')}_"


def names(kind: type[BaseSettings]) -> list[str]:
    """The environment variables that a settings class reads."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    return [f"{prefix}{field}".upper() for field in kind.model_fields]


def load(kind: type[T], **given: Any) -> T:
    """Settings from the environment. Raises `BadUserInput` naming each variable that does not fit."""
    try:
        return kind(**given)
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        wrong = "; ".join(f"{prefix}{'_'.join(map(str, e['loc']))}".upper() + f": {e['msg']}" for e in error.errors())
        raise BadUserInput(f"The settings do not fit: {wrong}") from None


def unknown(known: Iterable[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """One sentence for each CLAY_* variable that nobody reads, with the nearest one that somebody does."""
    allowed = set(known)
    found: list[str] = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in allowed and not name.startswith(f"{PREFIX}TEST_"):
            near = get_close_matches(name, allowed, 1)
            found.append(f"Unknown setting {name}" + (f"; did you mean {near[0]}?" if near else "."))
    return found
