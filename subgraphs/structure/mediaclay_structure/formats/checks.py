"""What a line must keep to. Each check gives the value as it is stored or raises with a sentence that names the key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, cast
from unicodedata import normalize
from uuid import UUID

import orjson
from mediaclay_kernel.errors import BadUserInput, ClayError, LimitExceeded

from mediaclay_structure.formats.line import KIND, ROOT
from mediaclay_structure.limits import DEPTH, KIND_CHARACTERS, NAME_CHARACTERS, PROPERTIES_BYTES, check_slug

_UUID_LENGTH = 36
_SHOWN = 60

# Reading and writing JSON again makes it at most four times as long (1e15 becomes 1000000000000000.0), so what came
# in fewer bytes needs no measuring.
_SURELY_SMALL = PROPERTIES_BYTES // 4


def kind(given: object) -> str:
    """A kind; `node` where none is given."""
    return KIND if given is None else _short("kind", given, KIND_CHARACTERS)


def name(given: object, otherwise: str | None = None) -> str:
    """A name, or the other one where none is given."""
    if given is None and otherwise is None:
        raise BadUserInput("'name' is missing.")
    return _short("name", otherwise if given is None else given, NAME_CHARACTERS)


def identifier(given: object) -> UUID | None:
    """A node's own id."""
    if given is None:
        return None
    if (found := _uuid(given)) is None:
        raise BadUserInput(f"'id' must be a UUID, not {shown(given)}.")
    return found


def link(given: object) -> str:
    """A link's kind."""
    return _short("link", given, KIND_CHARACTERS)


def place(given: object, key: str) -> UUID | str | None:
    """A node's id or path; None for the root, whose path is `/`."""
    if given is None or given == ROOT:
        return None
    if (found := _uuid(given)) is not None:
        return found
    if not isinstance(given, str) or not given.startswith("/"):
        raise BadUserInput(f"{key!r} must be a UUID or a path such as '/animals/dogs', not {shown(given)}.")
    return path(given, key)


def path(given: object, key: str = "path") -> str:
    """A path, whose parts are slugs."""
    if not isinstance(given, str):
        raise BadUserInput(f"{key!r} must be text, not {_type(given)}.")
    if not given.startswith("/"):
        raise BadUserInput(f"{key!r} must begin with '/', not be {shown(given)}.")
    if given == ROOT:
        raise BadUserInput(f"{key!r} is '/', the root itself, which is made with the structure.")
    parts = given[1:].split("/")
    if not all(parts):
        raise BadUserInput(f"{key!r} has an empty part: {shown(given)}.")
    if len(parts) > DEPTH:
        raise LimitExceeded(f"{key!r} is {len(parts):,} deep; {DEPTH} is the most.")
    return "/" + "/".join(_slug(part, key) for part in parts)


def slug(given: object, of_path: str | None) -> str | None:
    """A slug; where the line has a path, its last part."""
    last = None if of_path is None else of_path.rpartition("/")[2]
    if given is None:
        return last
    if not isinstance(given, str):
        raise BadUserInput(f"'slug' must be text, not {_type(given)}.")
    given = normalize("NFC", given)
    if last is not None and given != last:
        raise BadUserInput(f"'slug' must be {shown(last)}, the last part of 'path', not {shown(given)}.")
    return _slug(given, "slug")


def properties(given: object, size: int) -> dict[str, Any]:
    """Properties that came in `size` bytes of file."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise BadUserInput(f"'properties' must be an object, not {_type(given)}.")
    found = cast("dict[str, Any]", given)
    if size > _SURELY_SMALL and (length := len(orjson.dumps(found))) > PROPERTIES_BYTES:
        raise LimitExceeded(f"'properties' has {length:,} bytes as JSON; {PROPERTIES_BYTES:,} are the most.")
    return found


def known(fields: Mapping[str, object], names: Iterable[str], what: str = "node") -> None:
    """Refuse a key that a node or a link does not have, naming the nearest that it has."""
    for key in fields:
        if key not in names:
            near = get_close_matches(key.lower(), names, n=1)
            hint = f"the nearest is {near[0]!r}" if near else f"it has {', '.join(names)}"
            raise BadUserInput(f"A {what} has no key {shown(key)}; {hint}.")


def without_null(value: object) -> None:
    """Refuse the character U+0000, which PostgreSQL can't store, in any text of a JSON value."""
    waiting = [value]
    while waiting:
        seen = waiting.pop()
        if isinstance(seen, str) and "\0" in seen:
            raise BadUserInput("A text holds the character U+0000, which can't be stored.")
        if isinstance(seen, dict):
            waiting += [*cast("dict[str, object]", seen), *cast("dict[str, object]", seen).values()]
        elif isinstance(seen, list):
            waiting += cast("list[object]", seen)


def shown(value: object) -> str:
    """A value as a message shows it: quoted, and short."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _short(key: str, given: object, most: int) -> str:
    if not isinstance(given, str):
        raise BadUserInput(f"{key!r} must be text, not {_type(given)}.")
    text = given.strip()
    if not text:
        raise BadUserInput(f"{key!r} must not be empty.")
    if len(text) > most:
        raise LimitExceeded(f"{key!r} has {len(text):,} characters; {most:,} are the most.")
    return text


def _slug(part: str, key: str) -> str:
    try:
        return check_slug(part)
    except ClayError as error:
        raise type(error)(f"{key!r} holds {shown(part)}: {error.message}") from None


def _uuid(given: object) -> UUID | None:
    # UUID() also takes braces, URNs and no hyphens at all, which would not come out as they went in.
    if not isinstance(given, str) or len(given) != _UUID_LENGTH or given[8:24:5] != "----":
        return None
    try:
        return UUID(given)
    except ValueError:
        return None


def _type(given: object) -> str:
    if given is None:
        return "null"
    if isinstance(given, bool):
        return "true or false"
    if isinstance(given, int | float):
        return "a number"
    return "text" if isinstance(given, str) else "an array" if isinstance(given, list) else "an object"
