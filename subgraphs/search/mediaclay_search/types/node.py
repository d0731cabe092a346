"""Node, as search knows it: by its id. structure fills in the rest."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import shows
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from mediaclay_search.records import NodeKey


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A node of a tree.")
@shows(NodeKey)
class Node:
    """A reference to an entity."""

    id: strawberry.ID
