"""What can go wrong, each with a stable code. Transports are decided at the edge; docs/errors.md lists the codes."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class ClayError(Exception):
    """Something went wrong that the caller may know of."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **details: Any) -> None:
        """`details` are shown to the caller beside the code, so they must be JSON and hold no secret."""
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or "").split("\n", 1)[0])
        self.details = details

    @property
    def message(self) -> str:
        """The sentence that the caller reads."""
        return str(self.args[0])

    @property
    def extensions(self) -> dict[str, Any]:
        """The `extensions` of a GraphQL error."""
        return {"code": self.code, **self.details}


class Unauthenticated(ClayError):
    """A valid access token is needed."""

    code = "UNAUTHENTICATED"
    status = 401


class Forbidden(ClayError):
    """You may not do this."""

    code = "FORBIDDEN"
    status = 403


class NotFound(ClayError):
    """There is nothing of that name that you may see."""

    code = "NOT_FOUND"
    status = 404


class BadUserInput(ClayError):
    """The input is not valid."""

    code = "BAD_USER_INPUT"
    status = 400


class Conflict(ClayError):
    """It changed meanwhile, or the name is taken."""

    code = "CONFLICT"
    status = 409


class Cycle(ClayError):
    """A node can't be moved into its own branch."""

    code = "CYCLE"
    status = 409


class LimitExceeded(ClayError):
    """A limit of this instance is exceeded."""

    code = "LIMIT_EXCEEDED"
    status = 400


class Unavailable(ClayError):
    """A server that is needed does not answer; try again."""

    code = "UNAVAILABLE"
    status = 503


class Internal(ClayError):
    """Something went wrong inside; the trace id helps to find it."""

    code = "INTERNAL"
    status = 500


CODES: tuple[str, ...] = tuple(
    kind.code
    for kind in (
        Unauthenticated, Forbidden, NotFound, BadUserInput, Conflict, Cycle, LimitExceeded, Unavailable, Internal,
    )
)  # fmt: skip
