"""A principal signs out everywhere: every browser, every token, every application."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork

from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.standing import end_before_now


async def sign_out_everywhere(work: UnitOfWork, principal: UUID, address: str | None) -> None:
    """Ends all that the principal got until now."""
    await end_before_now(work, [principal])
    await note(work.connection, "SIGNED_OUT_EVERYWHERE", work.principal, subject=principal, address=address)
