"""What HTTP says of an answer to a GET (RFC 9110, RFC 9111)."""

from __future__ import annotations

from hashlib import blake2b

VARY = "Accept, Authorization"


def etag_of(body: bytes, media: str) -> str:
    """A strong validator: it differs wherever a byte of the body or its media type does."""
    return f'"{blake2b(body, digest_size=16, person=media.encode()[-16:]).hexdigest()}"'


def headers_of(body: bytes, media: str, *, is_public: bool, kept: bool = True) -> dict[str, str]:
    """The headers of a GET's answer. `kept` is False for one with errors, which nobody is to keep.

    `no-cache` lets others keep it but ask each time whether it is still the same: there is no way to tell them when a
    change has purged it. Only what nobody had to show a token for is public.
    """
    if not kept:
        return {"cache-control": "no-store", "vary": VARY}
    who = "public" if is_public else "private"
    return {"etag": etag_of(body, media), "cache-control": f"{who}, no-cache", "vary": VARY}


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this very answer, so that 304 says it all (weak comparison, RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    given = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in given or etag in given


def wants_fresh(cache_control: str | None) -> bool:
    """Whether a request asks not to be answered from a cache."""
    return any(part.strip().lower() in {"no-cache", "no-store"} for part in (cache_control or "").split(","))
