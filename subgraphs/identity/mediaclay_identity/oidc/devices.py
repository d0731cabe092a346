"""The device authorization endpoint, and the page where somebody enters what a device shows (RFC 8628)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mediaclay_identity import scopes
from mediaclay_identity.limits import DEVICE, DEVICE_EVERY
from mediaclay_identity.oidc import asked
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations import attempts
from mediaclay_identity.operations.delegate import Allowed, delegate, refuse
from mediaclay_identity.operations.devices import ask_for_device, entered, shown
from mediaclay_identity.records import ClientRecord, DeviceRecord, SessionRecord
from mediaclay_identity.store import delegations


class Waiting(NamedTuple):
    """A device that waits, its client, and what can be allowed to it."""

    device: DeviceRecord
    client: ClientRecord
    offered: tuple[str, ...]


async def begun(provider: Provider, client: ClientRecord, form: Mapping[str, str]) -> dict[str, Any]:
    """What a device is told. Raises `OAuthError`."""
    wanted, audience = asked.for_person(form, client), asked.audience(form, provider.terms)
    async with provider.database.transaction() as db:
        made = await ask_for_device(db, client, wanted, audience)
    return {
        "device_code": made.device_code, "user_code": shown(made.user_code), "verification_uri": f"{provider.issuer}/device",
        "expires_in": int(DEVICE.total_seconds()), "interval": DEVICE_EVERY,
    }  # fmt: skip


async def found(provider: Provider, session: SessionRecord, text: str) -> Waiting | None:
    """The device that shows this code. Raises `TooManyAttempts` for a person who guesses."""
    key = f"device {session.principal.id}"
    await attempts.begin(provider.database, [key])
    device = await delegations.waiting(provider.database.pool, entered(text))
    client = None if device is None else await provider.client(device.client_id)
    if device is None or client is None:
        return None
    await attempts.succeeded(provider.database, [key])
    held = session.principal.scopes
    return Waiting(device, client, tuple(each for each in device.scopes if each in scopes.OIDC or each in held))


async def answered(
    provider: Provider, session: SessionRecord, waiting: Waiting, address: str | None, *, is_allowed: bool
) -> bool:
    """Tells the device; answers False where it does not wait any more."""
    code = waiting.device.user_code
    async with provider.database.transaction() as db:
        if await delegations.waiting(db, code) is None:
            return False
        if not is_allowed:
            await refuse(db, session, waiting.client, address)
            await delegations.answer_device(db, code, None)
            return True
        what = Allowed(waiting.client, waiting.offered, waiting.device.audience, None, address)
        made = await delegate(db, session, what)
        await delegations.answer_device(db, code, made.id)
    return True
