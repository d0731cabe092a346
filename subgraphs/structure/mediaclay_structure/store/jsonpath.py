"""SQL/JSON paths as texts: where PostgreSQL stumbled over one, and whether an index can serve it.

A text that PostgreSQL wrote itself (`jsonpath::text`) is called normal: keys are quoted, there are no comments, and
the mode stands in front only where it is strict.
"""

from __future__ import annotations

import re

STRING = r'"(?:[^"\\]|\\.)*"'
_STRICT = "strict "
_NEAR = re.compile(r'at or near "(.*)" of jsonpath input$', re.DOTALL)
_WORD = re.compile(r"[^?%$.\[\]{}()|&!=<>@#,*:\-+/\" \t\n\r\f]+")
_VARIABLE = re.compile(rf"{STRING}|/\*.*?\*/|(\$(?:\w+|{STRING}))", re.DOTALL)
_TOKENS = re.compile(rf"({STRING}|&&|\|\||[()])")
_PATH = rf"\$(?:\.{STRING}|\[(?:\*|[0-9]+)\])+"
_CONSTANT = rf"(?:{STRING}|-?[0-9][0-9.eE+-]*|true|false|null)"
_EQUALITY = re.compile(rf"{_PATH} == {_CONSTANT}|{_CONSTANT} == {_PATH}", re.DOTALL)


def mode(normal: str) -> str:
    """`strict ` or nothing: what stands in front of a whole path and can't stand within it."""
    return _STRICT if normal.startswith(_STRICT) else ""


def body(normal: str) -> str:
    """A path without its mode."""
    return normal.removeprefix(_STRICT)


def negated(normal: str) -> str:
    """The opposite of a predicate. PostgreSQL's grammar takes `!(...)` around a predicate and around nothing else."""
    return f"{mode(normal)}!({body(normal)})"


def beneath(normal: str, key: str) -> str:
    """The same path for a document that holds the old one below `key`. `key` needs no escape."""
    parts = re.split(f"({STRING})", normal)
    return "".join(part if n % 2 else part.replace("$", f'$."{key}"') for n, part in enumerate(parts))


def token_near(message: str) -> str | None:
    """The text that a message of PostgreSQL names as the place of an error."""
    found = _NEAR.search(message)
    return found[1] if found else None


def ends_of(token: str, text: str) -> list[int]:
    """How many characters of `text` it takes to see `token` to its end, for each place of it."""
    return [found.start() + len(token) for found in re.finditer(f"(?={re.escape(token)})", text)] if token else []


def words(text: str) -> list[tuple[int, int]]:
    """Where each run of characters that mean nothing by themselves begins and ends."""
    return [found.span() for found in _WORD.finditer(text)]


def word_before(text: str, end: int) -> int:
    """Where the word begins that ends right before `end`; `end` itself where none does."""
    return next((start for start, stop in words(text[:end]) if stop == end), end)


def opening_quote(text: str, closing: int) -> int:
    """The place of the quote that opens the string whose last quote is at `closing`."""
    at = text.rfind('"', 0, closing)
    while at > 0 and (at - len(text[:at].rstrip("\\"))) % 2:
        at = text.rfind('"', 0, at)
    return max(at, 0)


def variable(text: str) -> tuple[int, str] | None:
    """The place and the name of the first variable: there is nobody to give it a value."""
    return next(((found.start(1), found[1]) for found in _VARIABLE.finditer(text) if found[1]), None)


def is_indexed(normal: str) -> bool:
    """Whether an index of the operator class jsonb_path_ops narrows a predicate down.

    It does where a constant must be equal to what lies at a path of keys and subscripts: in one part of what `&&`
    joins, in each part of what `||` joins. Others it could serve, too, are not recognized, which costs time alone.
    """
    return _any_way([sign for sign in _TOKENS.split(body(normal)) if sign])


def _any_way(tokens: list[str]) -> bool:
    return all(any(_is_indexed(part) for part in _split(way, "&&")) for way in _split(tokens, "||"))


def _is_indexed(tokens: list[str]) -> bool:
    text = "".join(tokens).strip()
    if _EQUALITY.fullmatch(text):
        return True
    inner = [sign for sign in tokens if sign.strip()]
    return len(inner) > 1 and inner[0] == "(" and _closing(inner) == len(inner) - 1 and _any_way(inner[1:-1])


def _closing(tokens: list[str]) -> int:
    """The place of the bracket that closes the first one."""
    depth = 0
    for place, sign in enumerate(tokens):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    return len(tokens)


def _split(tokens: list[str], by: str) -> list[list[str]]:
    """The parts between the outermost `by`."""
    parts: list[list[str]] = [[]]
    depth = 0
    for sign in tokens:
        depth += (sign == "(") - (sign == ")")
        if sign == by and depth == 0:
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts
