"""The forms that a file of nodes can have, by name and by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Protocol
from uuid import UUID

from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.formats import csv_paths, ndjson
from mediaclay_structure.formats.line import BadLine, Fields, LinkLine, NodeLine
from mediaclay_structure.formats.lines import Source


class Writer(Protocol):
    """Takes the lines of a branch, nodes with their ids in document order and then links, and gives the file.

    A node that hangs on the branch's top names no parent. The bytes of all calls in a row are the file; a form that
    has to know everything first gives them at the end. Raises `BadUserInput` for a line that it can't take.
    """

    def head(self) -> bytes:
        """What stands before all lines."""
        ...

    def line(self, node: Fields) -> bytes:
        """A node."""
        ...

    def link(self, link: Fields) -> bytes:
        """A link; nothing where the form has none."""
        ...

    def tail(self) -> bytes:
        """What stands behind all lines."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form of files: its name, the endings by which it is known, and how it is read and written.

    `writer` is given the id of the branch's top. `has_links` is false where links are left out.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    read: Callable[[Source], Iterator[NodeLine | LinkLine | BadLine]]
    writer: Callable[[UUID], Writer]
    has_links: bool


def named(name: str) -> Form:
    """The form of that name. Raises `BadUserInput`."""
    for form in FORMS:
        if form.name == name:
            return form
    raise BadUserInput(f"There is no form {name!r}; there are {', '.join(form.name for form in FORMS)}.")


def by_ending(path: str) -> Form:
    """The form that the ending of a file tells. Raises `BadUserInput`."""
    ending = PurePath(path).suffix.lower()
    for form in FORMS:
        if ending in form.endings:
            return form
    known = ", ".join(ending for form in FORMS for ending in form.endings)
    raise BadUserInput(f"The ending of {path!r} tells no form (it may be {known}); name one with --format.")


class _Ndjson:
    def head(self) -> bytes:
        return b""

    def line(self, node: Fields) -> bytes:
        return ndjson.write(node)

    def link(self, link: Fields) -> bytes:
        return ndjson.write_link(link)

    def tail(self) -> bytes:
        return b""


class _Csv:
    """Every node by its path below the top, kept as one slug for each level above."""

    def __init__(self) -> None:
        self._writer = csv_paths.Writer()
        self._above: list[tuple[UUID | None, str]] = [(None, "")]

    def head(self) -> bytes:
        return self._writer.header()

    def line(self, node: Fields) -> bytes:
        while self._above and self._above[-1][0] != node.get("parent"):
            self._above.pop()
        if not self._above:
            raise BadUserInput("CSV is written of nodes in document order, parents before their children.")
        path = f"{self._above[-1][1]}/{node.get('slug')}"
        self._above.append((node.get("id"), path))
        return self._writer.row({**{key: node.get(key) for key in ("kind", "name", "properties")}, "path": path})

    def link(self, link: Fields) -> bytes:
        return b""

    def tail(self) -> bytes:
        return b""


def _lazily(name: str, title: str, ending: str, places: tuple[str, str, str], *, has_links: bool) -> Form:
    """A form whose module is loaded when it is used: what reads RDF takes some 20 MB and a third of a second."""
    module, reader, writer = places

    def read(source: Source) -> Iterator[NodeLine | LinkLine | BadLine]:
        return getattr(import_module(f"{__package__}.{module}"), reader)(source)

    def write(top: UUID) -> Writer:
        return getattr(import_module(f"{__package__}.{module}"), writer)(top)

    return Form(name, title, (ending,), read, write, has_links)


FORMS = (
    Form("ndjson", "NDJSON", (".ndjson", ".jsonl"), ndjson.read, lambda _: _Ndjson(), has_links=True),
    Form("csv", "CSV of paths", (".csv",), csv_paths.read, lambda _: _Csv(), has_links=False),
    _lazily("turtle", "SKOS in Turtle", ".ttl", ("skos_files", "read_turtle", "TurtleWriter"), has_links=True),
    _lazily("jsonld", "SKOS in JSON-LD", ".jsonld", ("skos_files", "read_json_ld", "JsonLdWriter"), has_links=True),
    _lazily("opml", "OPML 2.0", ".opml", ("opml_files", "read", "Writer"), has_links=False),
)
"""All forms."""
