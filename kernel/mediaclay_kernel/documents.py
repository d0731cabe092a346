"""Documents that Strawberry executes are parsed and validated once, as long as they are asked for again.

Without it a mutation spends four fifths of its processor time on a document that the same client sent a moment before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MOST_CHARACTERS = 200_000
"""Of all documents that are kept together: parsed, they take some hundred times as many bytes."""
LONGEST = 20_000


class Documents:
    """Valid documents of one schema, by their texts; those that were asked for last are kept."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self.most = most
        """Characters; with 0 nothing is kept."""
        self._characters = 0
        self._known: OrderedDict[str, DocumentNode] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, text: str) -> DocumentNode | None:
        """The document, if it is known to be valid."""
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
        return found

    def keep(self, text: str, document: DocumentNode) -> None:
        """Keeps a document that is valid."""
        if len(text) > LONGEST or text in self._known:
            return
        self._known[text] = document
        self._characters += len(text)
        while self._characters > self.most:
            gone, _ = self._known.popitem(last=False)
            self._characters -= len(gone)


class KnownDocuments(SchemaExtension):
    """Strawberry's hook: of what is known neither is done again."""

    def __init__(self, documents: Documents) -> None:
        super().__init__()
        self._documents = documents

    def on_parse(self) -> Iterator[None]:
        """See `SchemaExtension`."""
        asked = self.execution_context
        if asked.query and (found := self._documents.find(asked.query)) is not None:
            asked.graphql_document, asked.pre_execution_errors = found, []
        yield

    def on_validate(self) -> Iterator[None]:
        """See `SchemaExtension`."""
        yield
        asked = self.execution_context
        if asked.query and asked.graphql_document is not None and not asked.pre_execution_errors:
            self._documents.keep(asked.query, asked.graphql_document)
