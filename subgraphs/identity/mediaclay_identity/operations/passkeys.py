"""Passkeys (WebAuthn): asked for, added, and signed in by. The rules are those of the library webauthn."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from mediaclay_kernel.database import Database
from mediaclay_kernel.errors import BadUserInput, Conflict
from mediaclay_kernel.principal import Principal
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)  # fmt: skip
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)  # fmt: skip

from mediaclay_identity.limits import CHALLENGE
from mediaclay_identity.operations import attempts
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.sign_in import PASSKEY, begin_session, failed
from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.store import logins, principals

MOST = 20
"""Passkeys of a person."""
_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Party:
    """The relying party: our own address, which a passkey is bound to."""

    origin: str

    @property
    def id(self) -> str:
        """The host."""
        return urlsplit(self.origin).hostname or ""

    @property
    def can_have_passkeys(self) -> bool:
        """Whether the host has a name; a passkey can't be bound to a number."""
        try:
            ip_address(self.id)
        except ValueError:
            return True
        return False


async def ask_to_sign_in(database: Database, party: Party) -> str:
    """What a browser needs to ask for any passkey of ours, as JSON."""
    options = generate_authentication_options(rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED)
    await logins.ask(database.pool, _hash(options.challenge), None, CHALLENGE)
    return options_to_json(options)


async def ask_for_new(database: Database, party: Party, who: PrincipalRecord, login: str) -> str:
    """What a browser needs to make a passkey for somebody who is signed in, as JSON."""
    known = await logins.passkeys_of(database.pool, who.id)
    options = generate_registration_options(
        rp_id=party.id, rp_name="MediaClay", user_name=login, user_display_name=who.name, user_id=who.id.bytes,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    await logins.ask(database.pool, _hash(options.challenge), who.id, CHALLENGE)
    return options_to_json(options)


async def add_passkey(database: Database, party: Party, who: PrincipalRecord, credential: str, label: str) -> None:
    """The person has a new passkey. Raises `BadUserInput`, and `Conflict` for one that is known or one too many."""
    challenge = _challenge(credential)
    async with database.transaction() as db:
        if challenge is None or not await logins.take(db, _hash(challenge), who.id):
            raise BadUserInput("The passkey came too late; try again.")
        try:
            made = verify_registration_response(
                credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
                expected_origin=party.origin, require_user_verification=True,
            )  # fmt: skip
        except _WRONG as error:
            raise BadUserInput("The passkey can't be accepted.") from error
        known = await logins.passkeys_of(db, who.id)
        named = label.strip().replace("\0", "")[:64] or "Passkey"
        key = made.credential_id, made.credential_public_key, made.sign_count, named
        if len(known) >= MOST or not await logins.add_passkey(db, who.id, *key):
            raise Conflict("The passkey is known already, or there are too many.")
        await note(db, "PASSKEY_ADDED", Principal(who.id, who.type), details={"label": named})


async def remove_passkey(database: Database, who: PrincipalRecord, credential_id: bytes) -> None:
    """It opens nothing any more."""
    async with database.transaction() as db:
        if await logins.remove_passkey(db, who.id, credential_id):
            await note(db, "PASSKEY_REMOVED", Principal(who.id, who.type))


async def sign_in_by_passkey(database: Database, party: Party, credential: str, address: str | None) -> str | None:
    """The secret of a new session; None for a passkey that is not good. Raises `TooManyAttempts`."""
    key = f"address {address}"
    await attempts.begin(database, [key])
    who = await _verified(database, party, credential)
    if who is None or who.disabled_at is not None:
        await failed(database, "", address, "passkey not good")
        return None
    await attempts.succeeded(database, [key])
    return await begin_session(database, who, PASSKEY, address)


async def _verified(database: Database, party: Party, credential: str) -> PrincipalRecord | None:
    challenge = _challenge(credential)
    async with database.transaction() as db:
        if challenge is None or not await logins.take(db, _hash(challenge), None):
            return None
        try:
            known = await logins.passkey(db, base64url_to_bytes(json.loads(credential)["id"]))
            if known is None:
                return None
            checked = verify_authentication_response(
                credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
                expected_origin=party.origin, credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count, require_user_verification=True,
            )  # fmt: skip
        except _WRONG:
            return None
        await logins.use_passkey(db, known.credential_id, checked.new_sign_count)
        return next(iter(await principals.by_id(db, [known.principal])), None)


def _challenge(credential: str) -> bytes | None:
    """The challenge that a credential answers."""
    try:
        said: Any = json.loads(base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"]))
        return base64url_to_bytes(said["challenge"])
    except _WRONG:
        return None


def _hash(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
