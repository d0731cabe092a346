"""Texts and their vectors on disk, in one SQLite file.

It is written before the index is committed, and what it is told twice changes nothing: so it is never behind the index, and
needs no position of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from mediaclay_search.numbers import np
from mediaclay_search.records import Document

VERSION = 1
"""Part of the file's name; see `engine.embedded.layout.VERSION`."""
KEPT = np.float16
"""Numbers on disk: a scan of them finds what one of the embedder's own numbers does, at half the size."""
_TABLES = """
CREATE TABLE IF NOT EXISTS node (
    id TEXT PRIMARY KEY, structure TEXT NOT NULL, anchor TEXT NOT NULL, okey TEXT NOT NULL, digest BLOB NOT NULL,
    text TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS node_place ON node (structure, anchor);
CREATE TABLE IF NOT EXISTS vector (
    embedder TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, numbers BLOB NOT NULL, PRIMARY KEY (embedder, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS todo (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_UPSERT = """
INSERT INTO node VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    structure = excluded.structure, anchor = excluded.anchor, okey = excluded.okey, digest = excluded.digest, text = excluded.text
"""
_MISSING = """
INSERT OR IGNORE INTO todo SELECT n.id FROM node n LEFT JOIN vector v ON v.embedder = ? AND v.id = n.id
WHERE v.digest IS NOT n.digest
"""
_PLACED = """
SELECT n.id, n.structure, n.anchor, n.okey, v.numbers FROM vector v JOIN node n ON n.id = v.id WHERE v.embedder = ?
"""


class Place(NamedTuple):
    """Where a node stands."""

    id: str
    structure: str
    anchor: str
    okey: str


class Todo(NamedTuple):
    """A text that waits to be embedded, and its digest."""

    id: str
    digest: bytes
    text: str


class Store:
    """One process has one, and one thread uses it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"vectors-{VERSION}.sqlite"
        self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(
            "PRAGMA synchronous = NORMAL"
        )  # a crash of the machine loses what the index has not got either
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def said(self, name: str) -> str | None:
        """What was written down under a name."""
        row = self._db.execute("SELECT value FROM said WHERE name = ?", [name]).fetchone()
        return row and row[0]

    def say(self, name: str, value: str) -> None:
        """Writes something down under a name."""
        self._db.execute("INSERT OR REPLACE INTO said VALUES (?, ?)", [name, value])

    def upsert(self, documents: Sequence[Document]) -> list[str]:
        """Keeps texts and places, queues the texts that changed; the ids of those that say nothing any more."""
        silent = [each.id for each in documents if not each.meaning.strip()]
        with self._db:
            self._db.execute("BEGIN")
            self._forget(silent)
            for each in documents:
                if each.meaning.strip():
                    self._keep(each)
        return silent

    def _keep(self, document: Document) -> None:
        digest = blake2b(document.meaning.encode(errors="replace"), digest_size=16).digest()
        known = self._db.execute("SELECT digest FROM node WHERE id = ?", [document.id]).fetchone()
        self._db.execute(
            _UPSERT, [document.id, document.structure, document.anchor, document.okey, digest, document.meaning]
        )
        if known is None or known[0] != digest:
            self._db.execute("INSERT OR IGNORE INTO todo VALUES (?)", [document.id])

    def delete(self, ids: Iterable[str]) -> None:
        """Forgets nodes."""
        with self._db:
            self._db.execute("BEGIN")
            self._forget(ids)

    def _forget(self, ids: Iterable[str]) -> None:
        keys = [(each,) for each in ids]
        for statement in (
            "DELETE FROM node WHERE id = ?",
            "DELETE FROM todo WHERE id = ?",
            "DELETE FROM vector WHERE id = ?",
        ):
            self._db.executemany(statement, keys)

    def of_fragments(self, structure: str, anchors: Sequence[str]) -> list[str]:
        """The ids of nodes in these fragments."""
        query = "SELECT id FROM node WHERE structure = ? AND anchor = ?"
        return [row[0] for anchor in anchors for row in self._db.execute(query, [structure, anchor])]

    def of_structure(self, structure: str) -> list[str]:
        """The ids of a structure's nodes."""
        return [row[0] for row in self._db.execute("SELECT id FROM node WHERE structure = ?", [structure])]

    def queue(self, embedder: str) -> None:
        """Queues what has no vector of this embedder's for its text of now."""
        with self._db:
            self._db.execute(_MISSING, [embedder])

    def waiting(self) -> int:
        """How many texts wait."""
        return self._db.execute("SELECT count(*) FROM todo").fetchone()[0]

    def some(self, most: int) -> list[Todo]:
        """Texts that wait, at most so many."""
        query = "SELECT n.id, n.digest, n.text FROM todo t JOIN node n ON n.id = t.id LIMIT ?"
        return [Todo(*row) for row in self._db.execute(query, [most])]

    def done(self, embedder: str, todo: Sequence[Todo], rows: np.ndarray) -> list[Place]:
        """Keeps vectors of texts that are still those of their nodes, and where these stand: one for each vector kept."""
        kept: list[Place] = []
        with self._db:
            self._db.execute("BEGIN")
            for each, row in zip(todo, rows.astype(KEPT), strict=True):
                query = "SELECT id, structure, anchor, okey FROM node WHERE id = ? AND digest = ?"
                place = self._db.execute(query, [each.id, each.digest]).fetchone()
                if place is not None:
                    self._db.execute("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
                                     [embedder, each.id, each.digest, row.tobytes()])  # fmt: skip
                    self._db.execute("DELETE FROM todo WHERE id = ?", [each.id])
                    kept.append(Place(*place))
        return kept

    def forget_others(self, embedder: str) -> None:
        """Removes the vectors of all other embedders."""
        self._db.execute("DELETE FROM vector WHERE embedder <> ?", [embedder])

    def placed(self, embedder: str) -> Iterator[tuple[Place, np.ndarray]]:
        """Every vector of an embedder's, with its node's place."""
        for *place, numbers in self._db.execute(_PLACED, [embedder]):
            yield Place(*place), np.frombuffer(numbers, KEPT)

    def count(self, embedder: str) -> int:
        """How many vectors it made."""
        return self._db.execute("SELECT count(*) FROM vector WHERE embedder = ?", [embedder]).fetchone()[0]
