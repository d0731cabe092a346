"""What is asked for: queries as people type them, and what is to be found by them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from benchmarks.search.world import Node, World

BRANCH = 500, 20_000
"""How large the branches are that are searched."""
LONG = 5
"""Letters of the words that are asked for, at least."""

TEXTS = "gloss", "description"
"""Properties whose words are asked for; the name where a node has none of them."""


class Item(NamedTuple):
    """A query, and the ids that are right for it."""

    text: str
    right: frozenset[str]


def queries(world: World, random: Random, count: int) -> list[str]:
    """One or two words of the texts of random nodes, of five letters or more."""
    found: list[str] = []
    while len(found) < count:
        if words := _words_of(random.choice(world.nodes)):
            found.append(" ".join(random.sample(words, min(len(words), random.choice((1, 2))))))
    return found


def branches(world: World, random: Random, count: int) -> list[Node]:
    """Nodes with branches of some size."""
    sizes: dict[str, int] = {}
    for node in reversed(world.nodes):
        id_ = node.document.id
        sizes[id_] = sizes.get(id_, 0) + 1
        if node.parent is not None:
            sizes[node.parent] = sizes.get(node.parent, 0) + sizes[id_]
    fitting = [node for node in world.nodes if BRANCH[0] <= sizes[node.document.id] <= BRANCH[1]]
    return [random.choice(fitting) for _ in range(count)]


def known_items(world: World, random: Random, count: int) -> list[Item]:
    """Nodes that somebody knows: by their name and a word of their text, a third each as it stands, with a typo, half typed."""
    found: list[Item] = []
    while len(found) < count:
        node = random.choice(world.nodes)
        others = [word for word in _words_of(node) if word.lower() not in node.document.name.lower()]
        names = [word for word in node.document.name.split() if word.isalpha() and word.isascii()]
        if not others or not names or max(map(len, names)) < LONG:
            continue
        long = max(names, key=len)
        typed = (long, mistyped(long, random), long[: max(4, len(long) * 2 // 3)])[len(found) % 3]
        text = f"{random.choice(others)} {node.document.name.replace(long, typed)}"
        found.append(Item(text, frozenset([node.document.id])))
    return found


def misspelt(world: World, random: Random, count: int) -> list[Item]:
    """Names of one word with a typo; all nodes of that name are right."""
    by_name: dict[str, set[str]] = {}
    for node in world.nodes:
        name = node.document.name
        if name.isalpha() and name.isascii() and len(name) >= LONG:
            by_name.setdefault(name, set()).add(node.document.id)
    chosen = random.sample([name for name, ids in by_name.items() for _ in ids], count)
    return [Item(mistyped(name, random), frozenset(by_name[name])) for name in chosen]


def mistyped(word: str, random: Random) -> str:
    """The word with a letter more, less or another one, or two swapped."""
    at, letter = random.randrange(len(word) - 1), random.choice("abcdefghijklmnopqrstuvwxyz")
    forms: Sequence[str] = (
        word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )  # fmt: skip
    return random.choice([form for form in forms if form != word])


def _words_of(node: Node) -> list[str]:
    text = next((str(node.properties[each]) for each in TEXTS if each in node.properties), node.document.name)
    return [word for word in text.split() if word.isalpha() and len(word) >= LONG]
