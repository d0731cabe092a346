"""The page of one's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from joserfc.util import to_bytes, urlsafe_b64decode
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.principal import Principal
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mediaclay_identity.operations.attempts import TooManyAttempts, begin, keys_of, succeeded
from mediaclay_identity.operations.passkeys import add_passkey, remove_passkey
from mediaclay_identity.operations.set_login import set_login
from mediaclay_identity.operations.sign_out import sign_out_everywhere
from mediaclay_identity.pages.account import account_page
from mediaclay_identity.pages.sign_in import sign_in_page
from mediaclay_identity.records import SessionRecord
from mediaclay_identity.routes.visit import WAIT, Visit, visit
from mediaclay_identity.store import logins

PURPOSE = "Sign in to see your account."


async def account(request: Request) -> Response:
    """GET shows it, POST does one of the things that it offers."""
    made = await visit(request)
    if isinstance(made, Response):
        return made
    if made.action in ("sign_in", "passkey"):
        if wrong := await made.sign_in():
            login = made.form.get("login", "")
            return made.shows(sign_in_page(made.csrf, purpose=PURPOSE, login=login, error=wrong, status=401))
        return made.goes("/account")
    if made.session is None:
        return made.shows(sign_in_page(made.csrf, purpose=PURPOSE))
    done = _ACTIONS.get(made.action)
    if done is None:
        return await _shown(made, made.session)
    try:
        said = await done(made, made.session)
    except ClayError as error:
        return await _shown(made, made.session, error=error.message)
    return await _shown(made, made.session, said=said) if said else made.goes("/account")


async def _shown(made: Visit, session: SessionRecord, *, said: str = "", error: str = "") -> Response:
    passkeys = await logins.passkeys_of(made.state.database.pool, session.principal.id)
    can = made.state.party.can_have_passkeys
    status = 400 if error else 200
    return made.shows(
        account_page(
            made.csrf, session.principal.name, passkeys, said=said, error=error, can_passkey=can, status=status
        )
    )


async def _add(made: Visit, session: SessionRecord) -> str:
    given = made.form.get("credential", ""), made.form.get("label", "")
    await add_passkey(made.state.database, made.state.party, session.principal, *given)
    return "The passkey was added."


async def _remove(made: Visit, session: SessionRecord) -> str:
    try:
        credential_id = urlsafe_b64decode(to_bytes(made.form.get("credential", "")))
    except ValueError:
        return ""
    await remove_passkey(made.state.database, session.principal, credential_id)
    return "The passkey was removed."


async def _password(made: Visit, session: SessionRecord) -> str:
    database, passwords = made.state.database, made.state.provider.passwords
    login = await logins.of(database.pool, session.principal.id)
    if login is None:
        return "You sign in without a password."
    keys = keys_of(login.name, made.address)
    try:
        await begin(database, keys)
    except TooManyAttempts:
        return WAIT
    if not await passwords.matches(made.form.get("current", ""), login.password_hash):
        return "The current password is not right; nothing was changed."
    await succeeded(database, keys)
    async with database.transaction() as db:
        await set_login(db, passwords, session.principal, login.name, made.form.get("password", ""), session.hash)
    return "The password was changed; your other browsers must sign in again."


async def _out(made: Visit, _: SessionRecord) -> str:
    await made.sign_out()
    return ""


async def _out_everywhere(made: Visit, session: SessionRecord) -> str:
    who = Principal(session.principal.id, session.principal.type)
    async with made.state.changelog.unit_of_work(who) as work:
        await sign_out_everywhere(work, session.principal.id, made.address)
    await made.state.settle()
    await made.sign_out()
    return ""


_ACTIONS: dict[str, Callable[[Visit, SessionRecord], Awaitable[str]]] = {
    "add_passkey": _add, "remove_passkey": _remove, "password": _password, "sign_out": _out,
    "sign_out_everywhere": _out_everywhere,
}  # fmt: skip
routes = [Route("/account", account, methods=["GET", "POST"])]
