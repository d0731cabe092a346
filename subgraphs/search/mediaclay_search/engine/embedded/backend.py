"""The port on tantivy: one writer, in a thread of its own; readers in others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from mediaclay_kernel.errors import Unavailable
from tantivy import Index, IndexWriter, Query, Searcher

from mediaclay_search.engine.backend import SearchBackend
from mediaclay_search.engine.embedded import pages
from mediaclay_search.engine.embedded.folders import Folders, remove
from mediaclay_search.engine.embedded.highlight import highlighted
from mediaclay_search.engine.embedded.layout import (
    SCHEMA,
    anchor_term,
    document_of,
    note_id,
    note_row,
    open_index,
    position_id,
    position_row,
    row_of,
)
from mediaclay_search.engine.embedded.query import Reading, completing, lists, matching
from mediaclay_search.engine.embedded.spelling import Spelling
from mediaclay_search.engine.embedded.wanted import Wanted, wanted
from mediaclay_search.engine.embedded.words import words
from mediaclay_search.records import Bucket, Document, Highlight, Hit, Page, Search, Size

READERS = 2
MOST_KINDS = 10_000
QUICK_DOCUMENTS, QUICK_TEXT, QUICK_PAGE = 200_000, 40, 100
"""Searches of some words in so many documents are done at once: a millisecond at the most, and half of them in a quarter of that."""
SHOWN = {"name": "name", "text": "properties"}
"""Fields whose matches are marked, and how clients know them."""

Opened = tuple[Index, IndexWriter, Spelling]
T = TypeVar("T")


class Tantivy:
    """See `SearchBackend`. Make it by `running`."""

    def __init__(self, folders: Folders, folder: Path, parts: Opened, writing: ThreadPoolExecutor) -> None:
        self._folders = folders
        self._folder = folder
        self._index, self._writer, self._spelling = parts
        self._writing = writing
        self._reading = ThreadPoolExecutor(READERS, "search-read")
        self._positions = _positions(self._index.searcher())
        self._notes = _notes(self._index.searcher())
        self.generation = 0

    async def upsert(self, documents: Sequence[Document]) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._upsert, documents))

    async def delete(self, ids: Iterable[str]) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._delete, list(ids)))

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._delete_fragments, structure, anchors))

    async def drop(self, structure: str) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._drop, structure))

    async def commit(self, positions: Mapping[str, int]) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._commit, dict(positions)))

    async def positions(self) -> Mapping[str, int]:
        """See `SearchBackend`."""
        return self._positions

    async def note(self, name: str, value: str) -> None:
        """See `SearchBackend`."""
        await self._write(partial(self._note, name, value))

    async def notes(self) -> Mapping[str, str]:
        """See `SearchBackend`."""
        return self._notes

    async def fresh(self) -> Tantivy:
        """See `SearchBackend`."""
        return await opened(self._folders, self._folders.building())

    async def is_building(self) -> bool:
        """See `SearchBackend`."""
        return self._folders.is_building

    async def adopt(self, fresh: SearchBackend) -> None:
        """See `SearchBackend`."""
        assert isinstance(fresh, Tantivy)
        await self._let_go()
        self._folders.adopt(fresh._folder)
        before, self._folder, self._writing = self._folder, fresh._folder, fresh._writing
        self._index, self._writer, self._spelling = fresh._index, fresh._writer, fresh._spelling
        self.generation += 2  # in one step of the loop, so nobody sees it change
        del fresh._writer  # a writer lives, and holds its lock, as long as anything refers to it
        fresh._reading.shutdown(wait=False)
        self._positions, self._notes = fresh._positions, fresh._notes
        await asyncio.to_thread(remove, before)

    async def search(self, search: Search) -> Page:
        """See `SearchBackend`."""
        if _is_quick(self._index.searcher(), search):
            return self._search(search)
        return await self._read(partial(self._search, search))

    async def kinds(self, search: Search) -> list[Bucket]:
        """See `SearchBackend`."""
        return await self._read(partial(self._kinds, search))

    async def suggest(self, search: Search) -> list[str]:
        """See `SearchBackend`."""
        return await self._read(partial(self._suggest, search))

    async def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """See `SearchBackend`."""
        return await self._read(partial(self._documents, list(ids)))

    async def among(self, ids: Sequence[str]) -> Sequence[str]:
        """See `SearchBackend`."""
        return await self._read(partial(self._among, ids))

    async def size(self) -> Size:
        """See `SearchBackend`."""
        return await self._read(self._size)

    async def ping(self) -> None:
        """See `SearchBackend`: it is in this process."""

    async def close(self) -> None:
        """Lets go of the lock. What was not committed is lost, and read again from the trees."""
        await self._let_go()
        self._reading.shutdown(wait=False)

    async def _let_go(self) -> None:
        await self._write(partial(delattr, self, "_writer"))
        await self._write(self._spelling.close)
        self._writing.shutdown(wait=False)

    async def _write(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._writing, work)
        except ValueError as error:  # such as a full disk; the writer works on only after a rollback
            with suppress(ValueError):
                await asyncio.get_running_loop().run_in_executor(self._writing, self._writer.rollback)
            raise Unavailable(f"The search index can't be written: {error}") from error

    async def _read(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, work)

    def _upsert(self, documents: Sequence[Document]) -> None:
        for document in documents:
            self._spelling.add(words(f"{document.name}\n{document.text}"))
            self._writer.delete_documents_by_term("id", document.id)
            self._writer.add_document(row_of(document))

    def _delete(self, ids: Sequence[str]) -> None:
        for each in ids:
            self._writer.delete_documents_by_term("id", each)

    def _delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        for each in anchors:
            self._writer.delete_documents_by_term("anchor", anchor_term(structure, each))

    def _drop(self, structure: str) -> None:
        self._writer.delete_documents_by_term("structure", structure)

    def _commit(self, positions: Mapping[str, int]) -> None:
        for structure, revision in positions.items():
            self._writer.delete_documents_by_term("id", position_id(structure))
            self._writer.add_document(position_row(structure, revision))
        self._spelling.commit()
        self._writer.commit()
        self.generation += 1
        self._index.reload()
        self.generation += 1
        self._positions = _positions(self._index.searcher())
        self._notes = _notes(self._index.searcher())

    def _note(self, name: str, value: str) -> None:
        self._writer.delete_documents_by_term("id", note_id(name))
        self._writer.add_document(note_row(name, value))

    def _search(self, search: Search) -> Page:
        searcher = self._index.searcher()
        total = cache(lambda: pages.count(searcher, matching(self._reading_of(searcher), search)))
        if not search.text.strip():
            query = matching(self._reading_of(searcher), search)
            if search.only is not None and search.after is None and len(search.only) <= search.first:
                cut = pages.among(searcher, query, search.first)
                return Page([Hit(f.id, f.score, f.rank, list) for f in cut.found], len(cut.found), cut.has_next)
            cut = pages.by_id(self._index, searcher, query, search.first, search.after)
            return Page([Hit(f.id, f.score, f.rank, list) for f in cut.found], total, cut.has_next)
        cut = pages.by_score(searcher, lists(self._reading_of(searcher), search), search.first, search.after)
        items = wanted(search.text)
        hits = [
            Hit(f.id, f.score, f.rank, partial(_highlights, searcher, f, items), relevance=pages.relevance(f.score))
            for f in cut.found
        ]
        is_all = not cut.has_next and (hits or search.after is None)
        return Page(hits, (hits[-1].rank if hits else 0) if is_all else total, cut.has_next)

    def _reading_of(self, searcher: Searcher) -> Reading:
        return Reading(self._index, searcher, self._spelling)

    def _kinds(self, search: Search) -> list[Bucket]:
        wish = {"kinds": {"terms": {"field": "kind", "size": MOST_KINDS}}}
        searcher: Any = self._index.searcher()
        answer = searcher.aggregate(matching(self._reading_of(searcher), search), wish)
        return [Bucket(str(each["key"]), int(each["doc_count"])) for each in answer["kinds"]["buckets"]]

    def _suggest(self, search: Search) -> list[str]:
        if not words(search.text) or search.first < 1:
            return []
        searcher = self._index.searcher()
        query = completing(self._index, search)
        return [found.id for found in pages.by_score(searcher, [lambda: query], search.first, None).found]

    def _documents(self, ids: list[str]) -> dict[str, Document]:
        if not ids:
            return {}
        searcher = self._index.searcher()
        hits = pages.best(searcher, Query.term_set_query(SCHEMA, "id", ids), len(ids))
        found = [document_of(searcher.doc(address)) for _, address in hits]
        return {document.id: document for document in found}

    def _among(self, ids: Sequence[str]) -> list[str]:
        searcher = self._index.searcher()
        named = Query.term_set_query(SCHEMA, "id", list(ids))
        return [found.id for found in pages.among(searcher, named, len(ids)).found]

    def _size(self) -> Size:
        count = pages.count(self._index.searcher(), Query.exists_query("kind"))
        return Size(count, sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file()))


def _is_quick(searcher: Searcher, search: Search) -> bool:
    """Whether a search takes less than a hop to a thread and back (about 0.2 ms), or not much more."""
    return (
        searcher.num_docs <= QUICK_DOCUMENTS
        and len(search.text) <= QUICK_TEXT
        and search.first <= QUICK_PAGE
        and search.after is None
        and not (search.where or search.only or search.without or search.any_word)
        and bool(search.text.strip())
    )


def _highlights(searcher: Searcher, found: pages.Found, items: Sequence[Wanted]) -> list[Highlight]:
    row: Any = searcher.doc(found.address)
    marked = ((shown, highlighted(row[field][0], items)) for field, shown in SHOWN.items())
    return [Highlight(field, text) for field, text in marked if text is not None]


def _open(folder: Path) -> Opened:
    index, writer = open_index(folder)
    return index, writer, Spelling(folder)


def _positions(searcher: Searcher) -> dict[str, int]:
    return {str(row["structure"][0]): int(row["revision"][0]) for row in _rows(searcher, "revision")}


def _notes(searcher: Searcher) -> dict[str, str]:
    return {str(row["note"][0]): str(row["note"][1]) for row in _rows(searcher, "is_note")}


def _rows(searcher: Searcher, field: str) -> list[Any]:
    query = Query.exists_query(field)
    hits = pages.best(searcher, query, max(pages.count(searcher, query), 1))
    return [searcher.doc(address) for _, address in hits]


async def opened(folders: Folders, folder: Path) -> Tantivy:
    """The index in a folder. Raises `Unavailable` where another process has it open, or it can't be read."""
    writing = ThreadPoolExecutor(1, "search-write")
    try:
        index = await asyncio.get_running_loop().run_in_executor(writing, _open, folder)
        return Tantivy(folders, folder, index, writing)
    except BaseException:
        writing.shutdown(wait=False)
        raise


@asynccontextmanager
async def running(home: Path) -> AsyncGenerator[Tantivy]:
    """The index under `home`, made where there is none. Raises as `opened` does."""
    folders = Folders(home / "search")
    backend = await opened(folders, folders.current())
    try:
        for each in folders.left():
            await asyncio.to_thread(remove, each)
        yield backend
    finally:
        await backend.close()
