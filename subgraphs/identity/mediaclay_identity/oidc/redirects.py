"""Where a browser may be sent back to (OAuth 2.1; RFC 8252 for programs on somebody's machine)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mediaclay_identity.oidc.errors import ShownError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_DANGEROUS = ("javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss")


def checked(uri: str) -> str:
    """An address that a client may register. Raises `ShownError`."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
        port = parts.port
    except ValueError as error:
        raise ShownError(f"{uri[:100]} is no address.") from error
    if "#" in uri or parts.username or parts.password or any(ord(character) <= 32 for character in uri) or "*" in uri:
        raise ShownError("A redirect address has no fragment, user, wildcard or space.")
    if parts.scheme == "https" and host:
        return uri
    if parts.scheme == "http" and host in LOOPBACK and (port is None or port > 0):
        return uri
    if "." in parts.scheme and parts.scheme not in _DANGEROUS:  # an app's own scheme: a domain name, reversed
        return uri
    raise ShownError(
        "A redirect address is https, http on this machine, or an app's own scheme like com.example.app:/."
    )


def is_registered(uri: str, registered: Collection[str]) -> bool:
    """Whether it is one of these, character for character; the port alone may differ on this machine (RFC 8252, 7.3)."""
    return uri in registered or any(_differ_by_port(uri, each) for each in registered)


def answer(redirect_uri: str, parameters: Mapping[str, str | None]) -> str:
    """The address with an answer in its query."""
    parts = urlsplit(redirect_uri)
    given = [(name, value) for name, value in parameters.items() if value is not None]
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *given])
    return urlunsplit(parts._replace(query=query))


def origin(uri: str) -> str:
    """What a content security policy calls the place: scheme and host, or an app's scheme alone."""
    parts = urlsplit(uri)
    return (
        f"{parts.scheme}://{parts.netloc}" if parts.netloc and parts.scheme in ("http", "https") else f"{parts.scheme}:"
    )


def _differ_by_port(uri: str, registered: str) -> bool:
    try:
        asked, known = urlsplit(uri), urlsplit(registered)
        if known.scheme != "http" or known.hostname not in ("127.0.0.1", "::1") or asked.port == 0:
            return False
        return _without_port(uri) == _without_port(registered)
    except ValueError:
        return False


def _without_port(uri: str) -> tuple[str, str | None, str, str, bool, bool]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.path, parts.query, "@" in parts.netloc, "#" in uri
