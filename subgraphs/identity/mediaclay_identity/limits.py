"""How long things last. All of it is documented in docs/identity.md."""

from __future__ import annotations

from datetime import timedelta

TOKEN_SECONDS = 300
"""Of an access token. Until then it is good wherever its signature can be checked, so it is short."""
KEY_AHEAD = timedelta(seconds=90)
"""For so long a key is published before anything is signed with it: more than caches and verifiers keep the others."""
KEY_KEPT = timedelta(seconds=TOKEN_SECONDS + 60)
"""A retired key is published until no token that it signed can be good, with some time for clocks that differ."""
CODE = timedelta(seconds=60)
"""Of an authorization code."""
REFRESH = timedelta(days=30)
"""Of a refresh token that is not used."""
DELEGATION = timedelta(days=90)
"""After which a person must sign in to an application again, however often its token was refreshed."""
SESSION = timedelta(hours=12)
"""Of a browser that is signed in."""
CHALLENGE = timedelta(minutes=5)
"""In which a passkey must answer."""
DEVICE = timedelta(minutes=10)
"""In which somebody must enter the code that a device shows."""
DEVICE_EVERY = 5
"""Seconds between two questions of a device."""
