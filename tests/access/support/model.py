"""A tree and grants as plain dictionaries: who may read what, said a second time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.rights import Grant, Role


@dataclass
class Caller:
    """Somebody who asks: the subject of a token and who acts for it. Nobody for none."""

    name: str
    chain: tuple[UUID, ...] = ()
    is_admin: bool = False


@dataclass
class Tree:
    """One structure."""

    id: UUID
    slug: str
    root: UUID
    is_public: bool = False
    parent: dict[UUID, UUID | None] = field(default_factory=dict[UUID, UUID | None])
    children: dict[UUID, list[UUID]] = field(default_factory=dict[UUID, list[UUID]])
    slugs: dict[UUID, str] = field(default_factory=dict[UUID, str])
    away: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    """The tops of pruned branches, each with the parent that it had."""
    links: list[tuple[UUID, UUID]] = field(default_factory=list[tuple[UUID, UUID]])

    def line(self, node: UUID) -> list[UUID]:
        """From the root, or the top of a pruned branch, down to the node itself."""
        found = [node]
        while (above := self.parent[found[-1]]) is not None:
            found.append(above)
        return found[::-1]

    def is_live(self, node: UUID) -> bool:
        """Whether it is there and not pruned."""
        return node in self.parent and self.line(node)[0] == self.root

    def below(self, top: UUID) -> Iterator[UUID]:
        """All below a node, in document order."""
        for child in self.children[top]:
            yield child
            yield from self.below(child)

    def live(self) -> list[UUID]:
        """All that is not pruned, in document order."""
        return [self.root, *self.below(self.root)]


class Model:
    """Several structures, and what was granted to whom."""

    def __init__(self) -> None:
        self.trees: dict[UUID, Tree] = {}
        self.grants: dict[UUID, list[Grant]] = {}

    def tree_of(self, node: UUID) -> Tree:
        """The structure that a node belongs to."""
        return next(tree for tree in self.trees.values() if node in tree.parent)

    def role(self, caller: Caller, node: UUID, now: float) -> Role | None:
        """The least of what each of the chain was granted on the node or above it; READ at least of what is public."""
        tree = self.tree_of(node)
        if not tree.is_live(node):
            return None
        if caller.is_admin:
            return Role.MANAGE
        line = set(tree.line(node))
        best = [
            max((g.role for g in self.grants.get(each, ()) if g.node in line and g.until > now), default=0)
            for each in caller.chain
        ]
        least = min(best, default=0)
        if tree.is_public:
            least = max(least, Role.READ)
        return Role(least) if least else None

    def reads(self, caller: Caller, node: UUID, now: float) -> bool:
        """Whether the caller may read the node."""
        return self.role(caller, node, now) is not None

    def readable(self, caller: Caller, tree: Tree, now: float) -> list[UUID]:
        """All that the caller may read of a structure, in document order."""
        return [node for node in tree.live() if self.reads(caller, node, now)]
