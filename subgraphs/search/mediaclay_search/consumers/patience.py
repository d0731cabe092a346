"""Waiting for someone who does not answer: longer each time, and complaining once."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)

FIRST, LONGEST = 0.5, 10.0
"""Seconds to wait."""
SILENT = 3
"""Failures in a row before it complains: when all parts of an instance start at once, one is always the last."""


class Patience:
    """With one other party, named in the log as `whom`."""

    def __init__(self, whom: str) -> None:
        self._whom = whom
        self._wait = FIRST
        self._failed = 0
        self._said: str | None = None

    def tried(self, error: Exception) -> float:
        """It went wrong: how many seconds to wait. Says so in time, unless it said the same before."""
        self._failed += 1
        if self._failed >= SILENT and str(error) != self._said:
            log.warning("%s: %s Search goes on trying.", self._whom, error)
            self._said = str(error)
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST)
        return wait

    def fine(self) -> None:
        """It went well."""
        if self._said is not None:
            log.info("%s: all is well again.", self._whom)
        self._wait, self._failed, self._said = FIRST, 0, None
