"""Documents and settings as Meilisearch keeps them.

Its filters take no notice of case and read digits as numbers, so what must be told apart exactly is written in hexadecimal
behind a letter.
"""

from __future__ import annotations

from typing import Any

from mediaclay_search.records import Document

VERSION = 1
"""Part of the index's name; see `engine.embedded.layout.VERSION`."""
MOST_HITS = 100_000
"""Hits that pages can reach."""
MOST_KINDS = 10_000
SETTINGS: dict[str, Any] = {
    "searchableAttributes": ["name", "text"],
    "filterableAttributes": ["id", "structure", "anchor", "fragment", "okey", "kind", "facts"],
    "sortableAttributes": ["id"],
    "rankingRules": ["words", "typo", "attribute", "proximity", "exactness", "sort", "id:asc"],
    "typoTolerance": {"minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 255}, "disableOnNumbers": True},
    "pagination": {"maxTotalHits": MOST_HITS},
    "faceting": {"maxValuesPerFacet": MOST_KINDS},
}
NOTES: dict[str, Any] = {"searchableAttributes": [], "filterableAttributes": ["key"]}


def coded(text: str) -> str:
    """A text as Meilisearch can't mistake it; sorts as its bytes do."""
    return "k" + text.encode().hex()


def decoded(code: str) -> str:
    """The text of a code."""
    return bytes.fromhex(code[1:]).decode()


def anchor(structure: str, name: str) -> str:
    """An anchor within one structure."""
    return coded(f"{structure}/{name}")


def row_of(document: Document) -> dict[str, Any]:
    """A document as Meilisearch takes it. Its primary key is made of letters that are allowed there."""
    return {
        "key": coded(document.id), "id": coded(document.id), "structure": coded(document.structure),
        "anchor": anchor(document.structure, document.anchor), "fragment": coded(document.anchor),
        "okey": coded(document.okey), "kind": coded(document.kind), "name": document.name, "text": document.text,
        "facts": list(document.facts),
    }  # fmt: skip


def document_of(row: dict[str, Any]) -> Document:
    """The document of a row, but for what of it was embedded."""
    structure = decoded(row["structure"])
    return Document(
        decoded(row["id"]), structure, decoded(row["anchor"])[len(structure) + 1 :], decoded(row["okey"]), decoded(row["kind"]),
        row["name"], row["text"], tuple(row["facts"]),
    )  # fmt: skip
