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

_HERE_ONE = ("not", "if", "then", "else")
_HERE_LISTS = ("allOf", "anyOf", "oneOf")
_HERE_MAPS = ("dependentSchemas", "dependencies")
_BELOW_MAPS = ("properties", "patternProperties")
_OTHER_PROPERTIES = ("additionalProperties", "unevaluatedProperties")
_OTHER_ITEMS = ("items", "additionalItems", "unevaluatedItems")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")

Step = str | int
"""To a property or to an item of a list; '' and -1 are those that no part names. As the name of a property '' leads
there, too, which errs on the safe side alone."""
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
        for step in graph.steps(state):
            following = graph.below(state, step)
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
        if total.total() > LOOKS:
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

    def steps(self, state: State) -> set[Step]:
        """Those that lead from here to different places."""
        found: set[Step] = {"", -1}
        for part, _ in state:
            found.update(cast("Part", self._parts[part].get("properties") or {}))
            found.update(range(len(_tuple(self._parts[part]))))
        return found

    def below(self, state: State, step: Step) -> State:
        """All parts that look at the place to which a step leads."""
        looking: Counter[int] = Counter()
        for part, times in state:
            for below in (_property if isinstance(step, str) else _item)(self._parts[part], step):
                looking[id(below)] += times
        return self.opened(looking)


def _named_by(token: str, value: Any) -> Any:
    name = token.replace("~1", "/").replace("~0", "~")
    try:
        return value[name]
    except TypeError:  # a list
        return value[int(name)]


def _property(part: Part, name: Step) -> Iterator[Part]:
    properties = cast("Part", part.get("properties") or {})
    yield from _schemas([properties[name]]) if name in properties else _named(part, _OTHER_PROPERTIES, (), ())
    # Whether a pattern meets a name is not decided here: it counts as if it did.
    yield from _named(part, ("propertyNames",), (), ("patternProperties",))


def _item(part: Part, place: Step) -> Iterator[Part]:
    first = dict[Step, Any](enumerate(_tuple(part)))
    yield from _schemas([first[place]]) if place in first else _named(part, _OTHER_ITEMS, (), ())
    yield from _named(part, ("contains",), (), ())


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
