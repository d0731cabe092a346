"""What is imported, as the bytes of NDJSON: a file that is NDJSON goes through unread, all else is written as it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from mediaclay_kernel.settings import Settings, load

from mediaclay_structure.formats import ndjson, registry
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine
from mediaclay_structure.samples import Sample

BLOCK = 128 * 1024

Tell = Callable[..., None]
Line = NodeLine | LinkLine | BadLine


@dataclass(frozen=True, slots=True)
class Source:
    """A file, standard input or a sample, for a structure of that slug and title; `total` nodes where it is known."""

    structure: str
    title: str
    total: int | None = None
    file: Path | None = None
    form: registry.Form = registry.FORMS[0]
    sample: Sample | None = None

    def pieces(self, tell: Tell, refuse: Callable[[BadLine], None]) -> Iterator[bytes]:
        """The lines, some at a time; those that are none go to `refuse`. `tell` hears what a sample is doing."""
        if self.sample is not None:
            yield from _written(self.sample.lines(load(Settings).home, tell), refuse)
            return
        with self._opened() as opened:
            if self.form.name == "ndjson":
                while piece := opened.read(BLOCK):
                    yield piece
            else:
                yield from _written(self.form.read(opened), refuse)

    @contextmanager
    def _opened(self) -> Generator[FileIO]:
        # Without a buffer: of a slow pipe what is there is read, and a process that ends waits for no lock of it.
        if self.file is None:
            with FileIO(0, closefd=False) as opened:
                yield opened
        else:
            with FileIO(self.file) as opened:
                yield opened


def _written(lines: Iterable[Line], refuse: Callable[[BadLine], None]) -> Iterator[bytes]:
    """Lines as NDJSON, each at the place that it has in its file, for which blank ones are put in."""
    held, size, at = list[bytes](), 0, 0
    for line in lines:
        if isinstance(line, BadLine):
            refuse(line)
            continue
        blank = max(line.number - at - 1, 0)
        at = max(at + 1, line.number)
        text = b"\n" * blank + (ndjson.write(line) if isinstance(line, NodeLine) else ndjson.write_link(line))
        held.append(text)
        size += len(text)
        if size > BLOCK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
