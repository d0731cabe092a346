"""What OPML can say of a node, and how what it can't say stands beside it (http://opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any, cast
from xml.parsers.expat import ExpatError, ParserCreate  # only names of our own making are parsed

from mediaclay_structure.limits import KIND_CHARACTERS, NAME_CHARACTERS

NAMESPACE = "urn:mediaclay:"
DECLARED = "xmlns:clay"
MORE = "clay:node"
"""The attribute for what OPML can't say of a node: a JSON object with `id`, `slug`, `name`, `kind`, `properties`, `top`."""

OUTLINE = "outline"
"""The kind of an outline without a type."""

DOCUMENT = "opml"
"""The kind of the node that keeps a document's head."""

UNTITLED = "untitled"
VERSION = "2.0"

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ASCII_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")


def name_of(text: str | None) -> str:
    """The name of a node whose text or title is this."""
    name = (text or "").strip()[:NAME_CHARACTERS].strip()
    return name or UNTITLED


def is_type(text: str) -> bool:
    """Whether a type is a kind; another one stays a property."""
    return text != OUTLINE and 0 < len(text) <= KIND_CHARACTERS and text == text.strip()


def is_legal(text: str) -> bool:
    """Whether XML can hold a text."""
    return _ILLEGAL.search(text) is None


def legal(text: str) -> str:
    """A text with U+FFFD for each character that XML can't hold."""
    return _ILLEGAL.sub("\ufffd", text)


def escaped_json(text: str) -> str:
    """JSON with an escape for each character that XML can't hold."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Whether XML has attributes and elements of that name, without a prefix."""
    if text.isascii() or ":" in text:
        return _ASCII_NAME.match(text) is not None
    if not all(part.isalnum() or part in "_.-" for part in text):
        return False
    try:
        # Which letters of other scripts a name may hold is what the parser says.
        ParserCreate().Parse(f"<{text}/>", True)
    except ExpatError:
        return False
    return True


def is_attribute(name: str, value: object, prefixes: Set[str]) -> bool:
    """Whether a property can stand as an attribute where these prefixes are declared."""
    if not isinstance(value, str) or not is_legal(value) or name in ("text", "type"):
        return False
    before, colon, local = name.rpartition(":")
    if not colon:
        return is_name(name)
    if before == "xmlns":
        return is_name(local) and bool(value) and not local.lower().startswith("xml") and local != "clay"
    return is_name(local) and before in prefixes


def declared(properties: Mapping[str, Any]) -> set[str]:
    """The prefixes that attributes declare."""
    found = {
        name for name, value in properties.items() if name.startswith("xmlns:") and is_attribute(name, value, set())
    }
    return {name.removeprefix("xmlns:") for name in found}


def is_text_kept(given: object, name: str) -> bool:
    """Whether a property keeps the text that the file has in place of the name, None where it has none."""
    if given is None:
        return name == UNTITLED
    return isinstance(given, str) and is_legal(given) and given != name and name_of(given) == name


def is_type_kept(given: object, kind: str) -> bool:
    """Whether a property keeps a type that is no kind."""
    return kind == OUTLINE and isinstance(given, str) and is_legal(given) and not is_type(given)


def is_document(properties: Mapping[str, Any], name: str) -> bool:
    """Whether properties are those of a document's head: `head`, and perhaps `version` and `attributes`."""
    if not properties.keys() <= {"head", "version", "attributes"} or not isinstance(properties.get("head"), dict):
        return False
    # Where they are left out, what stands for them passes.
    version, attributes = properties.get("version", "1.0"), properties.get("attributes", {"a": ""})
    return (
        is_legal(name)
        and isinstance(version, str)
        and is_legal(version)
        and version != VERSION
        and isinstance(attributes, dict)
        and bool(cast("dict[str, Any]", attributes))
        and _are_attributes(cast("dict[str, Any]", attributes))
        and all(
            _is_title(values, name) if key == "title" else is_name(key) and _is_head(values)
            for key, values in cast("dict[str, Any]", properties["head"]).items()
        )
    )


def _are_attributes(attributes: Mapping[str, Any]) -> bool:
    prefixes = declared(attributes) | {"xml"}
    return all(key != "version" and is_attribute(key, value, prefixes) for key, value in attributes.items())


def _is_title(values: object, name: str) -> bool:
    if not isinstance(values, list):
        return is_text_kept(values, name)
    return _is_head(cast("list[str]", values)) and name_of(cast("list[str]", values)[0]) == name


def _is_head(values: object) -> bool:
    if not isinstance(values, list):
        return isinstance(values, str) and is_legal(values)
    told = cast("list[Any]", values)
    return len(told) > 1 and all(isinstance(value, str) and is_legal(value) for value in told)
