"""The peer: the same documents in PostgreSQL, asked in three ways.

- `bare`: its full text at its quickest. No typo, no beginning of a word.
- `alike`: what we do, by its own means. Beginnings by `:*`; typos as the manual of pg_trgm advises: near words are looked up in a
  table of all words by their trigrams, only
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mediaclay_kernel.database import DRIVER, plain_url

from benchmarks.search.world import Node, World
from benchmarks.server import Server
from benchmarks.structure.bench import say

PAGE = 10
_TABLE = """
CREATE EXTENSION pg_trgm;
CREATE EXTENSION fuzzystrmatch;
CREATE TABLE doc (id uuid NOT NULL, key text COLLATE "C" NOT NULL, name text NOT NULL, body text NOT NULL)
"""
_COLUMNS = """
ALTER TABLE doc
    ADD stems tsvector GENERATED ALWAYS AS (to_tsvector('english', name || ' ' || body)) STORED,
    ADD words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', name), 'A') || to_tsvector('simple', body)) STORED
"""
_INDEXES = """
CREATE INDEX ON doc USING gin (stems);
CREATE INDEX ON doc USING gin (words);
CREATE INDEX ON doc USING gin ((name || ' ' || body) gin_trgm_ops);
CREATE INDEX ON doc (key);
CREATE TABLE word AS SELECT word, ndoc FROM ts_stat('SELECT words FROM doc');
CREATE INDEX ON word USING gin (word gin_trgm_ops);
CREATE UNIQUE INDEX ON word (word);
"""
_ASKED = """
CREATE FUNCTION asked(text) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT string_agg(format('(%s:*%s)', quote_literal(a.lexeme), near.words), ' & ')::tsquery
    FROM unnest(to_tsvector('simple', $1)) a, LATERAL (
        SELECT coalesce(string_agg(' | ' || quote_literal(w.word), ''), '') words FROM word w
        WHERE length(a.lexeme) >= 4 AND w.word % a.lexeme
            AND abs(length(w.word) - length(a.lexeme)) <= 1 AND levenshtein_less_equal(w.word, a.lexeme, 2) <= 2
            AND NOT EXISTS (SELECT FROM word k WHERE k.word = a.lexeme AND k.ndoc >= 5)
    ) near
$$
"""
_BARE = """
SELECT id FROM doc, websearch_to_tsquery('english', $1) q WHERE stems @@ q {within} ORDER BY ts_rank_cd(stems, q) DESC LIMIT 10
"""
_ALIKE = """
SELECT id {count} FROM doc, asked($1) q WHERE words @@ q {within} ORDER BY ts_rank_cd(words, q) DESC LIMIT 10
"""
_NAIVE = """
SELECT id FROM doc, websearch_to_tsquery('english', $1) q
WHERE (stems @@ q OR $1 <% (name || ' ' || body)) {within}
ORDER BY ts_rank_cd(stems, q) + word_similarity($1, name || ' ' || body) DESC LIMIT 10
"""
_WITHIN = "AND key >= $2 AND key < $3"


class Postgres:
    """One connection, whose statements are prepared by their first use. A branch is a range of keys: a B-tree has it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def bare(self, text: str, top: Node | None = None) -> list[str]:
        """The ids of the first ten by full text alone."""
        return await self._ask(_BARE, text, top, "")

    async def alike(self, text: str, top: Node | None = None, *, counted: bool = False) -> list[str]:
        """The ids of the first ten, typos and beginnings forgiven, and with them the count of all where wanted."""
        return await self._ask(_ALIKE, text, top, ", count(*) OVER ()" if counted else "")

    async def naive(self, text: str, top: Node | None = None) -> list[str]:
        """The ids of the first ten, by full text or by trigrams of the whole text."""
        return await self._ask(_NAIVE, text, top, "")

    async def _ask(self, statement: str, text: str, top: Node | None, count: str) -> list[str]:
        within, more = ("", ()) if top is None else (_WITHIN, (top.key, top.key[:-1] + "0"))
        rows = await self._connection.fetch(statement.format(within=within, count=count), text, *more)
        return [str(row["id"]) for row in rows]


@asynccontextmanager
async def filled(server: Server, world: World) -> AsyncGenerator[Postgres]:
    """PostgreSQL with all documents, its indexes made and its statistics fresh."""
    connection = await DRIVER.connect(plain_url(await server.make("words")))
    try:
        await connection.execute(_TABLE)
        rows = ((n.document.id, n.key, n.document.name, n.document.text) for n in world.nodes)
        await connection.copy_records_to_table("doc", records=rows)
        for doing, statement in (("words", _COLUMNS), ("indexes", _INDEXES), ("functions", _ASKED)):
            say(f"PostgreSQL: {doing}")
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE doc")
        await connection.execute("VACUUM ANALYZE word")
        yield Postgres(connection)
    finally:
        await connection.close()
