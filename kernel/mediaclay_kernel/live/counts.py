"""What subscribers were told, and how long after it happened."""

from __future__ import annotations

from datetime import UTC, datetime

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.metrics import Values, counted, gauged, timed

_LAG = timed("clay.live.lag", "From a commit to the moment at which subscribers are told.")


class Counts:
    """Of one subgraph in this process."""

    def __init__(self, subgraph: str) -> None:
        self.members = 0
        """Open subscriptions."""
        self.rendered = 0
        """Events that were written as bytes, each once for all who get the same."""
        self.delivered = 0
        """Events that were handed to somebody as they came."""
        self.replayed = 0
        """Events that somebody had missed, and was given later."""
        self.slow = 0
        """How often somebody was too slow to be handed what comes, and was replayed."""
        self._attributes = {"subgraph": subgraph}
        gauged(self, "clay.live.members", lambda own: own._of(own.members), description="Open subscriptions.")
        counted(self, "clay.live.rendered", lambda own: own._of(own.rendered), description="Events that were written.")
        counted(
            self, "clay.live.delivered", lambda own: own._of(own.delivered), description="Events told as they came."
        )
        counted(self, "clay.live.replayed", lambda own: own._of(own.replayed), description="Events told later.")
        counted(self, "clay.live.slow", lambda own: own._of(own.slow), description="Subscribers found too slow.")

    def told(self, change: Change, members: int) -> None:
        """A change was handed to so many."""
        self.delivered += members
        _LAG.record((datetime.now(UTC) - change.at).total_seconds() * 1000, self._attributes)

    def _of(self, number: int) -> Values:
        return [(number, self._attributes)]
