"""Predicates that clients send (`where`): PostgreSQL's own judgement of them, put into words with a position."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.store import jsonpath
from mediaclay_structure.store.columns import statement

KNOWN = 1_000
ADVICE = {
    "=": "`==` compares",
    "and": "`&&` stands for and",
    "or": "`||` stands for or",
    "not": "`!(...)` stands for not",
    "'": "strings stand in double quotes",
}
UNCLOSED = {
    "unterminated quoted string": "a string is not closed",
    "unexpected end of comment": "a comment is not closed",
}
# With @ and `last` it is the meaning that PostgreSQL refuses, and it does not say which of them it means.
MISPLACED = {
    "@ is not allowed in root expressions": ("@", "$", "@ has a meaning inside of a filter `?(...)` only"),
    "LAST is allowed only in array subscripts": ("last", "null", "`last` has a meaning inside of `[...]` only"),
}

_FAULTS = statement("""
    SELECT e.message, e.detail
    FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS t (text, place)
    CROSS JOIN LATERAL pg_input_error_info(t.text, 'jsonpath') AS e ORDER BY t.place
""")
_NORMAL = statement("SELECT CAST(CAST(CAST(:text AS text) AS jsonpath) AS text)")


class Predicate(NamedTuple):
    """A predicate as PostgreSQL writes it, and whether an index narrows it down."""

    normal: str
    indexed: bool


class Fault(NamedTuple):
    """What PostgreSQL has against a text; no message, no fault."""

    message: str | None
    detail: str | None


class Predicates:
    """The predicates that were found good, the latest of them remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Predicate] = OrderedDict()

    async def check(self, db: Connection, text: str) -> Predicate:
        """Raises `BadUserInput`, with `position` (of a character, from 1) and `token`, for what is no predicate."""
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        found = self._known[text] = await _checked(db, text)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return found


async def _checked(db: Connection, text: str) -> Predicate:
    if not text.strip():
        raise refused(0, "", "it is empty")
    try:
        [fault] = await _faults(db, [text])
    except asyncpg.DataError as error:  # a level such as **{99999999999}
        number = next(iter(re.findall(r'"(-?\d+)"', str(error))), "")
        raise refused(max(text.find(number), 0), number, "the number is too large") from None
    if fault.message is not None:
        raise await _explained(db, text, fault)
    normal = str(await _NORMAL.value(db, text=text))
    if (found := jsonpath.variable(normal)) is not None:
        at, name = jsonpath.variable(text) or (0, found[1])
        raise refused(at, name, "there are no variables")
    [fault] = await _faults(db, [jsonpath.negated(normal)])
    if fault.message is not None:
        why = "it names a value, which is neither true nor false: compare it (`$.price > 3`, `$.sold == true`), or ask"
        raise refused(0, text, f"{why} whether it is there (`exists($.price)`)")
    return Predicate(normal, jsonpath.is_indexed(normal))


def refused(at: int, token: str, why: str) -> BadUserInput:
    """The refusal of a text because of what stands behind its first `at` characters."""
    where = f"at character {at + 1:,}"
    shown = f" ({token[:40]})" if token else ""
    return BadUserInput(
        f"`where` is no SQL/JSON path predicate: {where}{shown}, {why}.", position=at + 1, token=token or None
    )


async def _faults(db: Connection, texts: Sequence[str]) -> list[Fault]:
    return [Fault(*row) for row in await _FAULTS.all(db, texts=list(texts))]


async def _explained(db: Connection, text: str, fault: Fault) -> BadUserInput:
    """PostgreSQL tells a token, but not where it stands: beginnings of the text show it."""
    said = fault.message or ""
    if said in MISPLACED:
        return await _misplaced(db, text, said)
    if said.endswith("at end of jsonpath input"):
        return await _ended(db, text, said)
    token = jsonpath.token_near(said)
    if token is None:
        return await _meant(db, text, fault)
    return await _near(db, text, token, fault)


async def _misplaced(db: Connection, text: str, said: str) -> BadUserInput:
    """The first place is the one up to which all must be kept for the fault to stay."""
    token, harmless, why = MISPLACED[said]
    starts = [end - len(token) for end in jsonpath.ends_of(token, text.lower())]
    kept = [s + len(token) for s in starts]
    faults = await _faults(db, [text[:k] + re.sub(token, harmless, text[k:], flags=re.IGNORECASE) for k in kept])
    at = next((s for s, found in zip(starts, faults, strict=True) if found.message == said), 0)
    return refused(at, text[at : at + len(token)], why)


async def _ended(db: Connection, text: str, said: str) -> BadUserInput:
    for sign, why in UNCLOSED.items():
        if said.startswith(sign):
            return refused(len(text), "", why)
    # Of a wrong word before a sign PostgreSQL says the same; with a blank behind the word, it says where.
    words = jsonpath.words(text)
    faults = await _faults(db, [text[:end] + " " for _, end in words])
    for (start, end), found in zip(words, faults, strict=True):
        if jsonpath.token_near(found.message or "") == " ":
            return _unexpected(start, text[start:end])
    return refused(len(text), "", "it ends too early")


async def _near(db: Connection, text: str, token: str, fault: Fault) -> BadUserInput:
    """The fault is where a beginning of the text shows it for the first time, and all longer ones do, too."""
    ends = jsonpath.ends_of(token, text)
    faults = await _faults(db, [text[:cut] for end in ends for cut in (end, end - 1)])
    first = [end for end, at, before in zip(ends, faults[::2], faults[1::2], strict=True) if at == fault != before]
    if not first:
        return refused(0, token, "this can't be read")
    start = first[-1] - len(token)
    if text[start : first[-1]] == '"':
        opening = jsonpath.opening_quote(text, start)
        return _unexpected(opening, text[opening : start + 1])
    # A word is read up to what follows it, so that PostgreSQL names what follows it where the word itself is wrong.
    word = jsonpath.word_before(text, start)
    if word < start:
        [found] = await _faults(db, [text[:start] + " "])
        if jsonpath.token_near(found.message or "") == " ":
            return _unexpected(word, text[word:start])
    if not (fault.message or "").startswith("syntax error"):
        return refused(start, token, str(fault.message).split(" at or near", 1)[0])
    return _unexpected(start, token)


async def _meant(db: Connection, text: str, fault: Fault) -> BadUserInput:
    """What reads well but means nothing, such as a bad regular expression: the shortest beginning that shows it."""
    faults = await _faults(db, [text[:end] for end in range(1, len(text) + 1)])
    end = next((n for n, found in enumerate(faults, 1) if found == fault), len(text))
    start = jsonpath.opening_quote(text, end - 1) if text[end - 1] == '"' else end - 1
    why = fault.detail or fault.message or "this can't be read"
    return refused(start, text[start:end], why.rstrip("."))


def _unexpected(at: int, token: str) -> BadUserInput:
    advice = ADVICE.get(token.lower()) or ADVICE.get(token[:1] if token[:1] == "'" else "")
    return refused(at, token, "this is not expected here" + (f"; {advice}" if advice else ""))
