"""The page where somebody connects a device."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mediaclay_identity.oidc import devices
from mediaclay_identity.operations.attempts import TooManyAttempts
from mediaclay_identity.operations.devices import shown
from mediaclay_identity.pages.consent import code_page, device_page, said_page
from mediaclay_identity.pages.sign_in import sign_in_page
from mediaclay_identity.routes.visit import WAIT, visit

PURPOSE = "Sign in to connect a device."
UNKNOWN = "No device waits with this code. Look at it again; codes end after ten minutes."


async def device(request: Request) -> Response:
    """Sign in, enter the code, allow or refuse."""
    made = await visit(request)
    if isinstance(made, Response):
        return made
    if made.action in ("sign_in", "passkey") and (wrong := await made.sign_in()):
        login = made.form.get("login", "")
        return made.shows(sign_in_page(made.csrf, purpose=PURPOSE, login=login, error=wrong, status=401))
    if made.session is None:
        return made.shows(sign_in_page(made.csrf, purpose=PURPOSE))
    if made.action not in ("code", "allow", "deny"):
        return made.shows(code_page(made.csrf))
    try:
        waiting = await devices.found(made.state.provider, made.session, made.form.get("code", ""))
    except TooManyAttempts:
        return made.shows(code_page(made.csrf, error=WAIT, status=429))
    if waiting is None:
        return made.shows(code_page(made.csrf, error=UNKNOWN, status=404))
    if made.action == "code":
        who, code = made.session.principal.name, shown(waiting.device.user_code)
        return made.shows(device_page(made.csrf, code, waiting.client.name, who, waiting.offered))
    is_allowed = made.action == "allow"
    if not await devices.answered(made.state.provider, made.session, waiting, made.address, is_allowed=is_allowed):
        return made.shows(code_page(made.csrf, error=UNKNOWN, status=404))
    sentence = "The device goes on by itself; you can close this page." if is_allowed else "The device gets nothing."
    return made.shows(said_page("Connected" if is_allowed else "Refused", sentence))


routes = [Route("/device", device, methods=["GET", "POST"])]
