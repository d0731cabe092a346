"""What our own services ask of grants, over plain HTTP. Nobody else may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from mediaclay_kernel.access import Holder
from mediaclay_kernel.access.remote import CHANGES, PATH, shown, written
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role
from mediaclay_kernel.view import context_of
from mediaclay_kernel.watching import Position
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediaclay_identity.types.principal import Request

NO_STORE = {"Cache-Control": "no-store"}
MOST = 100


async def grants(request: HttpRequest) -> Response:
    """The grants of each `principal`, as they are now."""
    at = await _service(request)
    asked = [parse_id(each, "`principal`") for each in request.query_params.getlist("principal")]
    if len(asked) > MOST:
        raise BadUserInput(f"At most {MOST} principals at once.")
    found = await at.state.granting.of(asked)
    said = {str(who): [written(each) for each in own] for who, own in found.items()}
    return JSONResponse({"grants": said}, headers=NO_STORE)


async def changes(request: HttpRequest) -> Response:
    """Whose grants have changed behind the revision `after` of an `epoch`; without them where that is now."""
    at = await _service(request)
    after = request.query_params.get("after")
    position = None
    if after is not None:
        if not after.isdecimal() or len(after) > 15:
            raise BadUserInput(f"`after` is a revision, a whole number from 0 on: {after[:40]!r}")
        position = Position(request.query_params.get("epoch", ""), int(after))
    return JSONResponse(shown(await at.state.granting.since(position)), headers=NO_STORE)


async def give(request: HttpRequest) -> Response:
    """Grants what a service of ours asks for, in the name of `by`: a repeat changes nothing."""
    at = await _service(request)
    try:
        said: dict[str, Any] = orjson.loads(await request.body())
        holders = [Holder(UUID(each["principal"]), UUID(each["node"]), Role[each["role"]]) for each in said["grants"]]
        by = UUID(said["by"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadUserInput("The grants are not readable.") from error
    await at.state.granting.give(holders, by)
    return JSONResponse({"granted": len(holders)}, headers=NO_STORE)


async def _service(request: HttpRequest) -> Request:
    """Raises `Unauthenticated` and `Forbidden` for anyone but our own services."""
    at: Request = await context_of(request)
    at.principal.require(Scope.INTERNAL)
    return at


routes = [
    Route(PATH, grants, methods=["GET"]),
    Route(PATH, give, methods=["POST"]),
    Route(CHANGES, changes, methods=["GET"]),
]
