"""What can go wrong in running an instance, and the exit code that each mistake ends with."""

from __future__ import annotations

from mediaclay_kernel.errors import BadUserInput, ClayError

FAILED = 1
USAGE = 2
MISSING = 3


class PortTaken(ClayError):
    """A port that is needed is in use."""


class ServerMissing(ClayError):
    """A program that is needed is not installed, or can't run here."""


class AlreadyRunning(ClayError):
    """Another `clay up` runs on the same folder."""


class StartFailed(ClayError):
    """A program ended, or stayed silent, before it was ready."""


def exit_code(error: ClayError) -> int:
    """1 failed, 2 bad usage or settings, 3 a port in use or a program missing."""
    if isinstance(error, BadUserInput):
        return USAGE
    return MISSING if isinstance(error, (PortTaken, ServerMissing)) else FAILED
