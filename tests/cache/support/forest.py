"""What a random test knows of: enough to ask for what is there, what was there, and what is yet to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

NAMES = ("Cat", "Dog", "Two words", "Owl")
SLUGS = ("cat", "dog", "two-words", "owl", "cat-2")
KINDS = ("a", "b")
TREES = ("zoo", "park", "moor")
PROPERTIES: tuple[dict[str, Any], ...] = ({}, {"n": 1}, {"n": 9, "m": [1, 2]}, {"m": None})


@dataclass
class Forest:
    ids: list[str] = field(default_factory=list[str])
    """Of all nodes that were ever made, as far as known."""
    pruned: list[str] = field(default_factory=list[str])
    links: list[str] = field(default_factory=list[str])
    structures: dict[str, str] = field(default_factory=dict[str, str])
    cursors: list[str] = field(default_factory=list[str])
    coming: list[str] = field(default_factory=lambda: [str(uuid4()) for _ in range(10)])
    """Ids that are asked for before there is a node of them."""

    def known(self, chance: Random) -> str:
        """A node, most likely one of the latest."""
        return self.ids[-1 - min(int(chance.expovariate(0.2)), len(self.ids) - 1)]

    def any_id(self, chance: Random) -> str:
        roll = chance.random()
        if roll < 0.05:
            return "no id"
        return chance.choice(self.coming) if roll < 0.2 or not self.ids else self.known(chance)

    def new_id(self, chance: Random) -> str:
        """One that was asked for, maybe, while there was no such node."""
        at = chance.randrange(len(self.coming))
        taken, self.coming[at] = self.coming[at], str(uuid4())
        return taken

    def any_slug(self, chance: Random) -> str:
        return chance.choice(TREES)

    def path(self, chance: Random) -> str:
        return "/" + "/".join(chance.choice(SLUGS) for _ in range(chance.randint(0, 3)))

    def filter(self, chance: Random) -> dict[str, Any] | None:
        return chance.choice([
            None, None, {"kinds": [chance.choice(KINDS)]}, {"nameContains": "o"}, {"where": "$.n > 5"},
        ])  # fmt: skip
