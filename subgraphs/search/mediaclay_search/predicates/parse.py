"""An SQL/JSON path predicate as a condition on an index: the part of the language that an index can answer.

It has three values, as in PostgreSQL: comparing a text with a number is unknown, and so is its negation. So each
predicate becomes two conditions, of the nodes where it is true and of those where it is false.
"""

from __future__ import annotations

import json
import math
import re
from typing import NamedTuple

from mediaclay_kernel.errors import BadUserInput, LimitExceeded

from mediaclay_search.predicates import facts
from mediaclay_search.records import AllOf, AnyOf, Between, Condition, Has, Not

LONGEST = 2_000
DEEPEST = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<path>\$(?:\.(?:\w+|"(?:[^"\\]|\\.)*")|\[\*\])*)"""
    r"""|(?P<sign>==|!=|<>|<=|>=|<|>|&&|\|\||!|\(|\))|(?P<word>[a-z_]+))"""
)
_STEP = re.compile(r'\.(?:(\w+)|("(?:[^"\\]|\\.)*"))')
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
NEVER, ALWAYS = AnyOf(()), AllOf(())


class Verdict(NamedTuple):
    """Where a predicate is true, and where it is false. Elsewhere it is unknown."""

    true: Condition
    false: Condition


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(where: str) -> Condition:
    """The condition that a predicate is true. Raises `BadUserInput` with the `position`, and `LimitExceeded`."""
    if len(where) > LONGEST:
        raise LimitExceeded(f"`where` has at most {LONGEST} characters.", limit=LONGEST)
    reader = _Reader(_tokens(where), len(where))
    found = reader.either(0)
    if reader.next is not None:
        raise _wrong(reader.next.at, "this is not expected here")
    return found.true


def _tokens(where: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while where[at:].strip():
        match = _TOKEN.match(where, at)
        if match is None or match.lastgroup is None:
            skipped = len(where[at:]) - len(where[at:].lstrip())
            raise _wrong(at + skipped, "search does not understand this")
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    """Reads by recursive descent."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._end = end
        self._place = 0

    @property
    def next(self) -> _Token | None:
        """The token that comes."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def either(self, depth: int) -> Verdict:
        """Predicates joined by ||."""
        if depth > DEEPEST:
            raise LimitExceeded(f"`where` is nested deeper than {DEEPEST}.", limit=DEEPEST)
        found = [self._both(depth)]
        while self._took("||"):
            found.append(self._both(depth))
        return found[0] if len(found) == 1 else _joined(found, AnyOf, AllOf)

    def _both(self, depth: int) -> Verdict:
        found = [self._one(depth)]
        while self._took("&&"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else _joined(found, AllOf, AnyOf)

    def _one(self, depth: int) -> Verdict:
        if self._took("!"):
            self._want("(")
            true, false = self.either(depth + 1)
            self._want(")")
            return Verdict(false, true)
        if self._took("("):
            found = self.either(depth + 1)
            self._want(")")
            return found
        if self._took("exists"):
            self._want("(")
            path = self._take("path")
            of = facts.has_values if path.text.endswith("[*]") else facts.exists
            there = Has(of(_key(path)))
            self._want(")")
            return Verdict(there, Not(there))
        return self._compared()

    def _compared(self) -> Verdict:
        left = self._take("path", "string", "number", "word")
        if left.kind == "path" and self._took("starts"):
            self._want("with")
            return _starting(_key(left), _value(self._take("string")))
        sign = self._take("sign")
        operator = "!=" if sign.text == "<>" else sign.text
        if operator not in _MIRRORED:
            raise _wrong(sign.at, "a comparison is expected here")
        right = self._take("path", "string", "number", "word")
        if (left.kind == "path") == (right.kind == "path"):
            raise _wrong(right.at, "search compares a property with a constant")
        if left.kind != "path":
            left, right, operator = right, left, _MIRRORED[operator]
        return _comparison(_key(left), operator, _value(right))

    def _took(self, text: str) -> bool:
        if self.next is None or self.next.text != text or self.next.kind == "string":
            return False
        self._place += 1
        return True

    def _want(self, text: str) -> None:
        if not self._took(text):
            raise _wrong(self.next.at if self.next else self._end, f"`{text}` is expected here")

    def _take(self, *kinds: str) -> _Token:
        token = self.next
        if token is None:
            raise _wrong(self._end, "it ends too early")
        if token.kind not in kinds:
            raise _wrong(token.at, "this is not expected here")
        self._place += 1
        return token


def _key(token: _Token) -> str:
    steps = tuple(bare or str(_text(quoted, token.at)) for bare, quoted in _STEP.findall(token.text))
    if not steps:
        raise _wrong(token.at, "a property must be named, as in `$.price`")
    return facts.key_of(steps)


def _value(token: _Token) -> str | float | bool | None:
    if token.kind == "string":
        text = _text(token.text, token.at)
        if len(text.encode()) > facts.LONGEST:
            raise _wrong(token.at, f"search compares texts of at most {facts.LONGEST} bytes")
        return text
    if token.kind == "number":
        value = float(token.text)
        if not math.isfinite(value):
            raise _wrong(token.at, "this number is too large")
        return value
    if token.text not in _WORDS:
        raise _wrong(token.at, "a constant is expected here")
    return _WORDS[token.text]


def _text(quoted: str, at: int) -> str:
    try:
        text = json.loads(quoted, strict=False)
        text.encode()
    except ValueError:
        raise _wrong(at, "this text can't be read") from None
    return text


def _comparison(key: str, operator: str, value: str | float | bool | None) -> Verdict:
    letter = facts.type_of(value)
    term = facts.scalar(key, value)
    comparable = [letter, "z"] if letter != "z" else ["z", "s", "n", "b", "o"]
    others = [Has(facts.has_type(key, each)) for each in "snbzo" if each not in comparable]
    nulls = [Has(facts.has_type(key, each)) for each in comparable if each != letter]
    match operator:
        case "==":
            true: Condition = Has(term)
        case "!=":
            true = AnyOf((*_apart(key, letter, value), *nulls))
        case _:
            true = AnyOf(tuple(_range(key, letter, operator, value)))
    return Verdict(true, AllOf((Not(true), Not(AnyOf(tuple(others))))))


def _apart(key: str, letter: str, value: str | float | bool | None) -> list[Condition]:
    return [*_range(key, letter, "<", value), *_range(key, letter, ">", value)]


def _range(key: str, letter: str, operator: str, value: str | float | bool | None) -> list[Condition]:
    """Terms of one type before or behind a value; both ends of a range are part of it."""
    term = facts.scalar(key, value)
    least, most = f"{key}{letter}", f"{key}{letter}{facts.LAST}"
    if letter == "z":
        return [Has(term)] if "=" in operator else []
    if "=" in operator:
        return [Between(least, term)] if operator == "<=" else [Between(term, most)]
    if letter == "s":
        bare = term[:-1]
        return [Between(least, bare)] if operator == "<" else [Between(f"{bare}{facts.BEHIND}", most)]
    if letter == "n":
        assert not isinstance(value, str)
        near = math.nextafter(float(value or 0), -math.inf if operator == "<" else math.inf)
        if not math.isfinite(near):
            return []
        edge = facts.scalar(key, near)
        return [Between(least, edge)] if operator == "<" else [Between(edge, most)]
    other = Has(facts.scalar(key, not value))
    return [other] if (operator == "<") == bool(value) else []


def _starting(key: str, value: str | float | bool | None) -> Verdict:
    begin = facts.scalar(key, value)[:-1]
    true = Between(begin, f"{begin}{facts.LAST}")
    others = tuple(Has(facts.has_type(key, each)) for each in "nbzo")
    return Verdict(true, AllOf((Not(true), Not(AnyOf(others)))))


def _joined(verdicts: list[Verdict], of_true: type[AllOf | AnyOf], of_false: type[AllOf | AnyOf]) -> Verdict:
    return Verdict(of_true(tuple(v.true for v in verdicts)), of_false(tuple(v.false for v in verdicts)))


def _wrong(at: int, why: str) -> BadUserInput:
    return BadUserInput(f"`where` can't be used for a search: at character {at + 1}, {why}.", position=at + 1)
