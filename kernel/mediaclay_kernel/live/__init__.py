"""Subscriptions to the changelog: each change in order, none missing, none twice, over drops and restarts.

A subscriber has a cursor, the last revision that it was given. From its cursor it is replayed what the changelog has, until
nothing is missing; then it is handed what comes, as it comes. Who is too slow for that goes back to being replayed.
"""

from mediaclay_kernel.live.followed import Changes
from mediaclay_kernel.live.following import EXPIRED, GONE, HISTORY, RESTART, REVOKED, Check, Following, Sink
from mediaclay_kernel.live.live import Live, running

__all__ = [
    "EXPIRED",
    "GONE",
    "HISTORY",
    "RESTART",
    "REVOKED",
    "Changes",
    "Check",
    "Following",
    "Live",
    "Sink",
    "running",
]
