"""Who may not act any more, as the database says."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import reachable
from mediaclay_kernel.relay import stream_name
from mediaclay_kernel.tokens.standing import FOR_EVER
from mediaclay_kernel.watching import Position, Told, least_of

from mediaclay_identity.events import STANDINGS
from mediaclay_identity.store import standings

MOST = 1000
"""Changes of one answer; who has missed more is told everything."""


class LocalStandings:
    """A `watching.Source` on the database itself."""

    def __init__(self, changelog: Changelog) -> None:
        self._changelog = changelog

    async def since(self, position: Position | None) -> Told:
        """See `Source`."""
        async with reachable():
            head = Position(*await standings.head(self._changelog.database.pool, STANDINGS))
            if position is None or position.epoch != head.epoch or not 0 <= head.revision - position.revision <= MOST:
                return await self._whole()
            changes = await self._changelog.after(STANDINGS, position.revision, MOST)
        least = {who: iat for change in changes for who, iat in least_of(change)}
        reached = changes[-1].revision if changes else position.revision
        return self._told(Position(head.epoch, reached), False, least)

    async def position(self) -> Position:
        """How far the stream of standings is. Raises `Unavailable`."""
        async with reachable():
            return Position(*await standings.head(self._changelog.database.pool, STANDINGS))

    async def _whole(self) -> Told:
        async with self._changelog.database.transaction("repeatable_read", readonly=True) as db:
            head = Position(*await standings.head(db, STANDINGS))
            found = await standings.all_of(db)
        least = {who: FOR_EVER if one.is_disabled else one.least or 0.0 for who, one in found.items()}
        return self._told(head, True, least)

    def _told(self, position: Position, is_whole: bool, least: Mapping[UUID, float]) -> Told:
        return Told(position, is_whole, least, STANDINGS, stream_name(self._changelog.schema))
