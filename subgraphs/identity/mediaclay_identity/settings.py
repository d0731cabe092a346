"""Settings of the identity subgraph."""

from __future__ import annotations

from ipaddress import ip_network

from mediaclay_kernel.settings import SubgraphSettings, prefix_of
from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict


class IdentitySettings(SubgraphSettings):
    """Named CLAY_IDENTITY_*."""

    model_config = SettingsConfigDict(env_prefix=prefix_of("identity"), extra="ignore", frozen=True)

    port: int = Field(default=4003, description="Where it listens.")
    trees_url: str = Field(
        default="http://127.0.0.1:4001", description="The structure subgraph, which knows what lies above a node."
    )
    resources: str | None = Field(
        default=None, description="Addresses, with spaces between them, that a token may be asked for (RFC 8707)."
    )
    client_documents: bool = Field(
        default=True, description="Whether an https address that describes an application is taken for its client id."
    )
    key_days: float = Field(default=30, gt=0, description="Days after which tokens are signed with a new key.")
    audit_days: float = Field(default=400, ge=1, description="Days for which the audit is kept.")
    trusted_proxies: str | None = Field(
        default=None, description="Networks of proxies that name the client's address, with spaces between them."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str | None) -> str | None:
        for each in (value or "").split():
            ip_network(each)
        return value
