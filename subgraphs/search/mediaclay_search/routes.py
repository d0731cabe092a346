"""Plain HTTP for operators: how the index is, and having it built anew."""

from __future__ import annotations

from typing import Any

from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.view import context_of
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from mediaclay_search.state import Request, State


async def status(request: HttpRequest) -> Response:
    """How large the index is, how far it is behind, and what is under way."""
    at: Request = await context_of(request)
    at.require_read()
    return _json(await told(at.state))


async def rebuild(request: HttpRequest) -> Response:
    """Has the index built anew. Needs the scope `clay.admin`."""
    at: Request = await context_of(request)
    at.principal.require(Scope.ADMIN)
    at.state.rebuild.ask()
    return _json(await told(at.state), 202)


async def told(state: State) -> dict[str, Any]:
    """The status as JSON tells it."""
    size, positions, rebuilding = await state.backend.size(), await state.backend.positions(), state.rebuild.progress
    answer: dict[str, Any] = {
        "documents": size.documents,
        "bytes": size.bytes,
        "lag": state.heads.lag(positions),
        "structures": len(positions),
        "rebuild": {
            "running": rebuilding.is_running,
            "read": rebuilding.read,
            "total": rebuilding.total,
            "done": rebuilding.done,
        },
        "meaning": None,
    }
    if state.meanings is not None:
        meant = await state.meanings.standing()
        answer["meaning"] = {
            "embedder": meant.embedder, "vectors": meant.vectors, "waiting": meant.waiting, "failures": meant.failures,
            "bytes": meant.bytes,
        }  # fmt: skip
    return answer


def _json(value: Any, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")


routes = [
    Route("/v1/search/status", status, methods=["GET"]),
    Route("/v1/search/rebuild", rebuild, methods=["POST"]),
]
