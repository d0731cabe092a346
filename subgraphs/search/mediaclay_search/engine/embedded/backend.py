"""The port on tantivy: one writer, in a thread of its own; readers in others."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mediaclay_kernel.errors import Unavailable
from tantivy import Index, IndexWriter, Query, Searcher

from mediaclay_search.engine.backend import SearchBackend
from mediaclay_search.engine.embedded import pages
from mediaclay_search.engine.embedded.folders import Folders
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
from mediaclay_search.engine.embedded.query import completing, matching
from mediaclay_search.engine.embedded.wanted import Wanted, wanted
from mediaclay_search.engine.embedded.words import words
from mediaclay_search.records import Bucket, Document, Highlight, Hit, Page, Search, Size

READERS = 2
MOST_KINDS = 10_000
SHOWN = {"name": "name", "text": "properties"}
"""Fields whose matches are marked, and how clients know them."""

T = TypeVar("T")


class Tantivy:
    """See `SearchBackend`. Make it by `running`."""

    def __init__(
        self, folders: Folders, folder: Path, index: tuple[Index, IndexWriter], writing: ThreadPoolExecutor
    ) -> None:
        self._folders = folders
        self._folder = folder
        self._index, self._writer = index
        self._writing = writing
        self._reading = ThreadPoolExecutor(READERS, "search-read")
        self._positions = _positions(self._index.searcher())
        self._notes = _notes(self._index.searcher())

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
        self._index, self._writer = fresh._index, fresh._writer
        del fresh._writer  # a writer lives, and holds its lock, as long as anything refers to it
        fresh._reading.shutdown(wait=False)
        self._positions, self._notes = fresh._positions, fresh._notes
        await asyncio.to_thread(shutil.rmtree, before, ignore_errors=True)

    async def search(self, search: Search) -> Page:
        """See `SearchBackend`."""
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
        self._writer.commit()
        self._index.reload()
        self._positions = _positions(self._index.searcher())
        self._notes = _notes(self._index.searcher())

    def _note(self, name: str, value: str) -> None:
        self._writer.delete_documents_by_term("id", note_id(name))
        self._writer.add_document(note_row(name, value))

    def _search(self, search: Search) -> Page:
        searcher = self._index.searcher()
        query = matching(self._index, searcher, search)
        if not search.text.strip():
            is_whole = search.only is not None and search.after is None and len(search.only) <= search.first
            cut = (
                pages.among(searcher, query, search.first)
                if is_whole
                else pages.by_id(self._index, searcher, query, search.first, search.after)
            )
            return Page([Hit(f.id, f.score, f.rank, list) for f in cut.found], cut.total, cut.has_next)
        cut = pages.by_score(searcher, query, search.first, search.after)
        items = wanted(search.text)
        hits = [Hit(f.id, f.score, f.rank, partial(_highlights, searcher, f, items)) for f in cut.found]
        return Page(hits, cut.total, cut.has_next)

    def _kinds(self, search: Search) -> list[Bucket]:
        wish = {"kinds": {"terms": {"field": "kind", "size": MOST_KINDS}}}
        searcher: Any = self._index.searcher()
        answer = searcher.aggregate(matching(self._index, searcher, search), wish)
        return [Bucket(str(each["key"]), int(each["doc_count"])) for each in answer["kinds"]["buckets"]]

    def _suggest(self, search: Search) -> list[str]:
        if not words(search.text) or search.first < 1:
            return []
        searcher = self._index.searcher()
        query = completing(self._index, search)
        return [found.id for found in pages.by_score(searcher, query, search.first, None).found]

    def _documents(self, ids: list[str]) -> dict[str, Document]:
        if not ids:
            return {}
        searcher = self._index.searcher()
        hits, _ = pages.best(searcher, Query.term_set_query(SCHEMA, "id", ids), len(ids), count=False)
        found = [document_of(searcher.doc(address)) for _, address in hits]
        return {document.id: document for document in found}

    def _size(self) -> Size:
        _, count = pages.best(self._index.searcher(), Query.exists_query("kind"), 1)
        return Size(count, sum(file.stat().st_size for file in self._folder.iterdir() if file.is_file()))


def _highlights(searcher: Searcher, found: pages.Found, items: Sequence[Wanted]) -> list[Highlight]:
    row: Any = searcher.doc(found.address)
    marked = ((shown, highlighted(row[field][0], items)) for field, shown in SHOWN.items())
    return [Highlight(field, text) for field, text in marked if text is not None]


def _positions(searcher: Searcher) -> dict[str, int]:
    return {str(row["structure"][0]): int(row["revision"][0]) for row in _rows(searcher, "revision")}


def _notes(searcher: Searcher) -> dict[str, str]:
    return {str(row["note"][0]): str(row["note"][1]) for row in _rows(searcher, "is_note")}


def _rows(searcher: Searcher, field: str) -> list[Any]:
    query = Query.exists_query(field)
    _, count = pages.best(searcher, query, 1)
    hits, _ = pages.best(searcher, query, max(count, 1))
    return [searcher.doc(address) for _, address in hits]


async def opened(folders: Folders, folder: Path) -> Tantivy:
    """The index in a folder. Raises `Unavailable` where another process has it open, or it can't be read."""
    writing = ThreadPoolExecutor(1, "search-write")
    try:
        index = await asyncio.get_running_loop().run_in_executor(writing, open_index, folder)
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
        yield backend
    finally:
        await backend.close()
