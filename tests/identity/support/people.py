"""People and clients of an instance under test."""

from __future__ import annotations

from typing import Any

from mediaclay_identity.operations.add_client import NewApplication, add_application
from mediaclay_identity.operations.set_login import add_human, set_login
from mediaclay_identity.records import ClientRecord, PrincipalRecord
from mediaclay_identity.state import State

PASSWORD = "correct horse battery staple"
BACK = "https://app.example/back"


async def ada(state: State, *scopes: str, login: str = "ada") -> PrincipalRecord:
    """A human who signs in as `ada`."""
    async with state.database.transaction() as db:
        made = await add_human(db, "Ada", list(scopes or ("clay.read", "clay.write")))
        await set_login(db, state.provider.passwords, made, login, PASSWORD)
    return made


async def application(state: State, **options: Any) -> tuple[ClientRecord, str | None]:
    """An application that is registered here."""
    given: dict[str, Any] = {"redirect_uris": [BACK], "scopes": ["clay.read", "clay.write"], **options}
    async with state.database.transaction() as db:
        return await add_application(db, NewApplication("An application", **given))
