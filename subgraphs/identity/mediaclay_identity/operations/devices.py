"""Devices without a browser (RFC 8628): they show a code, and somebody enters it elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import Unavailable

from mediaclay_identity import secret
from mediaclay_identity.limits import DEVICE, DEVICE_EVERY
from mediaclay_identity.records import ClientRecord, DeviceRecord
from mediaclay_identity.store import delegations

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants: no word comes of them, and none looks like a digit (RFC 8628, 6.1)."""
LENGTH = 8


class Asked(NamedTuple):
    """What a device shows, and what it keeps to itself."""

    device_code: str
    user_code: str


async def ask_for_device(db: Connection, client: ClientRecord, scopes: Sequence[str], audience: str) -> Asked:
    """A device waits from now on. Raises `Unavailable` where all codes seem taken."""
    for _ in range(5):
        made = Asked(secrets.token_urlsafe(32), "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
        until = datetime.now(UTC) + DEVICE
        new = DeviceRecord(
            made.user_code, client.client_id, tuple(scopes), audience, DEVICE_EVERY, None, None, None, until
        )
        if await delegations.add_device(db, secret.hashed(made.device_code), new, DEVICE):
            return made
    raise Unavailable("No code could be made; try again.")


def shown(user_code: str) -> str:
    """A code as people read it."""
    return f"{user_code[:4]}-{user_code[4:]}"


def entered(text: str) -> str:
    """A code as people type it: in small letters, with any dashes."""
    return "".join(character for character in text.upper() if character in ALPHABET)[:LENGTH]
