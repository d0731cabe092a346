"""A schema whose references multiply could hang us, so it is refused when it is set.

Where a value is looked at once for each way in which a schema leads to it, a few lines double the ways at every step:
`allOf: [{$ref: a}, {$ref: a}]`. We walk through the values that a schema can tell apart, as a subset construction
does: a state holds how often each of the schema's parts looks at one place, and a property's name leads to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urljoin

LOOKS = 1_000
"""How often one place may be looked at."""
STATES = 5_000
WORK = 50_000
"""How many parts are opened before we give up: less than a second's work."""

_HERE_ONE = ("not", "if", "then", "else")
_HERE_LISTS = ("allOf", "anyOf", "oneOf")
_HERE_MAPS = ("dependentSchemas", "dependencies")
_BELOW_MAPS = ("properties", "patternProperties")
_OTHER_PROPERTIES = ("additionalProperties", "unevaluatedProperties")
_OTHER_ITEMS = ("items", "additionalItems", "unevaluatedItems")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")

Part = dict[str, Any]
State = tuple[tuple[int, int], ...]


class Multiplies(Exception):
    """One place would be looked at too often."""


class EmbeddedResource(Exception):
    """A part has an `$id` of its own, so that the references in it mean another document."""


def check_growth(schema: Part) -> None:
    """Raises `Multiplies`, `EmbeddedResource`. The schema is one that the validator has taken."""
    graph = _Graph(schema)
    start = graph.opened(Counter({id(schema): 1}))
    seen, todo = {start}, [start]
    while todo:
        state = todo.pop()
        for following in graph.following(state):
            if following and following not in seen:
                if len(seen) >= STATES:
                    raise Multiplies
                seen.add(following)
                todo.append(following)


class _Graph:
    """The parts of a schema, and which of them lead to which."""

    def __init__(self, top: Part) -> None:
        self._base = str(top.get("$id", ""))
        self._top = top
        self._parts: dict[int, Part] = {}
        self._anchors: dict[str, list[Part]] = {}
        self._work = 0
        self._gather(top)

    def _gather(self, part: Part) -> None:
        todo = [part]
        while todo:
            part = todo.pop()
            self._parts[id(part)] = part
            if part is not self._top and isinstance(part.get("$id"), str):
                raise EmbeddedResource
            for name in ("$anchor", "$dynamicAnchor"):
                if isinstance(part.get(name), str):
                    self._anchors.setdefault(part[name], []).append(part)
            todo += _all_parts(part)

    def opened(self, looking: Counter[int]) -> State:
        """All parts that look at a place, given those that are led there."""
        total: Counter[int] = Counter()
        for part, times in looking.items():
            self._open(part, times, total, set())
        return tuple(sorted(total.items()))

    def _open(self, part: int, times: int, total: Counter[int], above: set[int]) -> None:
        if part in above:  # a reference to itself, which the validator passes over
            return
        total[part] += times
        self._work += 1
        if total.total() > LOOKS or self._work > WORK:
            raise Multiplies
        for here in self._here(self._parts[part]):
            self._open(id(here), times, total, above | {part})

    def _here(self, part: Part) -> Iterator[Part]:
        yield from _named(part, _HERE_ONE, _HERE_LISTS, _HERE_MAPS)
        for keyword in _REFERENCES:
            if isinstance(part.get(keyword), str):
                yield from self._resolved(part[keyword])

    def _resolved(self, reference: str) -> list[Part]:
        base, fragment = urldefrag(urljoin(self._base, reference))
        if base != urldefrag(self._base).url:
            return []  # a meta-schema: all others have been refused
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchors.get(fragment, [])
        found: Any = self._top
        for token in fragment.split("/")[1:]:
            found = _named_by(token, found)
        if not isinstance(found, dict):
            return []
        if id(cast("Part", found)) not in self._parts:  # it stands where no keyword leads
            self._gather(cast("Part", found))
        return [found]

    def following(self, state: State) -> Iterator[State]:
        """Where a step leads: to any property or item that no part names, and to each that one names."""
        for named, displaced, always in _STEPS:
            elsewhere: Counter[int] = Counter()
            naming: dict[str | int, list[tuple[Part, int]]] = {}
            for part, times in ((self._parts[part], times) for part, times in state):
                elsewhere.update({id(below): times for below in (*displaced(part), *always(part))})
                for step in named(part):
                    naming.setdefault(step, []).append((part, times))
            yield self.opened(elsewhere)
            for step, parts in naming.items():
                looking = Counter(elsewhere)
                for part, times in parts:
                    looking.subtract({id(below): times for below in displaced(part)})
                    looking.update({id(below): times for below in _schemas([named(part)[step]])})
                yield self.opened(+looking)


def _named_by(token: str, value: Any) -> Any:
    name = token.replace("~1", "/").replace("~0", "~")
    try:
        return value[name]
    except TypeError:  # a list
        return value[int(name)]


def _properties(part: Part) -> dict[Any, Any]:
    return part.get("properties") or {}


def _other_properties(part: Part) -> Iterator[Part]:
    yield from _named(part, _OTHER_PROPERTIES, (), ())


def _all_properties(part: Part) -> Iterator[Part]:
    # Whether a pattern meets a name is not decided here: it counts as if it did.
    yield from _named(part, ("propertyNames",), (), ("patternProperties",))


def _items(part: Part) -> dict[Any, Any]:
    return dict(enumerate(_tuple(part)))


def _other_items(part: Part) -> Iterator[Part]:
    yield from _named(part, _OTHER_ITEMS, (), ())


def _all_items(part: Part) -> Iterator[Part]:
    yield from _named(part, ("contains",), (), ())


_STEPS = ((_properties, _other_properties, _all_properties), (_items, _other_items, _all_items))
"""Of objects and of lists: the schemas by name, those of all that is not named, and those of all."""


def _tuple(part: Part) -> list[Any]:
    """The schemas of the first items; before 2020-12 they are in `items`."""
    items = part.get("items")
    return cast("list[Any]", items if isinstance(items, list) else part.get("prefixItems") or [])


def _all_parts(part: Part) -> Iterator[Part]:
    yield from _named(
        part, (*_HERE_ONE, *_OTHER_PROPERTIES, *_OTHER_ITEMS, "contains", "propertyNames"), (*_HERE_LISTS, "items", "prefixItems"),
        (*_HERE_MAPS, *_BELOW_MAPS, "$defs", "definitions"),
    )  # fmt: skip


def _named(part: Part, ones: tuple[str, ...], lists: tuple[str, ...], maps: tuple[str, ...]) -> Iterator[Part]:
    for keyword in ones:
        yield from _schemas([part.get(keyword)])
    for keyword in lists:
        if isinstance(part.get(keyword), list):
            yield from _schemas(part[keyword])
    for keyword in maps:
        if isinstance(part.get(keyword), dict):
            yield from _schemas(list(part[keyword].values()))


def _schemas(values: list[Any]) -> Iterator[Part]:
    for value in values:
        if isinstance(value, dict):
            yield value
