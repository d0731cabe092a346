"""WordNet as documents of an index, with the anchors that the product's own labels give them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, cast

from mediaclay_search.predicates import facts_of
from mediaclay_search.records import Document, Part, Range
from mediaclay_search.texts import flattened, told
from mediaclay_structure.samples import WORDNET, Sample
from mediaclay_structure.tree.labels import Label, label, weigh

from benchmarks.structure.bench import say

BOUND = 1024
STRUCTURE = "wordnet"


@dataclass(frozen=True, slots=True)
class Node:
    """A synset: what the index has of it, its full key, and what it was made of."""

    document: Document
    key: str
    parent: str | None
    properties: dict[str, Any]


@dataclass(slots=True)
class World:
    """All nodes in pre-order, with the full key of each anchor."""

    nodes: list[Node]
    anchors: dict[str, str] = field(default_factory=dict[str, str])

    def below(self, node: Node) -> list[Node]:
        """A branch."""
        return [each for each in self.nodes if each.key.startswith(node.key)]

    def part(self, node: Node) -> Part:
        """Where a branch lies, as structure says it."""
        inside = tuple(anchor for anchor, key in self.anchors.items() if key.startswith(node.key))
        own = node.document
        if own.okey == "":
            return Part(STRUCTURE, inside)
        return Part(STRUCTURE, inside, (Range(own.anchor, own.okey, own.okey[:-1] + "0"),))


def world(home: Path, *, without_gloss: bool = False, sample: Sample = WORDNET, most: int | None = None) -> World:
    """A sample, WordNet unless said, fetched where it is not there yet. Without glosses, they can be asked for as queries.

    `most` nodes at most, in pre-order. Takes 4 KB of memory a node.
    """
    lines = list(islice(sample.lines(home, _told), most))
    index = {str(line.id): at for at, line in enumerate(lines)}
    root = Label(0, "", "")
    parents: list[int | Label] = [root if line.parent is None else index[str(line.parent)] for line in lines]
    heavy, numbers, siblings = weigh(parents, BOUND).heavy, count(1), dict[Any, int]()
    labels = label(parents, _positions(parents, siblings), heavy, lambda: next(numbers)).labels
    nodes: list[Node] = []
    anchors = {"0": ""}
    for line, mine in zip(lines, labels, strict=True):
        properties = dict(cast("dict[str, Any]", line.properties or {}))
        if without_gloss:
            properties.pop("gloss", None)
        text = flattened(properties)
        document = Document(
            str(line.id), STRUCTURE, str(mine.anchor), mine.okey, line.kind, line.name, text, facts_of(properties),
            told("", line.name, text),
        )  # fmt: skip
        if mine.okey == "":
            anchors[str(mine.anchor)] = mine.base
        parent = None if line.parent is None else str(line.parent)
        nodes.append(Node(document, mine.base + mine.okey, parent, dict(cast("dict[str, Any]", line.properties or {}))))
    return World(nodes, anchors)


def _told(doing: str, much: int) -> None:
    if much:
        say(f"{doing}: {much:,}")


def _positions(parents: list[int | Label], siblings: dict[Any, int]) -> Iterator[str]:
    for parent in parents:
        key = parent if isinstance(parent, int) else -1
        siblings[key] = siblings.get(key, 0) + 1
        yield f"{siblings[key]:06}"
