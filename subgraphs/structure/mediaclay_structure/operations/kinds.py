"""What every write asks of the kinds that a structure has registered. What is not registered allows everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.kinds.rule import KindRule
from mediaclay_structure.kinds.schema import compiled, violations
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import kinds


class Kinds:
    """Some of a structure's registered kinds, as they are under the lock that is held."""

    def __init__(self, rules: Iterable[KindRule]) -> None:
        self._rules = {rule.name: rule for rule in rules}

    @classmethod
    async def of(cls, db: Connection, structure: UUID, names: Iterable[str] | None) -> Kinds:
        """The registered ones of these kinds, or all of them for None; one statement.

        Needs the structure's lock, shared at least: setting a kind takes it alone.
        """
        wanted = None if names is None else list(dict.fromkeys(names))
        return cls(await kinds.rules(db, structure, wanted) if wanted is None or wanted else [])

    @property
    def is_empty(self) -> bool:
        """Whether none of them is registered, so that everything is allowed."""
        return not self._rules

    def rule(self, kind: str) -> KindRule | None:
        """What a kind asks, None where it is not registered."""
        return self._rules.get(kind)

    def check(self, kind: str, properties: dict[str, Any]) -> None:
        """Raises `BadUserInput` with `violations` [{pointer, message}] where the properties don't fit the kind."""
        rule = self._rules.get(kind)
        if rule is None:
            return
        found = violations(compiled(rule.schema), properties)
        if found:
            first = ": ".join(part for part in (found[0]["pointer"], found[0]["message"]) if part)
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise BadUserInput(f"The properties don't fit the kind {kind!r}: {first}{more}", violations=found)

    def check_child(self, parent_kind: str, child_kind: str) -> None:
        """Raises `BadUserInput` where the parent's kind does not allow a child of that kind."""
        rule = self._rules.get(parent_kind)
        if rule is not None and not rule.allows(child_kind):
            raise BadUserInput(f"A node of the kind {parent_kind!r} takes no children of the kind {child_kind!r}.")

    async def check_children(self, db: Connection, parent: NodeRecord) -> None:
        """Raises `BadUserInput` where the kind of `parent` does not allow the children that it has.

        A statement more where that kind says what it allows. Needs the structure's lock alone.
        """
        rule = self._rules.get(parent.kind)
        if rule is None or rule.allowed_children is None:
            return
        for kind in await kinds.strangers(db, parent, rule.allowed_children):
            self.check_child(parent.kind, kind)
