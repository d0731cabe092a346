"""The changes of a branch as server-sent events, for plain HTTP clients."""

from __future__ import annotations

from mediaclay_kernel.cache import scope_of
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import BadUserInput, ClayError
from mediaclay_kernel.event_streams import EventStream
from mediaclay_kernel.live.group import Written
from mediaclay_kernel.subgraph import Start
from mediaclay_kernel.view import context_of
from starlette.requests import Request as HttpRequest

from mediaclay_structure.loaders import following
from mediaclay_structure.state import Request

LAST_EVENT_ID = "last-event-id"


async def stream(request: HttpRequest) -> EventStream:
    """Each change behind the revision that `Last-Event-ID` or `after` names, or from now on; see docs/live.md."""
    at: Request = await context_of(request)
    followed = await following.of_branch(at, request.path_params["id"], _after(request))
    answer = EventStream(_as_it_is, b"", _end)
    answer.opened = await followed.open(("v1", scope_of(at.principal)), _event, answer.outlet)
    answer.authorization = at.authorization
    start: Start = request.app.state.start
    answer.expire_at(start.verifier.until(at.authorization))
    return answer


def _after(request: HttpRequest) -> int | None:
    said = request.headers.get(LAST_EVENT_ID, request.query_params.get("after"))
    if said is None:
        return None
    if not said.isdecimal() or len(said) > 15:
        raise BadUserInput(f"`Last-Event-ID` and `after` are revisions, whole numbers from 0 on: {said[:40]!r}")
    return int(said)


async def _event(change: Change) -> Written:
    return Written(b"id: %d\nevent: change\ndata: %b\n\n" % (change.revision, to_json(shown(change))))


def shown(change: Change) -> dict[str, object]:
    """A change as plain JSON tells it."""
    return {
        "structure": change.stream, "revision": change.revision, "type": change.type, "node": change.subject,
        "details": change.details, "principal": change.principal, "actors": change.actors, "at": change.at,
    }  # fmt: skip


def _end(error: ClayError) -> bytes:
    return b"event: end\ndata: %b\n\n" % to_json({"message": error.message, **error.extensions})


def _as_it_is(body: bytes) -> bytes:
    return body
