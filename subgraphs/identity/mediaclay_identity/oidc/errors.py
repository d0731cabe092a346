"""What a client is told that goes wrong, in the words of RFC 6749 and its like."""

from __future__ import annotations


class OAuthError(Exception):
    """An error of RFC 6749, 5.2, or of one of the extensions; `error` is its registered name."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class Unknown(OAuthError):
    """The client is not known, or has not proved who it is. The words are the same, whatever the reason."""

    def __init__(self) -> None:
        super().__init__(
            "invalid_client", "The client is not known, is disabled, or has not proved who it is.", status=401
        )


class ShownError(Exception):
    """An authorization request that can't be answered at the client's address: the person at the browser is told."""


class RedirectedError(Exception):
    """An authorization request that is refused at the client's address (RFC 6749, 4.1.2.1)."""

    def __init__(self, redirect_uri: str, state: str | None, error: str, description: str) -> None:
        super().__init__(description)
        self.redirect_uri = redirect_uri
        self.state = state
        self.error = error
        self.description = description
