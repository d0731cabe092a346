"""The port on Meilisearch. What is written is held here until the commit, which sends it and waits until it is done.

Documents go before the position, so a process that is killed between them reads the same changes again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from meilisearch import Client

from mediaclay_search.engine.backend import SearchBackend
from mediaclay_search.engine.embedded.highlight import highlighted
from mediaclay_search.engine.embedded.wanted import Wanted, wanted
from mediaclay_search.engine.embedded.words import composed, words
from mediaclay_search.engine.meili import filters, layout
from mediaclay_search.engine.meili.layout import coded, decoded
from mediaclay_search.engine.meili.server import Server
from mediaclay_search.records import Bucket, Document, Highlight, Hit, Page, Search, Size

Work = Callable[[Client], Any]
SPARE = 64
"""Hits more than needed that are read for a page behind another one: what came meanwhile shifts its place."""
AT_ONCE = 1_000
NAME = f"mediaclay-nodes-{layout.VERSION}"


class Meili:
    """See `SearchBackend`. Make it by `running`."""

    def __init__(self, server: Server, uid: str) -> None:
        self._server = server
        self._uid = uid
        self._held: list[Work] = []
        self._said: dict[str, dict[str, Any]] = {}
        self._gone: list[str] = []
        self._rows: dict[str, dict[str, Any]] = {}

    @property
    def _beside(self) -> str:
        return f"{self._uid}-notes"

    async def open(self) -> None:
        """Makes what is not there, declares what can be filtered, and reads the positions."""
        for uid, key, settings in ((self._uid, "key", layout.SETTINGS), (self._beside, "key", layout.NOTES)):
            if not await self._server.has(uid):
                made = await self._server.call(partial(_create, uid, key))
                await self._server.finish([made])
            changed = await self._server.call(
                lambda client, uid=uid, new=settings: client.index(uid).update_settings(new)
            )
            await self._server.finish([changed])
        rows = await self._all(self._beside, None)
        self._rows = {row["key"]: row for row in rows}

    async def upsert(self, documents: Sequence[Document]) -> None:
        """See `SearchBackend`."""
        if rows := [layout.row_of(each) for each in documents]:
            self._held.append(lambda client: client.index(self._uid).add_documents(rows, "key"))

    async def delete(self, ids: Iterable[str]) -> None:
        """See `SearchBackend`."""
        if codes := [coded(each) for each in ids]:
            chosen = filters.one_of("id", codes)
            self._held.append(lambda client: client.index(self._uid).delete_documents(filter=chosen))

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """See `SearchBackend`."""
        chosen = filters.one_of("anchor", [layout.anchor(structure, each) for each in anchors])
        self._held.append(lambda client: client.index(self._uid).delete_documents(filter=chosen))

    async def drop(self, structure: str) -> None:
        """See `SearchBackend`."""
        chosen = filters.one_of("structure", [coded(structure)])
        self._held.append(lambda client: client.index(self._uid).delete_documents(filter=chosen))
        self._gone.append(_position_key(structure))

    async def commit(self, positions: Mapping[str, int]) -> None:
        """See `SearchBackend`."""
        for structure, revision in positions.items():
            key = _position_key(structure)
            self._said[key] = {"key": key, "structure": coded(structure), "revision": revision}
        held, said, gone = [*self._held], [*self._said.values()], [key for key in self._gone if key not in self._said]
        if gone:
            named = filters.one_of("key", gone)
            held.append(lambda client: client.index(self._beside).delete_documents(filter=named))
        if said:
            held.append(lambda client: client.index(self._beside).add_documents(said, "key"))
        tasks = [await self._server.call(work) for work in held]
        await self._server.finish(tasks)
        self._rows = {key: row for key, row in self._rows.items() if key not in gone} | self._said
        self._held, self._said, self._gone = [], {}, []

    @property
    def generation(self) -> int:
        """See `SearchBackend`. Nothing depends on it here."""
        return 0

    async def among(self, ids: Sequence[str]) -> Sequence[str]:
        """See `SearchBackend`."""
        return ids

    async def positions(self) -> Mapping[str, int]:
        """See `SearchBackend`."""
        return {decoded(row["structure"]): row["revision"] for row in self._rows.values() if "revision" in row}

    async def note(self, name: str, value: str) -> None:
        """See `SearchBackend`."""
        key = f"n{coded(name)}"
        self._said[key] = {"key": key, "name": name, "value": value}

    async def notes(self) -> Mapping[str, str]:
        """See `SearchBackend`."""
        return {row["name"]: row["value"] for row in self._rows.values() if "value" in row}

    async def fresh(self) -> Meili:
        """See `SearchBackend`."""
        made = Meili(self._server, f"{self._uid}-next")
        await made.open()
        return made

    async def is_building(self) -> bool:
        """See `SearchBackend`."""
        return await self._server.has(f"{self._uid}-next")

    async def adopt(self, fresh: SearchBackend) -> None:
        """See `SearchBackend`. Both indexes change their places with the new ones in one task."""
        assert isinstance(fresh, Meili)
        pairs: Any = [{"indexes": [self._uid, fresh._uid]}, {"indexes": [self._beside, fresh._beside]}]
        await self._server.finish([await self._server.call(lambda client: client.swap_indexes(pairs))])
        self._rows = fresh._rows
        for uid in (fresh._beside, fresh._uid):
            await self._server.finish([await self._server.call(lambda client, uid=uid: client.index(uid).delete())])

    async def search(self, search: Search) -> Page:
        """See `SearchBackend`."""
        items = wanted(search.text)
        if search.text.strip() and not items:
            return Page([], 0, has_next=False)
        window = search.first + (max(search.after.rank, 0) + SPARE if search.after else 0)
        answer = await self._ask(search, hitsPerPage=min(window, layout.MOST_HITS), page=1,
                                 attributesToRetrieve=["id", "name", "text"], showRankingScore=True)  # fmt: skip
        rows = answer["hits"]
        start = _start(rows, search)
        shown = [_hit(row, rank, items) for rank, row in enumerate(rows[start : start + search.first], start + 1)]
        return Page(shown, answer["totalHits"], answer["totalHits"] > start + search.first)

    async def kinds(self, search: Search) -> list[Bucket]:
        """See `SearchBackend`."""
        if search.text.strip() and not wanted(search.text):
            return []
        answer = await self._ask(search, hitsPerPage=0, page=1, facets=["kind"])
        counts = {decoded(code): count for code, count in answer["facetDistribution"].get("kind", {}).items()}
        return [Bucket(kind, count) for kind, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]

    async def suggest(self, search: Search) -> list[str]:
        """See `SearchBackend`."""
        asked = words(search.text)
        if not asked or search.first < 1:
            return []
        answer = await self._ask(search, hitsPerPage=min(4 * search.first, 1000), page=1, attributesToSearchOn=["name"],
                                 attributesToRetrieve=["id", "name"], matchingStrategy="all")  # fmt: skip
        fitting = [row for row in answer["hits"] if _goes_on(words(row["name"]), asked)]
        fitting.sort(key=lambda row: words(row["name"]) != asked)
        return [decoded(row["id"]) for row in fitting[: search.first]]

    async def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """See `SearchBackend`."""
        found = await self._all(self._uid, filters.one_of("id", map(coded, ids))) if ids else []
        return {document.id: document for document in map(layout.document_of, found)}

    async def size(self) -> Size:
        """See `SearchBackend`."""
        stats = await self._server.call(lambda client: client.index(self._uid).get_stats())
        whole = await self._server.call(lambda client: client.get_all_stats())
        return Size(stats.number_of_documents, whole["databaseSize"])

    async def close(self) -> None:
        """See `SearchBackend`. Nothing is open between two calls."""
        self._held, self._said, self._gone = [], {}, []

    async def ping(self) -> None:
        """See `SearchBackend`."""
        await self._server.call(lambda client: client.health())

    async def _ask(self, search: Search, **more: Any) -> dict[str, Any]:
        loose = [item for item in wanted(search.text) if not item.exact]
        asked = {"filter": filters.of_search(search), "matchingStrategy": _strategy(search, loose), **more}
        if not search.text.strip():
            asked["sort"] = ["id:asc"]
        return await self._server.call(lambda client: client.index(self._uid).search(search.text, asked))

    async def _all(self, uid: str, chosen: str | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            asked: dict[str, Any] = {"limit": AT_ONCE, "offset": len(found), **({"filter": chosen} if chosen else {})}
            page = await self._server.call(lambda client, asked=asked: client.index(uid).get_documents(asked))
            found += [dict(row) for row in page.results]
            if len(found) >= page.total or not page.results:
                return found


def _strategy(search: Search, loose: Sequence[Wanted]) -> str:
    """Which words may be missing: none of two, the last ones of more, the frequent ones where any word is enough."""
    if search.any_word:
        return "frequency"
    return "all" if len(loose) <= 2 else "last"


def _create(uid: str, key: str, client: Client) -> Any:
    return client.create_index(uid, {"primaryKey": key})


def _position_key(structure: str) -> str:
    return f"p{coded(structure)}"


def _start(rows: Sequence[Mapping[str, Any]], search: Search) -> int:
    """How many hits stand before the page: those up to the one that it follows, wherever that stands by now."""
    if search.after is None:
        return 0
    place = next((at for at, row in enumerate(rows, 1) if row["id"] == coded(search.after.id)), None)
    return max(search.after.rank - 1, 0) if place is None else place


def _hit(row: Mapping[str, Any], rank: int, items: Sequence[Wanted]) -> Hit:
    return Hit(decoded(row["id"]), float(row.get("_rankingScore", 1.0)), rank, partial(_highlights, row, items))


def _highlights(row: Mapping[str, Any], items: Sequence[Wanted]) -> list[Highlight]:
    texts = ("name", row["name"]), ("properties", row["text"])
    marked = ((field, highlighted(composed(text), items)) for field, text in texts)
    return [Highlight(field, text) for field, text in marked if text is not None]


def _goes_on(name: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether a name has all words, the last of them as the beginning of one."""
    return all(word in name for word in asked[:-1]) and any(word.startswith(asked[-1]) for word in name)


@asynccontextmanager
async def running(url: str, key: str | None, uid: str = NAME) -> AsyncGenerator[Meili]:
    """The index on a server, made where there is none. Raises `Unavailable` where it does not answer."""
    backend = Meili(Server(url, key), uid)
    await backend.open()
    yield backend
