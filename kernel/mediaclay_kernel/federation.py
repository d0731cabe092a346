"""A federation schema whose `_entities` is capped, fetches each type in one call, and fails item by item."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from mediaclay_kernel.documents import Documents, KnownDocuments
from mediaclay_kernel.errors import BadUserInput, ClayError, Internal, LimitExceeded
from mediaclay_kernel.plan.check import mistakes
from mediaclay_kernel.plan.completion import together
from mediaclay_kernel.plan.declare import REFERENCE
from mediaclay_kernel.plan.sources import Ask, Path, Reference
from mediaclay_kernel.telemetry import trace_id

log = logging.getLogger(__name__)

MOST_ENTITIES = 1000
FEDERATION = "2.9"
"""What the routers' composition knows; Strawberry's own default is newer."""


class Schema(strawberry.federation.Schema):
    """A subgraph's schema, checked when it is built. Raises `BadUserInput` where a field names what its record lacks."""

    def __init__(self, **options: Any) -> None:
        self.documents = Documents()
        if not options.get("extensions"):  # which may look at each document, or change what is valid
            options["extensions"] = [partial(KnownDocuments, self.documents)]
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            federation_version=FEDERATION, config=options.pop("config", StrawberryConfig()), **options
        )
        if wrong := mistakes(self):
            raise BadUserInput("The schema is declared wrongly: " + "; ".join(wrong))

    def entities_resolver(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> Any:
        """What Strawberry calls for `_entities`."""
        return self.entities(info.context, representations)

    async def entities(self, context: Any, representations: Sequence[Any], ask: Ask | None = None) -> list[Any]:
        """One record, None or exception for each representation, in order. Raises `LimitExceeded`.

        References are asked through `ask`, where it is given.
        """

        async def plainly(_: str, path: Path, keys: Sequence[Any]) -> Sequence[Any]:
            return await path.answers(context, keys, {})

        if len(representations) > MOST_ENTITIES:
            raise LimitExceeded(f"At most {MOST_ENTITIES} entities can be asked for at once.", limit=MOST_ENTITIES)
        places = _by_type(representations)
        if len(places) == 1:
            return await self._found(ask or plainly, next(iter(places)), representations)
        answers: list[Any] = [None] * len(representations)

        async def fill(name: str, own: Sequence[int]) -> None:
            found = await self._found(ask or plainly, name, [representations[place] for place in own])
            for place, answer in zip(own, found, strict=True):
                answers[place] = answer

        await together([fill(name, own) for name, own in places.items()])
        return answers

    async def _found(self, ask: Ask, name: str, representations: Sequence[Any]) -> list[Any]:
        """Those of one type."""
        known = self.schema_converter.type_map.get(name)
        origin = getattr(getattr(known, "definition", None), "origin", None)
        reference: Reference | None = getattr(origin, REFERENCE, None)
        if reference is None:
            return [None] * len(representations)  # a type of another subgraph is null, for its items alone
        try:
            keys = [*map(reference.key, representations)]
        except _NO_KEY:
            keys = [_key(name, reference, each) for each in representations]
        good = [key for key in keys if not isinstance(key, BadUserInput)] if BadUserInput in map(type, keys) else keys
        answers = iter(await ask(name, reference.path, good) if good else ())
        return [*answers] if good is keys else [key if isinstance(key, BadUserInput) else next(answers) for key in keys]

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Logs what nobody expected; what clients do wrong is theirs to read."""
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, (ClayError, GraphQLError)):
                log.error("Unexpected at %s", error.path, exc_info=error.original_error)


_NO_KEY = (KeyError, TypeError, ValueError, AttributeError, ClayError)


def _by_type(representations: Sequence[Any]) -> Mapping[str, Sequence[int]]:
    """Where the representations of each type stand."""
    asked = cast("Sequence[dict[str, Any] | None]", representations)
    kinds: set[Any] = set()
    with contextlib.suppress(TypeError, KeyError):  # one that is no object, or does not say its type
        kinds = {cast("Any", each)["__typename"] for each in asked}
    if len(kinds) == 1:  # as routers ask
        return {str(kinds.pop()): range(len(asked))}
    names = [str(each.get("__typename")) if isinstance(each, dict) else "" for each in asked]
    return {kind: [place for place, name in enumerate(names) if name == kind] for kind in dict.fromkeys(names)}


def _key(name: str, reference: Reference, representation: Any) -> Any:
    try:
        return reference.key(representation)
    except _NO_KEY:
        return BadUserInput(f"A representation of {name} lacks its key.")


def present(error: GraphQLError) -> dict[str, Any]:
    """An error as a caller sees it: ours with its code, a wrong document as BAD_USER_INPUT, all else INTERNAL."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    shown: dict[str, Any]
    if isinstance(original, ClayError):
        shown = {"message": original.message, "extensions": original.extensions}
    elif original is None or isinstance(original, GraphQLError):
        shown = {"message": error.message, "extensions": {"code": "BAD_USER_INPUT", **(error.extensions or {})}}
    else:
        shown = {
            "message": "Something went wrong inside.",
            "extensions": {"code": Internal.code, "traceId": trace_id()},
        }
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    return shown
