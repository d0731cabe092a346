"""Turns access tokens into principals, without asking anyone for one that was seen before."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.principal import NOBODY, Principal
from mediaclay_kernel.tokens.claims import LEEWAY, Said, Wrong, judged, own_id, principal_of
from mediaclay_kernel.tokens.directory import Directory
from mediaclay_kernel.tokens.formats import Malformed, read, verified
from mediaclay_kernel.tokens.keys import Keys
from mediaclay_kernel.tokens.standing import Standing
from mediaclay_kernel.tokens.trust import PASETO, TrustedIssuer

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Tokens, and subjects of other issuers."""
NOT_GOOD = "The access token is not valid, or has expired."
SIGNED_OUT = "The principal was disabled, or has signed out since the token was issued."


class Trust(NamedTuple):
    """An issuer and where its keys come from."""

    issuer: TrustedIssuer
    keys: Keys


class _Seen:
    """A token that was verified."""

    __slots__ = ("checked", "issued_at", "principal", "until")

    def __init__(self, principal: Principal, said: Said, checked: int) -> None:
        self.principal = principal
        self.issued_at = said.issued_at
        self.until = said.expires_at + LEEWAY
        self.checked = checked
        """The version of everybody's standing at which it was good."""


class Verifier:
    """Judges the tokens of some issuers."""

    def __init__(
        self, trusts: Sequence[Trust], standing: Standing | None = None, directory: Directory | None = None
    ) -> None:
        """Without `standing` nobody is ever refused for it; without `directory` only our own issuer has principals."""
        self._trusts: Mapping[str, Trust] = {each.issuer.issuer: each for each in trusts}
        self._standing = standing or Standing()
        self.directory = directory
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._subjects: OrderedDict[tuple[str, str], UUID] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """The principal of an Authorization header; `NOBODY` without one.

        Raises `Unauthenticated` for a token that is not good, or whose principal may not act any more; `Unavailable`
        where that can't be known: for want of the issuer's keys, of whom its subject is, or of its standing.
        """
        if authorization is None:
            return NOBODY
        seen = self._seen.get(authorization)
        if seen is None or seen.until <= time.time():
            seen = await self._verify(authorization)
        await self._standing.ensure()
        if self._standing.refuses(seen.principal, seen.issued_at):
            raise Unauthenticated(SIGNED_OUT)
        seen.checked = self._standing.version
        self._remember(authorization, seen)
        return seen.principal

    def known(self, authorization: str | None) -> Principal | None:
        """The principal of a header that was verified before and is still good; None for any other."""
        if authorization is None:
            return NOBODY
        seen = self._seen.get(authorization)
        standing = self._standing
        if (
            seen is None
            or seen.until <= time.time()
            or seen.checked != standing.version
            or standing.good_until <= time.monotonic()
        ):
            return None
        return seen.principal

    def until(self, authorization: str | None) -> float | None:
        """When (by `time.time()`) the token of a header that was verified ends; None without a token."""
        found = None if authorization is None else self._seen.get(authorization)
        return None if found is None else found.until

    def forget(self) -> None:
        """Verifies every token anew: a key was withdrawn."""
        self._seen.clear()

    async def verified(self, token: str) -> tuple[TrustedIssuer, Said]:
        """What a token says. Raises `Unauthenticated` for one that is not good, `Unavailable`."""
        try:
            said = read(token)
            trust = self._trusts.get(said.issuer)
            if trust is None:
                raise Wrong("its issuer is not trusted")
            issuer = trust.issuer
            if said.algorithm not in issuer.algorithms:
                raise Wrong("its algorithm is not allowed")
            if said.algorithm != PASETO and said.type not in issuer.token_types:
                raise Wrong("it is of another type")
            key = await trust.keys.get(said.kid)
            if key is None:
                raise Wrong("its key is not known")
            return issuer, judged(verified(token, said, key), issuer, time.time())
        except (Malformed, Wrong) as error:
            log.debug("Token refused: %s", error)
            raise Unauthenticated(NOT_GOOD) from error

    async def _verify(self, authorization: str) -> _Seen:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header must be 'Bearer <token>'.")
        issuer, said = await self.verified(token)
        principal = self._own(said) if issuer.own else await self._of_another(authorization, issuer, said)
        return _Seen(principal_of(said, principal), said, -1)

    def _own(self, said: Said) -> UUID:
        try:
            return own_id(said)
        except Wrong as error:
            log.debug("Token refused: %s", error)
            raise Unauthenticated(NOT_GOOD) from error

    async def _of_another(self, authorization: str, issuer: TrustedIssuer, said: Said) -> UUID:
        name = issuer.issuer, said.subject
        known = self._subjects.get(name)
        if known is None:
            if self.directory is None:
                raise Unauthenticated(NOT_GOOD)
            known = self._subjects[name] = await self.directory.principal(authorization)
            if len(self._subjects) > REMEMBERED:
                self._subjects.popitem(last=False)
        return known

    def _remember(self, authorization: str, seen: _Seen) -> None:
        self._seen[authorization] = seen
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
