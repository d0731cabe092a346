"""What a subgraph is given to know what its callers may do."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.access.book import Book
from mediaclay_kernel.access.local import LocalGrants
from mediaclay_kernel.access.source import HEARD, GrantSource, Holder, concerned
from mediaclay_kernel.bus import Bus
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.rights import Rights
from mediaclay_kernel.watching import Watch


class Access:
    """A book of grants, and what keeps it in step with its source."""

    def __init__(self, source: GrantSource, lease: float, bus: Bus | None = None) -> None:
        self.book = Book(source, lease)
        if isinstance(source, LocalGrants):
            source.hearers.append(lambda principal: self.book.apply([(principal, 0.0)]))
        self.watch: Watch[Book] = Watch(
            self.book, source, bus, heard=HEARD, read=concerned, what="Who was granted what"
        )

    def keep(self, source: GrantSource) -> None:
        """Whoever keeps the grants itself puts itself here, before the watch runs."""
        self.book.source = self.watch.source = source

    def known(self, principal: Principal) -> Rights | None:
        """The rights of a caller, if nobody has to be asked for them."""
        return self.book.known(principal)

    async def rights(self, principal: Principal) -> Rights:
        """The rights of a caller at this moment. Raises `Unavailable` where they can't be had."""
        return await self.book.rights(principal)

    async def give(self, holders: Sequence[Holder], by: UUID) -> None:
        """Grants what is not granted yet; this process and all others know. Raises `Unavailable`."""
        await self.book.source.give(holders, by)
        self.book.forget(each.principal for each in holders)
