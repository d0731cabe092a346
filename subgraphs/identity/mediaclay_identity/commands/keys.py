"""`clay rotate-keys`: what tokens are signed with."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from mediaclay_kernel.settings import Settings, load

from mediaclay_identity.operations.rotate_keys import rotate_keys
from mediaclay_identity.service import opened


def rotate(
    leaked: Annotated[
        bool, typer.Option(help="The old ones leaked: what they signed is of no use from now on.")
    ] = False,
) -> None:
    """Sign with new keys. Tokens that the old ones signed stay good until they end, unless those have leaked."""
    made = asyncio.run(_rotate(leaked))
    typer.echo("\n".join(made))


async def _rotate(leaked: bool) -> list[str]:
    async with opened(load(Settings)) as database, database.transaction() as db:
        return await rotate_keys(db, at_once=leaked)
