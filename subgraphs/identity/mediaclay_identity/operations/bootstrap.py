"""What every instance needs before its first request: keys, an administrator, the account of its own services."""

from __future__ import annotations

from mediaclay_kernel.database import Connection
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import PrincipalType, Scope
from mediaclay_kernel.tokens import ServiceTokens

from mediaclay_identity import scopes, secret, signing
from mediaclay_identity.records import NewPrincipal
from mediaclay_identity.store import keys, principals

ADMINISTRATOR = "administrator"
SERVICES = ServiceTokens.CLIENT


async def bootstrap(db: Connection, service_secret: str | None) -> None:
    """Makes what is missing, and gives the services the secret that the settings name (None: none at all).

    Safe to repeat and for several processes at once: all but one wait, and then find everything made.
    Raises `BadUserInput` for a service secret that could be guessed.
    """
    if service_secret is not None:
        secret.ensure_long(service_secret, "CLAY_SERVICE_SECRET")
    await keys.lock_bootstrap(db)
    for algorithm in signing.ALGORITHMS:
        if await keys.signing(db, algorithm) is None:
            await keys.add(db, signing.new_key(algorithm))
    known = await principals.built_in(db, [ADMINISTRATOR, SERVICES])
    if ADMINISTRATOR not in known:
        await principals.add(db, _administrator())
    services = known.get(SERVICES) or await principals.add(db, _services())
    await principals.set_secret(db, [services.id], None if service_secret is None else secret.hashed(service_secret))


def _administrator() -> NewPrincipal:
    return NewPrincipal(new_id(), PrincipalType.HUMAN, "Administrator", scopes.ALL, built_in=ADMINISTRATOR)


def _services() -> NewPrincipal:
    # Our services read from each other and write nothing, so a stolen secret of theirs writes nothing either.
    scopes = Scope.READ, Scope.INTERNAL
    return NewPrincipal(new_id(), PrincipalType.SERVICE, "Services", scopes, client_id=SERVICES, built_in=SERVICES)
