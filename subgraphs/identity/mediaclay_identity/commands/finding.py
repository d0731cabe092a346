"""Principals as an operator names them."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput, NotFound

from mediaclay_identity.operations.bootstrap import ADMINISTRATOR
from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.store import principals


async def administrator(db: Connection) -> PrincipalRecord:
    """The first administrator. Raises `NotFound`."""
    found = (await principals.built_in(db, [ADMINISTRATOR])).get(ADMINISTRATOR)
    if found is None:
        raise NotFound("There is no administrator yet; start the identity subgraph once (`clay up`).")
    return found


async def named(db: Connection, who: str) -> PrincipalRecord:
    """The principal of an id or a name. Raises `NotFound`, and `BadUserInput` for a name that several have."""
    try:
        found = await principals.by_id(db, [UUID(who)])
    except ValueError:
        found = await principals.by_name(db, [who])
    if not found:
        raise NotFound(f"There is no principal {who}.")
    if len(found) > 1:
        raise BadUserInput(f"{len(found)} principals are named {who}; use an id: {', '.join(str(f.id) for f in found)}")
    return found[0]
