"""Whose tokens are accepted, and how each issuer says what we want to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import PrincipalType, Scope
from mediaclay_kernel.settings import Settings

ASYMMETRIC = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")
"""Signatures that who checks them can't make. HS256 and `none` are nobody's choice."""
PASETO = "v4.public"
OWN = ("ES256", "EdDSA", "Ed25519", PASETO)
"""What the identity subgraph signs with."""
ACCESS_TOKEN = "at+jwt"  # noqa: S105  (RFC 9068)


class ClaimMap(BaseModel):
    """Where an issuer's tokens say what. A name with dots looks into objects: `realm_access.roles`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = "sub"
    scope: str = "scope"
    """Text with spaces, or a list."""
    name: tuple[str, ...] = ("name", "preferred_username", "email")
    """The first of them that is there names a principal that is seen for the first time."""
    client: tuple[str, ...] = ("client_id", "azp")
    """A token whose subject is one of these is a program's own: its principal is a service."""


class TrustedIssuer(BaseModel):
    """An issuer, and what its access tokens must be like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    audience: str | tuple[str, ...]
    """The `aud` that a token must have, or one of several."""
    jwks_url: str | None = None
    """Where its keys are; its discovery document says so unless this does."""
    algorithms: tuple[str, ...] = ("ES256", "RS256", "PS256", "EdDSA")
    token_types: tuple[str, ...] = (ACCESS_TOKEN,)
    """The `typ` of a token's header. Whoever adds JWT must tell access tokens from ID tokens by their audience."""
    require: dict[str, str] = Field(default_factory=dict[str, str])
    """Claims that must have just this value."""
    claims: ClaimMap = ClaimMap()
    scopes: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """Our scopes for each of its own words (scopes, roles); the names of ours are understood without."""
    most: tuple[str, ...] = (Scope.READ, Scope.WRITE)
    """What its tokens may be good for at the most, whatever they say."""
    type: Literal["HUMAN", "SERVICE"] = PrincipalType.HUMAN.value
    own: bool = Field(default=False, exclude=True)
    """Whether it is the identity subgraph: then subjects are principals' ids, and agents may act for others."""

    @field_validator("algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if name not in (*ASYMMETRIC, PASETO)]:
            raise ValueError(f"{wrong[0]} is not accepted; there are {', '.join(ASYMMETRIC)}")
        return value

    @field_validator("most")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if name not in Scope.ALL]:
            raise ValueError(f"there is no scope {wrong[0]}; there are {', '.join(Scope.ALL)}")
        return value

    @field_validator("issuer", "jwks_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value} is no address")
        return value

    @property
    def audiences(self) -> tuple[str, ...]:
        """Each `aud` that is good."""
        return (self.audience,) if isinstance(self.audience, str) else self.audience


def trusted(settings: Settings) -> list[TrustedIssuer]:
    """Our own issuer, and those that CLAY_ISSUERS names. Raises `BadUserInput`."""
    own = TrustedIssuer(
        issuer=settings.issuer, audience=settings.audience, jwks_url=settings.keys_url, algorithms=OWN,
        most=Scope.ALL, own=True,
    )  # fmt: skip
    others = _read(settings.issuers)
    names = [each.issuer for each in (own, *others)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadUserInput(f"CLAY_ISSUERS: {min(twice)} is named twice, or is our own issuer (CLAY_ISSUER).")
    return [own, *others]


def _read(said: str | None) -> list[TrustedIssuer]:
    if not said or not said.strip():
        return []
    try:
        text = said if said.lstrip().startswith("[") else Path(said).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise BadUserInput(f"CLAY_ISSUERS: {said[:100]} is neither JSON nor a file that can be read.") from error
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"CLAY_ISSUERS is no JSON: {error}.") from None
    if not isinstance(found, list) or any(isinstance(e, dict) and "own" in e for e in cast("list[Any]", found)):
        raise BadUserInput("CLAY_ISSUERS must be a list of issuers, each an object of what docs/identity.md lists.")
    try:
        return TypeAdapter(list[TrustedIssuer]).validate_python(found)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadUserInput(f"CLAY_ISSUERS does not fit: {wrong}.") from None
