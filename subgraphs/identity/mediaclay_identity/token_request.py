"""A request for a token, as RFC 6749 writes it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

LARGEST = 16_384
"""Bytes of a body that are read."""
_FORM = "application/x-www-form-urlencoded"


class TokenRefused(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """Who asks, and for which scopes; None: for all that it holds."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] | None


def parse(content_type: str | None, authorization: str | None, body: bytes) -> TokenRequest:
    """The request of a client. Raises `TokenRefused`."""
    if (content_type or "").partition(";")[0].strip().lower() != _FORM:
        raise TokenRefused("invalid_request", f"The body must be {_FORM}.")
    form = _form(body)
    grant = form.get("grant_type")
    if grant is None:
        raise TokenRefused("invalid_request", "grant_type is missing.")
    if grant != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "Only client_credentials is supported.")
    client_id, client_secret = _client(authorization, form)
    scope = form.get("scope")
    return TokenRequest(client_id, client_secret, None if scope is None else tuple(scope.split()))


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=100)
    except ValueError as error:
        raise TokenRefused("invalid_request", "The body can't be read.") from error
    form = dict(pairs)
    if len(form) != len(pairs):  # RFC 6749, 3.2: two readers could take different ones of them
        raise TokenRefused("invalid_request", "A parameter is repeated.")
    return form


def _client(authorization: str | None, form: dict[str, str]) -> tuple[str, str]:
    if authorization is not None:
        if "client_secret" in form:
            raise TokenRefused("invalid_request", "Authenticate in one way, not in two.")
        client_id, client_secret = _basic(authorization)
        if form.get("client_id", client_id) != client_id:
            raise TokenRefused("invalid_request", "client_id differs from who authenticates.")
        return client_id, client_secret
    if "client_id" not in form or "client_secret" not in form:
        raise TokenRefused("invalid_client", "A client id and its secret are needed.", 401)
    return form["client_id"], form["client_secret"]


def _basic(authorization: str) -> tuple[str, str]:
    """Both parts are form-encoded before they are joined (RFC 6749, 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        client_id, colon, client_secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("invalid_client", "The Authorization header is not HTTP Basic.", 401) from error
    if not colon:
        raise TokenRefused("invalid_client", "The Authorization header names no secret.", 401)
    return unquote_plus(client_id), unquote_plus(client_secret)
