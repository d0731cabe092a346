"""Trees, links and kinds as plain lists and dictionaries: what every operation must do, said a second time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from mediaclay_structure.operations import commands
from mediaclay_structure.tree.order import Place, Position

Json = dict[str, Any]
SLUGS = {"Cat": "cat", "Two words": "two-words", "ÄÖ": "äö", "?!": "node"}
"""The names that are given, and the slug that is made of each."""

SCHEMAS: list[tuple[Json, Callable[[Json], bool]]] = [
    ({}, lambda _: True),
    ({"required": ["n"]}, lambda properties: "n" in properties),
    ({"properties": {"n": {"maximum": 5}}}, lambda properties: properties.get("n", 0) <= 5),
]
"""The schemas that are registered, each with what it asks of the properties."""


class Refused(Exception):
    """What an operation must answer: any of these codes."""

    def __init__(self, *codes: str) -> None:
        self.codes = {*codes}


@dataclass
class Thing:
    """A node. `since` is the revision at which it got its place."""

    id: UUID
    parent: UUID | None
    name: str
    slug: str
    kind: str
    properties: Json
    since: int = 1
    version: int = 1
    children: list[UUID] = field(default_factory=list)


@dataclass
class Away:
    """Where a pruned branch was: its parent, its slug, and the siblings on both sides at that revision."""

    parent: UUID
    slug: str
    since: int
    before: list[UUID]
    behind: list[UUID]


@dataclass
class Rule:
    """What a registered kind asks: one of the schemas, and the kinds of children that it allows."""

    schema: int
    allowed: list[str] | None


@dataclass
class Tie:
    """A link; its id is the database's to choose. `told` unless it came with a copy."""

    source: UUID
    kind: str
    target: UUID
    properties: Json
    told: bool = True

    @property
    def ends(self) -> tuple[UUID, str, UUID]:
        """What no other link has."""
        return self.source, self.kind, self.target


class Model:
    """One structure. Each method does what the operation of that name must do, or raises `Refused` and does nothing."""

    def __init__(self, root: UUID, slug: str, name: str) -> None:
        self.root = root
        self.things = {root: Thing(root, None, name, slug, "root", {})}
        self.away: dict[UUID, Away] = {}
        self.ties: list[Tie] = []
        self.rules: dict[str, Rule] = {}
        self.log: list[tuple[str, UUID]] = [("CREATED", root)]
        self.asked: dict[UUID, tuple[Any, ...]] = {}
        self.restored: dict[UUID, Away] = {}

    def live(self) -> list[UUID]:
        """All that is not pruned, oldest first."""
        inside = {*self.branch(self.root)}
        return [i for i in self.things if i in inside]

    def is_live(self, node: UUID) -> bool:
        """Whether it is there and not pruned."""
        at: UUID | None = node
        while at is not None and at in self.things and at != self.root:
            at = self.things[at].parent
        return at == self.root

    def branch(self, top: UUID) -> list[UUID]:
        """In document order, itself first."""
        found: list[UUID] = []
        stack = [top]
        while stack:
            found.append(stack.pop())
            stack += reversed(self.things[found[-1]].children)
        return found

    def seen(self) -> list[Tie]:
        """The links both of whose ends are there."""
        return [tie for tie in self.ties if self.is_live(tie.source) and self.is_live(tie.target)]

    def do(self, command: Any) -> None:
        """One operation by its command, or all of an `Apply`, or none."""
        if isinstance(command, commands.Apply):
            self._apply(command)
            return
        by_command: dict[type, Callable[[Any], None]] = {
            commands.CreateNode: self.create, commands.UpdateNode: self.update, commands.MoveNode: self.move,
            commands.CloneNode: self.clone, commands.PruneNode: self.prune, commands.RestoreNode: self.restore,
            commands.LinkNodes: self.link, commands.SetKind: self.set_kind,
        }  # fmt: skip
        by_command[type(command)](command)

    def _apply(self, command: commands.Apply) -> None:
        if command.expected_revision not in (None, len(self.log)):
            raise Refused("CONFLICT")
        trial = deepcopy(self)
        for each in command.operations:
            trial.do(each)
        self.__dict__ = trial.__dict__

    def create(self, command: commands.CreateNode) -> None:
        """A new node with a client-chosen id."""
        assert command.id is not None
        said = (command.parent, command.kind, command.name, command.slug, command.properties or {})
        if self._is_repeat(command.id, said):
            return
        codes = self._misplaced(command.parent, command.place) | self._unfit(command.kind, command.properties or {})
        if self.is_live(command.parent):
            codes |= self._slug_taken(command.parent, command.slug) | self._stranger(command.parent, command.kind)
        self._refuse(codes)
        slug = command.slug or self._numbered(command.parent, SLUGS[command.name])
        self.asked[command.id] = said
        made = Thing(command.id, command.parent, command.name, slug, command.kind, command.properties or {})
        self._insert(made, command.place)
        self._tell("CREATED", made.id)

    def update(self, command: commands.UpdateNode) -> None:
        """Some of a node's own fields."""
        node = self._alive(command.id)
        codes = self._outdated(node, command.expected_version)
        if (command.name, command.slug, command.kind, command.properties) == (None, None, None, None):
            codes.add("BAD_USER_INPUT")
        if command.slug is not None and command.slug != node.slug:
            codes |= {"BAD_USER_INPUT"} if node.parent is None else self._slug_taken(node.parent, command.slug)
        kind, properties = command.kind or node.kind, merged(node.properties, command.properties)
        codes |= self._unfit(kind, properties)
        if node.parent is not None:
            codes |= self._stranger(node.parent, kind)
        if any(not self._allows(kind, self.things[child].kind) for child in node.children):
            codes.add("BAD_USER_INPUT")
        self._refuse(codes)
        node.name, node.slug = command.name or node.name, command.slug or node.slug
        node.kind, node.properties = kind, properties
        node.version += 1
        self._tell("UPDATED", node.id)

    def move(self, command: commands.MoveNode) -> None:
        """A branch to another place."""
        node = self._alive(command.id)
        codes = self._misplaced(command.parent, command.place, moved=node.id)
        codes |= self._outdated(node, command.expected_version)
        if node.parent is None:
            codes.add("BAD_USER_INPUT")
        elif self.is_live(command.parent):
            if command.parent in self.branch(node.id):
                codes.add("CYCLE")
            elif command.parent != node.parent:
                codes |= self._slug_taken(command.parent, node.slug) | self._stranger(command.parent, node.kind)
        self._refuse(codes)
        self._remove(node)
        node.parent = command.parent
        node.version += 1
        self._insert(node, command.place)
        self._tell("MOVED", node.id)

    def clone(self, command: commands.CloneNode) -> None:
        """A copy of a branch with a client-chosen id, and of the links that begin in it."""
        assert command.new_id is not None
        said = (command.id, command.parent, command.name)
        if self._is_repeat(command.new_id, said):
            return
        codes = self._misplaced(command.parent, command.place)
        if not self.is_live(command.id):
            codes.add("NOT_FOUND")
        elif self.is_live(command.parent):
            codes |= self._stranger(command.parent, self.things[command.id].kind)
        self._refuse(codes)
        source = self.things[command.id]
        slug = self._numbered(command.parent, source.slug if command.name is None else SLUGS[command.name])
        ids = {each: copied_id(command.new_id, each) for each in self.branch(source.id)} | {source.id: command.new_id}
        top, *others = [self._copied(self.things[each], ids) for each in ids]
        self.ties += [
            Tie(ids[t.source], t.kind, ids.get(t.target, t.target), t.properties, told=False)
            for t in self.seen()
            if t.source in ids
        ]
        top.parent, top.slug, top.name = command.parent, slug, command.name or source.name
        self.asked[top.id] = said
        self._insert(top, command.place)
        self.things |= {each.id: each for each in others}
        self._tell("CLONED", top.id)

    def _copied(self, thing: Thing, ids: dict[UUID, UUID]) -> Thing:
        parent = None if thing.parent is None else ids.get(thing.parent)
        return Thing(
            ids[thing.id], parent, thing.name, thing.slug, thing.kind, deepcopy(thing.properties), len(self.log) + 1,
            children=[ids[child] for child in thing.children],
        )  # fmt: skip

    def prune(self, command: commands.PruneNode) -> None:
        """A branch into the trash."""
        node = self._alive(command.id)
        codes = self._outdated(node, command.expected_version)
        if node.parent is None:
            raise Refused("BAD_USER_INPUT", *codes)
        self._refuse(codes)
        siblings = self.things[node.parent].children
        at = siblings.index(node.id)
        self.away[node.id] = Away(node.parent, node.slug, len(self.log) + 1, siblings[:at], siblings[at + 1 :])
        self._remove(node)
        node.parent, node.slug = None, str(node.id)
        node.version += 1
        self._tell("PRUNED", node.id)

    def restore(self, command: commands.RestoreNode) -> None:
        """A branch out of the trash. At its old parent it is put last; `settle` is told where it really is."""
        if command.id not in self.away:
            raise Refused("NOT_FOUND")
        was, node = self.away[command.id], self.things[command.id]
        parent = command.parent or was.parent
        if not self.is_live(parent):
            raise Refused("NOT_FOUND" if command.parent else "CONFLICT")
        self._refuse(self._stranger(parent, node.kind))
        del self.away[node.id]
        node.parent, node.slug = parent, self._numbered(parent, was.slug)
        node.version += 1
        self._insert(node, Place())
        if parent == was.parent:
            self.restored[node.id] = was
        self._tell("RESTORED", node.id)

    def settle(self, node: UUID, siblings: list[UUID]) -> None:
        """Takes over where a restored node is, which only the keys know, after holding it against what must be.

        The others are as they were. It is behind all that were before it and before all that were behind it, but for
        those that have moved since.
        """
        was, parent = self.restored.pop(node), self.things[node].parent
        assert parent is not None
        mine = self.things[parent].children
        assert [each for each in siblings if each != node] == [each for each in mine if each != node]
        at = siblings.index(node)
        kept = {each for each in mine if self.things[each].since < was.since}
        assert not kept & {*was.before} & {*siblings[at:]}
        assert not kept & {*was.behind} & {*siblings[:at]}
        self.things[parent].children = siblings

    def link(self, command: commands.LinkNodes) -> None:
        """A link, there once for each kind and direction."""
        if not (self.is_live(command.source) and self.is_live(command.target)):
            raise Refused("NOT_FOUND")
        wanted = Tie(command.source, command.kind, command.target, command.properties or {})
        known = next((tie for tie in self.ties if tie.ends == wanted.ends), None)
        if known is None:
            self.ties.append(wanted)
            self._tell("LINKED", command.source)
        elif not known.told or known.properties != wanted.properties:
            raise Refused("CONFLICT")

    def unlink(self, tie: Tie) -> None:
        """A link that goes."""
        if not (self.is_live(tie.source) and self.is_live(tie.target)):
            raise Refused("NOT_FOUND")
        self.ties.remove(tie)
        self._tell("UNLINKED", tie.source)

    def set_kind(self, command: commands.SetKind) -> None:
        """What is asked of a kind from now on; everybody of it must fit already."""
        schema = next(number for number, (each, _) in enumerate(SCHEMAS) if each == command.schema)
        rule = Rule(schema, command.allowed_children)
        if self.rules.get(command.name) == rule:
            return
        for node in (self.things[i] for i in self.live()):
            children = {self.things[child].kind for child in node.children}
            is_fit = SCHEMAS[schema][1](node.properties) and (rule.allowed is None or children <= {*rule.allowed})
            if node.kind == command.name and not is_fit:
                raise Refused("BAD_USER_INPUT")
        self.rules[command.name] = rule
        self._tell("KIND_SET", self.root)

    def ingest(self, under: UUID, made: list[Thing], ties: list[Tie]) -> list[set[str]]:
        """Many nodes at once, each behind its siblings, and links behind them.

        Answers for each what must be reported of it: nothing, where it is taken or there already.
        """
        self._alive(under)
        before = len(self.things) + len(self.ties)
        said = [self._taken(thing) for thing in made] + [self._joined(tie) for tie in ties]
        if len(self.things) + len(self.ties) > before:
            self._tell("CREATED", under)
        return said

    def _taken(self, thing: Thing) -> set[str]:
        assert thing.parent is not None
        codes = self._misplaced(thing.parent, Place()) | self._unfit(thing.kind, thing.properties)
        if not codes:
            codes = self._stranger(thing.parent, thing.kind)
        if not codes:
            self._insert(thing, Place())
        return codes

    def _joined(self, tie: Tie) -> set[str]:
        if not (self.is_live(tie.source) and self.is_live(tie.target)):
            return {"NOT_FOUND"}
        if tie.ends not in {each.ends for each in self.ties}:
            self.ties.append(tie)
        return set()

    def _tell(self, change: str, subject: UUID) -> None:
        self.log.append((change, subject))

    def _refuse(self, codes: set[str]) -> None:
        if codes:
            raise Refused(*codes)

    def _alive(self, node: UUID) -> Thing:
        if not self.is_live(node):
            raise Refused("NOT_FOUND")
        return self.things[node]

    def _outdated(self, node: Thing, expected: int | None) -> set[str]:
        return set() if expected in (None, node.version) else {"CONFLICT"}

    def _is_repeat(self, chosen: UUID, said: tuple[Any, ...]) -> bool:
        """Whether the same request came before. Another one with that id is refused."""
        if chosen not in self.things:
            return False
        if self.asked.get(chosen) != said:
            raise Refused("CONFLICT")
        return True

    def _misplaced(self, parent: UUID, place: Place, moved: UUID | None = None) -> set[str]:
        if not self.is_live(parent):
            return {"NOT_FOUND"}
        if place.at in {Position.FIRST, Position.LAST}:
            return {"BAD_USER_INPUT"} if place.sibling is not None else set()
        is_there = place.sibling in self.things[parent].children and place.sibling != moved
        return set() if is_there else {"BAD_USER_INPUT"}

    def _slugs(self, parent: UUID) -> set[str]:
        return {self.things[child].slug for child in self.things[parent].children}

    def _slug_taken(self, parent: UUID, slug: str | None) -> set[str]:
        return {"CONFLICT"} if slug in self._slugs(parent) else set()

    def _numbered(self, parent: UUID, slug: str) -> str:
        taken = self._slugs(parent)
        return next(each for each in _numbers(slug) if each not in taken)

    def _allows(self, parent: str, child: str) -> bool:
        rule = self.rules.get(parent)
        return rule is None or rule.allowed is None or child in rule.allowed

    def _stranger(self, parent: UUID, kind: str) -> set[str]:
        return set() if self._allows(self.things[parent].kind, kind) else {"BAD_USER_INPUT"}

    def _unfit(self, kind: str, properties: Json) -> set[str]:
        rule = self.rules.get(kind)
        return set() if rule is None or SCHEMAS[rule.schema][1](properties) else {"BAD_USER_INPUT"}

    def _insert(self, node: Thing, place: Place) -> None:
        assert node.parent is not None
        node.since = len(self.log) + 1
        self.things[node.id] = node
        siblings = self.things[node.parent].children
        if place.at is Position.FIRST:
            siblings.insert(0, node.id)
        elif place.at is Position.LAST:
            siblings.append(node.id)
        else:
            assert place.sibling is not None
            siblings.insert(siblings.index(place.sibling) + (place.at is Position.AFTER), node.id)

    def _remove(self, node: Thing) -> None:
        assert node.parent is not None
        self.things[node.parent].children.remove(node.id)


def copied_id(copy: UUID, origin: UUID) -> UUID:
    """The id of a node in a copy: that of the copy's root at its front, the rest an MD5 of both; UUID version 8."""
    mixed = hashlib.md5(f"{copy}{origin}".encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(mixed[16], 16) % 4]
    return UUID(f"{copy.hex[:12]}8{mixed[13:16]}{variant}{mixed[17:]}")


def merged(properties: Json, patch: Json | None) -> Json:
    """What a flat merge patch makes of properties."""
    return {name: value for name, value in {**properties, **(patch or {})}.items() if value is not None}


def _numbers(slug: str) -> Iterator[str]:
    yield slug
    number = 2
    while True:
        yield f"{slug}-{number}"
        number += 1
