"""The authorization endpoint: sign in, consent, and back to the client."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mediaclay_identity.oidc import authorization, form, redirects
from mediaclay_identity.oidc.authorization import Authorization
from mediaclay_identity.oidc.errors import OAuthError, RedirectedError, ShownError
from mediaclay_identity.oidc.given import is_agent
from mediaclay_identity.pages.consent import consent_page, said_page
from mediaclay_identity.pages.sign_in import sign_in_page
from mediaclay_identity.routes.visit import Visit, visit

JUST_NOW = 600
"""Seconds for which somebody who had to sign in anew counts as having done so."""


async def authorize(request: Request) -> Response:
    """GET shows what is to be done next; POST is what was done."""
    made = await visit(request)
    if isinstance(made, Response):
        return made
    try:
        asked = await authorization.understood(made.state.provider, form.fields(request.scope["query_string"]))
    except (ShownError, OAuthError) as error:
        return made.shows(said_page("This request can't be answered", str(error), is_error=True, status=400))
    except RedirectedError as error:
        return made.goes(authorization.refused(made.state.provider, error))
    if made.action in ("sign_in", "passkey"):
        wrong = await made.sign_in()
        return _sign_in(made, asked, wrong) if wrong else await _next(made, asked, has_signed_in=True)
    return await _next(made, asked, has_signed_in=made.action in ("allow", "deny") and _is_fresh(made))


async def _next(made: Visit, asked: Authorization, *, has_signed_in: bool) -> Response:
    provider, session = made.state.provider, made.session
    silent = "none" in asked.prompts
    if session is None or authorization.needs_sign_in(asked, session, has_signed_in=has_signed_in):
        if silent:
            return made.goes(authorization.refused(provider, asked.refused("login_required", "Nobody is signed in.")))
        return _sign_in(made, asked)
    if made.action == "deny":
        return made.goes(await authorization.denied(provider, asked, session, made.address))
    if made.action == "allow" or not await authorization.needs_consent(provider, asked, session):
        return made.goes(await authorization.allowed(provider, asked, session, made.address))
    if silent:
        return made.goes(authorization.refused(provider, asked.refused("consent_required", "Consent is needed.")))
    place = redirects.origin(asked.redirect_uri)
    offered = authorization.offered(asked, session)
    goes_to = f"You will be sent to {place}"
    acts = is_agent(asked.client)
    return made.shows(
        consent_page(
            made.csrf,
            asked.client.name,
            session.principal.name,
            offered,
            goes_to=goes_to,
            sends_to=place,
            is_agent=acts,
        )
    )


def _sign_in(made: Visit, asked: Authorization, wrong: str | None = None) -> Response:
    login = made.form.get("login") or asked.login_hint[:254]
    purpose = f"{asked.client.name} asks you to sign in."
    place = redirects.origin(asked.redirect_uri)
    status = 401 if wrong else 200
    return made.shows(
        sign_in_page(made.csrf, purpose=purpose, login=login, error=wrong or "", sends_to=place, status=status)
    )


def _is_fresh(made: Visit) -> bool:
    return made.session is not None and time.time() - made.session.began_at.timestamp() < JUST_NOW


routes = [Route("/oauth/authorize", authorize, methods=["GET", "POST"])]
