"""The port of a search engine. tests/search/contract says what each of them must do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from mediaclay_search.records import Bucket, Document, Page, Search, Size


class SearchBackend(Protocol):
    """An index of nodes that also knows how far it has read each structure.

    Writes come from one task; they are seen, and outlive a crash, from the next `commit` on, all of them or none.
    Every method raises `Unavailable` where the engine does not answer.
    """

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Puts documents in, each in place of the one with its id."""
        ...

    async def delete(self, ids: Iterable[str]) -> None:
        """Takes documents out; unknown ids are no error."""
        ...

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """Takes out all documents of these anchors; what is put in later stays."""
        ...

    async def drop(self, structure: str) -> None:
        """Takes out all of a structure, its position too."""
        ...

    async def commit(self, positions: Mapping[str, int]) -> None:
        """Makes what was written lasting, together with the revisions up to which structures were read."""
        ...

    async def positions(self) -> Mapping[str, int]:
        """The revision up to which each structure was read, as committed."""
        ...

    async def note(self, name: str, value: str) -> None:
        """Writes something down beside the documents."""
        ...

    async def notes(self) -> Mapping[str, str]:
        """What was written down, as committed."""
        ...

    async def fresh(self) -> SearchBackend:
        """An empty index beside this one, to be built anew: or the one that was being built when the process ended."""
        ...

    async def is_building(self) -> bool:
        """Whether there is such an index."""
        ...

    async def adopt(self, fresh: SearchBackend) -> None:
        """Puts that index in this one's place, in one step; this one's documents are gone. Searches go on meanwhile."""
        ...

    async def search(self, search: Search) -> Page:
        """A page of hits. Words may have a typo, text in double quotes is taken as it stands.

        A page that begins after a node goes on behind it, wherever it stands by now. Raises `LimitExceeded` for a
        query of too many words.
        """
        ...

    async def kinds(self, search: Search) -> list[Bucket]:
        """All matches of a search, whatever its page, by kind: the most frequent first. Raises as `search` does."""
        ...

    async def suggest(self, search: Search) -> list[str]:
        """Ids of nodes whose name has all words of the text, the last of them as the beginning of one. Best first."""
        ...

    async def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """Documents as they are committed, by their ids, without what of them was embedded."""
        ...

    @property
    def generation(self) -> int:
        """Another number whenever other documents may be found; an odd one while that changes."""
        ...

    async def among(self, ids: Sequence[str]) -> Sequence[str]:
        """Those of the ids that may be found, in no order; all of them where that would cost more than it spares."""
        ...

    async def size(self) -> Size:
        """How large it is."""
        ...

    async def close(self) -> None:
        """Lets go of it. What was not committed is lost."""
        ...

    async def ping(self) -> None:
        """Does nothing where the engine answers."""
        ...
