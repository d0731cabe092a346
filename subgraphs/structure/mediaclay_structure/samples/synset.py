"""One line of WordNet's data files (its format: wndb(5WN)), which is a synset: words of one meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

PARTS = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}
"""The parts of speech by the letter that pointers name them with."""

# fmt: off
DOMAINS = (
    "adj.all", "adj.pert", "adv.all", "noun.Tops", "noun.act", "noun.animal", "noun.artifact", "noun.attribute",
    "noun.body", "noun.cognition", "noun.communication", "noun.event", "noun.feeling", "noun.food", "noun.group",
    "noun.location", "noun.motive", "noun.object", "noun.person", "noun.phenomenon", "noun.plant", "noun.possession",
    "noun.process", "noun.quantity", "noun.relation", "noun.shape", "noun.state", "noun.substance", "noun.time",
    "verb.body", "verb.change", "verb.cognition", "verb.communication", "verb.competition", "verb.consumption",
    "verb.contact", "verb.creation", "verb.emotion", "verb.motion", "verb.perception", "verb.possession",
    "verb.social", "verb.stative", "verb.weather", "adj.ppl",
)
# fmt: on
"""What a synset is about, by the number of its lexicographer file."""

RELATIONS = {
    "!": "antonym",
    "#m": "member-holonym",
    "#s": "substance-holonym",
    "#p": "part-holonym",
    "%m": "member-meronym",
    "%s": "substance-meronym",
    "%p": "part-meronym",
    "=": "attribute",
    "+": "derived",
    "*": "entailment",
    ">": "cause",
    "^": "also",
    "$": "verb-group",
    "&": "similar",
    "<": "participle",
    "\\": "pertains",
    ";c": "topic",
    ";r": "region",
    ";u": "usage",
    "-c": "topic-of",
    "-r": "region-of",
    "-u": "usage-of",
}
"""Names of the pointers that neither lead up nor down."""

UP = ("@", "@i")
"""The pointers to what a synset is a kind of, and to what it is an instance of."""

# Adjectives may carry where they stand in a sentence: `afraid(p)`.
_POSITION = re.compile(r"\((?:a|p|ip)\)$")


@dataclass(frozen=True, slots=True)
class Synset:
    """Words of one meaning. Keys are the letter of the part of speech and the offset: `n02086723`."""

    key: str
    domain: str
    lemmas: tuple[str, ...]
    pointers: tuple[tuple[str, str], ...]
    gloss: str
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its first word."""
        return self.lemmas[0]

    @property
    def part(self) -> str:
        """Its part of speech."""
        return PARTS[self.key[0]]

    @property
    def above(self) -> tuple[str, ...]:
        """The keys of its hypernyms, in the order of the file."""
        return tuple(dict.fromkeys(key for symbol, key in self.pointers if symbol in UP))

    @property
    def kind(self) -> str:
        """`instance` for one thing with a name of its own (a river, a composer), else `synset`."""
        return "instance" if next((symbol for symbol, _ in self.pointers if symbol in UP), "@") == "@i" else "synset"

    @property
    def relations(self) -> dict[str, list[str]]:
        """The keys that its other pointers lead to, each once, by the name of the relation."""
        found: dict[str, dict[str, None]] = {}
        for symbol, key in self.pointers:
            if symbol in RELATIONS:
                found.setdefault(RELATIONS[symbol], {})[key] = None
        return {name: list(keys) for name, keys in found.items()}


def parse(line: str) -> Synset:
    """`02086723 05 n 03 dog 0 ... 023 @ 02085998 n 0000 ... | a member of ...; "the dog barked all night"`."""
    head, _, text = line.partition(" | ")
    fields = head.split()
    words = int(fields[3], 16)
    first = 5 + 2 * words
    pointers = range(first, first + 4 * int(fields[first - 1]), 4)
    gloss, *examples = text.strip().split('; "')
    return Synset(
        key=_key(fields[2], fields[0]),
        domain=DOMAINS[int(fields[1])],
        lemmas=tuple(_lemma(word) for word in fields[4 : first - 1 : 2]),
        pointers=tuple((fields[place], _key(fields[place + 2], fields[place + 1])) for place in pointers),
        gloss=gloss,
        examples=tuple(_example(example) for example in examples),
    )


def _key(part: str, offset: str) -> str:
    # Satellites of an adjective share its file, and so its offsets.
    return ("a" if part == "s" else part) + offset


def _lemma(word: str) -> str:
    return _POSITION.sub("", word).replace("_", " ")


def _example(text: str) -> str:
    """Without its quotes, but with who said it."""
    said, _, who = text.rpartition('"')
    return f"{said} {who.strip()}".strip() if said else text
