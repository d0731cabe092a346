"""Client secrets: made, hashed and compared."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from mediaclay_kernel.errors import BadUserInput

SHORTEST = 32
"""Characters of a secret that is set from outside. Hexadecimal digits, the poorest usual alphabet, then give 128 bits."""
_ABSENT = bytes(32)


def new_secret() -> str:
    """A new secret of 256 random bits, with a prefix by which scanners find it where it leaked."""
    return f"clay_{secrets.token_urlsafe(32)}"


def hashed(secret: str) -> bytes:
    """SHA-256 of a secret.

    Slow hashes (argon2, bcrypt) make up for what people choose. These secrets are long and random: nobody can try
    2^128 of them, however fast one try is, and a slow hash would only give strangers a way to keep us busy.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(secret: str, stored: bytes | None) -> bool:
    """Whether `secret` has the hash `stored`, in a time that tells neither how much of it is right nor whether it exists."""
    equal = hmac.compare_digest(hashed(secret), stored or _ABSENT)
    return equal and stored is not None


def ensure_long(secret: str, setting: str) -> None:
    """Raises `BadUserInput` for a secret that could be guessed."""
    if len(secret) < SHORTEST:
        raise BadUserInput(f"{setting} must have at least {SHORTEST} random characters.")
