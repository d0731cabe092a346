"""The fields of the index, and its opening."""

from __future__ import annotations

import zlib
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import UUID

from mediaclay_kernel.errors import Unavailable
from tantivy import Document as Row
from tantivy import Index, IndexWriter, Schema, SchemaBuilder

from mediaclay_search.engine.embedded.words import composed, stems, whole_analyzer, word_analyzer
from mediaclay_search.records import Document

VERSION = 6
"""Part of the folder's name: raise it with every change in here, and the index is built anew from the trees."""
HEAP = 200_000_000
"""Bytes of memory in which documents are gathered before they go to disk, taken as they come: the more, the fewer segments."""

HALF = 1 << 63
HALVES = "id_high", "id_low"
"""A UUID as two numbers: a column of numbers is read a hundred times as fast as a stored document."""
LEVELS = 32
"""Levels below an anchor down to which a document names all branches that it stands in."""


def _schema() -> Schema:
    builder = SchemaBuilder()
    # Deleting by a term works on raw text alone: by a number it deletes nothing, and says nothing.
    for name, fast in (
        ("id", True),
        ("structure", False),
        ("anchor", False),
        ("okey", False),
        ("kind", True),
        ("facts", False),
    ):
        builder.add_text_field(name, stored=True, fast=fast, tokenizer_name="raw", index_option="basic")
    for name in ("fragment", "place"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in HALVES:
        builder.add_integer_field(name, fast=True)
    builder.add_text_field("name", stored=True, tokenizer_name="words", index_option="position")
    builder.add_text_field("text", stored=True, tokenizer_name="words", index_option="position")
    builder.add_text_field("whole", tokenizer_name="whole", index_option="basic")
    builder.add_text_field("stem", tokenizer_name="whitespace", index_option="freq")
    builder.add_float_field("weight", fast=True)
    builder.add_integer_field("revision", stored=True, fast=True)
    builder.add_text_field("note", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("is_note", fast=True)
    return builder.build()


SCHEMA = _schema()


def anchor_term(structure: str, anchor: str) -> str:
    """An anchor within one structure. The field `fragment` has anchors alone, for those that are named without one."""
    return f"{structure}/{anchor}"


def okey_term(okey: str) -> str:
    """An okey in the same order, of letters that mean nothing to the query parser (the one way to a range of text)."""
    return "k" + okey.encode().hex()


def place_term(structure: str, anchor: str, okey: str) -> str:
    """A branch below an anchor. A document has a term for each one that it stands in, so that a branch is one list of the index."""
    return f"{structure}/{anchor}/{okey}"


def row_of(document: Document) -> Row:
    """A document as a row of the index."""
    name = composed(document.name)
    return Row(
        id=document.id, structure=document.structure, anchor=anchor_term(document.structure, document.anchor),
        fragment=document.anchor,
        okey=okey_term(document.okey), kind=document.kind, name=name, whole=name.strip(),
        text=composed(document.text), stem=" ".join(stems(f"{name}\n{document.text}")), facts=list(document.facts),
        weight=_weight(document), place=_places(document), **_halves(document.id),
    )  # fmt: skip


def _places(document: Document) -> list[str]:
    steps = document.okey.split("/", LEVELS)[:-1]
    return [place_term(document.structure, document.anchor, f"{step}/") for step in accumulate(steps, "{}/{}".format)]


def _halves(id_: str) -> dict[str, int]:
    with suppress(ValueError):
        if str(uuid := UUID(id_)) == id_:
            high, low = divmod(uuid.int, 2 * HALF)
            return dict(
                zip(HALVES, (high - HALF, low - HALF), strict=True)
            )  # signed: unsigned ones below 2 ** 63 break the writer
    return {}


def id_of(high: int, low: int) -> str:
    """The id of two halves."""
    digits = f"{high + HALF:016x}{low + HALF:016x}"  # a third of the time that a UUID takes
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def document_of(row: Any) -> Document:
    """A row as the document that it was, but for what of it was embedded."""
    structure = str(row["structure"][0])
    return Document(
        str(row["id"][0]), structure, str(row["anchor"][0])[len(structure) + 1 :], bytes.fromhex(row["okey"][0][1:]).decode(),
        str(row["kind"][0]), str(row["name"][0]), str(row["text"][0]), tuple(map(str, row["facts"])),
    )  # fmt: skip


def position_row(structure: str, revision: int) -> Row:
    """How far a structure was read, as a row of its own: so it is committed together with the documents."""
    return Row(id=position_id(structure), structure=structure, revision=revision)


def position_id(structure: str) -> str:
    """The id of the row that holds a structure's position; no node has it."""
    return f"position/{structure}"


def note_id(name: str) -> str:
    """The id of the row that holds a note."""
    return f"note/{name}"


def note_row(name: str, value: str) -> Row:
    """A note as a row of its own."""
    return Row(id=note_id(name), note=[name, value], is_note=True)


def _weight(document: Document) -> float:
    # Scores are multiplied by log2(2 + weight): a little more for short names, and by the id a trace that tells equal
    # ones apart, always in the same way.
    return 0.5 / (4 + len(document.name)) + zlib.crc32(document.id.encode()) % 9973 * 1e-8


def open_index(folder: Path) -> tuple[Index, IndexWriter]:
    """The index in `folder`, made where there is none, and its only writer. Raises `Unavailable` with what to do."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        index = Index(SCHEMA, str(folder))
    except ValueError as error:
        raise Unavailable(
            f"The search index in {folder} can't be read ({error}). Remove that folder and start again: it is built "
            "anew from the trees."
        ) from error
    # Not stored with the index: they are to be registered wherever it is opened.
    index.register_tokenizer("words", word_analyzer())
    index.register_tokenizer("whole", whole_analyzer())
    index.config_reader("manual")
    try:
        return index, index.writer(HEAP, 1)
    except ValueError as error:
        if "LockBusy" not in str(error):
            raise
        raise Unavailable(
            f"Another process writes the search index in {folder}. Stop it, or give this one a CLAY_HOME of its own."
        ) from error
