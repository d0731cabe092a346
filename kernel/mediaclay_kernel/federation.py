"""A federation schema whose `_entities` is capped, fetches each type in one call, and fails item by item."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

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
        answers: list[Any] = [None] * len(representations)
        places: dict[str, list[int]] = {}
        for place, representation in enumerate(representations):
            name = representation.get("__typename") if hasattr(representation, "get") else None
            places.setdefault(str(name), []).append(place)

        async def fill(name: str, own: list[int]) -> None:
            for place, answer in (await self._found(ask or plainly, name, own, representations)).items():
                answers[place] = answer

        await together([fill(name, own) for name, own in places.items()])
        return answers

    async def _found(self, ask: Ask, name: str, places: list[int], representations: Sequence[Any]) -> Mapping[int, Any]:
        known = self.schema_converter.type_map.get(name)
        origin = getattr(getattr(known, "definition", None), "origin", None)
        reference: Reference | None = getattr(origin, REFERENCE, None)
        if reference is None:
            return {}  # a type of another subgraph is null, for its items alone
        keys: dict[int, Any] = {}
        found: dict[int, Any] = {}
        for place in places:
            try:
                keys[place] = reference.key(representations[place])
            except (KeyError, TypeError, ValueError, AttributeError, ClayError):
                found[place] = BadUserInput(f"A representation of {name} lacks its key.")
        if keys:
            answers = await ask(name, reference.path, list(keys.values()))
            found.update(zip(keys, answers, strict=True))
        return found

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Logs what nobody expected; what clients do wrong is theirs to read."""
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, (ClayError, GraphQLError)):
                log.error("Unexpected at %s", error.path, exc_info=error.original_error)


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
            "extensions": {"code": Internal.code, "traceId": trace_id.get()},
        }
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    return shown
