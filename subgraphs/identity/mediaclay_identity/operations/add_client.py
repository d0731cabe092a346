"""Clients that an operator registers: applications, and services that act by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity import scopes, secret
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.register_agent import checked_name
from mediaclay_identity.records import ClientRecord, NewPrincipal, PrincipalRecord
from mediaclay_identity.store import clients, principals


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application that people sign in to. Its redirect addresses were checked."""

    name: str
    redirect_uris: Sequence[str]
    scopes: Sequence[str]
    is_confidential: bool = False
    jwks_url: str | None = None
    token_format: str = "jwt"  # noqa: S105


async def add_application(db: Connection, new: NewApplication) -> tuple[ClientRecord, str | None]:
    """The application, and its secret where it has one. Raises `BadUserInput`."""
    made = secret.new_secret() if new.is_confidential else None
    client = ClientRecord(
        str(new_id()), checked_name(new.name), scopes.parse(new.scopes), False, new.token_format,
        secret_hash=None if made is None else secret.hashed(made), jwks_url=new.jwks_url,
        redirect_uris=tuple(new.redirect_uris),
    )  # fmt: skip
    await clients.add(db, client)
    await note(db, "CLIENT_ADDED", client_id=client.client_id, details={"name": client.name})
    return client, made


async def add_service(
    db: Connection, name: str, held: Sequence[str], jwks: dict[str, Any] | None, jwks_url: str | None
) -> PrincipalRecord:
    """A service, such as another instance, that proves who it is by signing (private_key_jwt). Raises `BadUserInput`."""
    if (jwks is None) == (jwks_url is None):
        raise BadUserInput("A service has either keys (a JWK set) or the address of its keys.")
    if jwks is not None:
        ensure_public(jwks)
    new = new_id()
    given = scopes.for_agents(scopes.parse(held))
    made = await principals.add(
        db, NewPrincipal(new, PrincipalType.SERVICE, checked_name(name), given, client_id=str(new))
    )
    await clients.set_keys(db, made.id, jwks, jwks_url)
    await note(db, "SERVICE_ADDED", subject=made.id, details={"name": made.name, "scopes": list(given)})
    return made


def ensure_public(jwks: dict[str, Any]) -> None:
    """Raises `BadUserInput` unless these are public keys to check signatures with."""
    try:
        keys: list[dict[str, Any]] = jwks["keys"]
        imported = [JWKRegistry.import_key(each) for each in keys]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadUserInput("These are no public keys (RFC 7517).") from error
    if not imported or any(each.key_type == "oct" or each.is_private for each in imported):
        raise BadUserInput("A set of keys has public keys only, and at least one.")
