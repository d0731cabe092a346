"""The bodies of requests to the token endpoint and its like, and how a client names itself in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from mediaclay_identity.oidc.errors import OAuthError

LARGEST = 32_768
"""Bytes of a body that are read."""
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Presented:
    """How a client names itself: by a secret, by a signed assertion, or by its name alone."""

    client_id: str | None
    secret: str | None = None
    assertion: str | None = None


def parse(content_type: str | None, body: bytes) -> dict[str, str]:
    """The fields of a form. Raises `OAuthError`."""
    if (content_type or "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"The body must be {_FORM}.")
    return fields(body)


def fields(body: bytes) -> dict[str, str]:
    """Fields of a form or of a query string. Raises `OAuthError`."""
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=100, keep_blank_values=False)
    except ValueError as error:
        raise OAuthError("invalid_request", "The request can't be read.") from error
    form = dict(pairs)
    if len(form) != len(pairs):  # RFC 6749, 3.1 and 3.2: two readers could take different ones of them
        raise OAuthError("invalid_request", "A parameter is repeated.")
    return form


def client_of(authorization: str | None, form: Mapping[str, str]) -> Presented:
    """Who asks. Raises `OAuthError`, also for a client that proves itself in two ways."""
    client_id, secret, assertion = form.get("client_id"), form.get("client_secret"), form.get("client_assertion")
    if (authorization is not None) + (secret is not None) + (assertion is not None) > 1:
        raise OAuthError("invalid_request", "Authenticate in one way, not in two.")
    if authorization is not None:
        named, secret = _basic(authorization)
        if client_id not in (None, named):
            raise OAuthError("invalid_request", "client_id differs from who authenticates.")
        return Presented(named, secret)
    if assertion is not None and form.get("client_assertion_type") != ASSERTION:
        raise OAuthError("invalid_request", f"client_assertion_type must be {ASSERTION}.")
    return Presented(client_id, secret, assertion)


def _basic(authorization: str) -> tuple[str, str]:
    """Both parts are form-encoded before they are joined (RFC 6749, 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        client_id, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise OAuthError("invalid_client", "The Authorization header is not HTTP Basic.", 401) from error
    if not colon:
        raise OAuthError("invalid_client", "The Authorization header names no secret.", 401)
    return unquote_plus(client_id), unquote_plus(secret)
