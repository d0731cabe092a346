"""Somebody at a browser: who they are, what they sent, and that the page which sent it was ours."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mediaclay_identity import secret
from mediaclay_identity.limits import SESSION
from mediaclay_identity.oidc import form as forms
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.operations.attempts import TooManyAttempts
from mediaclay_identity.operations.passkeys import sign_in_by_passkey
from mediaclay_identity.operations.sign_in import SignIn, sign_in
from mediaclay_identity.pages.consent import said_page
from mediaclay_identity.pages.page import Page
from mediaclay_identity.records import SessionRecord
from mediaclay_identity.routes.reading import address_of, body_of
from mediaclay_identity.state import State
from mediaclay_identity.store import logins

WAIT = "Too many tries: wait a little, then try again."
WRONG = "The name or the password is not right."


@dataclass
class Visit:
    """One request of a browser. `form` is empty for GET."""

    request: Request
    state: State
    csrf: str
    form: dict[str, str]
    address: str | None
    session: SessionRecord | None
    _cookies: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    @property
    def action(self) -> str:
        """What the button that was pressed stands for."""
        return self.form.get("action", "")

    async def sign_in(self) -> str | None:
        """Signs in by what was typed or by a passkey; answers the sentence to show where that is not right."""
        database = self.state.database
        try:
            if self.action == "passkey":
                credential = self.form.get("credential", "")
                made = await sign_in_by_passkey(database, self.state.party, credential, self.address)
            else:
                said = SignIn(self.form.get("login", ""), self.form.get("password", ""), self.address)
                made = await sign_in(database, self.state.provider.passwords, said)
        except TooManyAttempts:
            return WAIT
        if made is None:
            return "The passkey is not known here." if self.action == "passkey" else WRONG
        if self.session is not None:  # the one before is of no more use, and none is taken over
            await logins.close_session(database.pool, self.session.hash)
        self._cookies[cookie(self.state, "session")] = made
        self.session = await logins.session(database.pool, secret.hashed(made))
        return None

    async def sign_out(self) -> None:
        """Ends the session of this browser."""
        if self.session is not None:
            await logins.close_session(self.state.database.pool, self.session.hash)
        self.session = None
        self._cookies[cookie(self.state, "session")] = None

    def shows(self, page: Page) -> Response:
        """A page as the answer."""
        return self._kept(HTMLResponse(page.html, page.status, dict(page.headers)))

    def goes(self, address: str) -> Response:
        """Sends the browser elsewhere; 303, so that what was posted stays here."""
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return self._kept(RedirectResponse(address, 303, headers))

    def _kept(self, response: Response) -> Response:
        self._cookies.setdefault(cookie(self.state, "csrf"), self.csrf)
        for name, value in self._cookies.items():
            life = 0 if value is None else int(SESSION.total_seconds())
            response.set_cookie(
                name, value or "", max_age=life, secure=self.state.is_secure, httponly=True, samesite="lax", path="/"
            )
        return response


async def visit(request: Request) -> Visit | Response:
    """The request, or the answer to one that is not of a page of ours."""
    state: State = request.app.state.running
    kept = request.cookies.get(cookie(state, "csrf"), "")
    csrf = kept if len(kept) == 43 else secrets.token_urlsafe(32)
    made = Visit(request, state, csrf, {}, address_of(request), None)
    if request.method == "POST":
        try:
            made.form = forms.parse(request.headers.get("content-type"), await body_of(request))
        except OAuthError as error:
            return made.shows(said_page("That did not work", error.description, is_error=True, status=error.status))
        if not is_ours(request, state, made.form.get("csrf", "")):
            sentence = "The page was open for too long, or was not ours. Go back and try again."
            return made.shows(said_page("That did not work", sentence, is_error=True, status=403))
    found = request.cookies.get(cookie(state, "session"))
    made.session = None if not found else await logins.session(state.database.pool, secret.hashed(found))
    return made


def is_ours(request: Request, state: State, csrf: str) -> bool:
    """Whether a page of ours has sent this: by the token that only it knows, and by what the browser says of it."""
    kept = request.cookies.get(cookie(state, "csrf"), "")
    origin = request.headers.get("origin")
    same = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    is_right = bool(kept) and hmac.compare_digest(kept.encode(), csrf.encode("utf-8", "surrogatepass"))
    return same and is_right and origin in (None, state.party.origin)


def cookie(state: State, name: str) -> str:
    """Over https it is bound to our very host, so that no neighbour can set one."""
    return f"__Host-clay_{name}" if state.is_secure else f"clay_{name}"


def origin_of(issuer: str) -> str:
    """The origin of our own pages."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}"
