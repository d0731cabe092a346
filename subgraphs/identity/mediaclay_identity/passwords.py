"""Passwords: what is accepted, and argon2id (RFC 9106), which is slow on purpose and therefore leaves the event loop alone."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY
from mediaclay_kernel.errors import BadUserInput

SHORTEST = 12
LONGEST = 512
"""Characters."""
AT_ONCE = 2
"""Each needs 64 MiB and a processor for about a tenth of a second."""


class Passwords:
    """Hashes and checks, a few at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._decoy: str | None = None

    async def hashed(self, password: str) -> str:
        """The hash to store, salt and parameters included."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, normal(password))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; as slow for somebody without one, so that the time tells nobody who exists."""
        if self._decoy is None:
            self._decoy = await self.hashed("nobody's password")
        if len(password) > LONGEST:
            return False
        async with self._gate:
            right = await asyncio.to_thread(self._verify, stored or self._decoy, normal(password))
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False


def normal(password: str) -> str:
    """The same whatever keyboard it was typed on (NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)


def ensure_good(password: str, login: str) -> None:
    """Raises `BadUserInput` for one that is easily guessed."""
    if len(password) < SHORTEST:
        raise BadUserInput(f"A password has at least {SHORTEST} characters; several words make a good one.")
    if len(password) > LONGEST:
        raise BadUserInput(f"A password has at most {LONGEST} characters.")
    if len(set(password)) < 5 or login in password.lower():
        raise BadUserInput("The password is too easily guessed.")
