"""`python -m benchmarks.identity`: verifies tokens of each sort at first sight and again, and writes the page."""

from __future__ import annotations

import argparse
import asyncio
import platform
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import JWKRegistry, Key
from mediaclay_identity import signing
from mediaclay_identity.records import KeyRecord
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.tokens import PASETO, Standing, Trust, Verifier, trusted

from benchmarks import page

PAGE = Path(page.PAGE).with_name("benchmarks-identity.md")
SORTS = {"JWT, ES256": signing.ES256, "PASETO v4.public": PASETO}
AGAIN = 20
"""How often a known token is looked up for each one at first sight."""


class Measured(NamedTuple):
    """Microseconds: a token at first sight, the same again, the bare signature, and again while many are disabled."""

    first: float
    again: float
    known: float
    bare: float
    crowded: float


class _Keys:
    def __init__(self, key: KeyRecord) -> None:
        self._key = key
        self._public = JWKRegistry.import_key(signing.published([key])["keys"][0])

    async def get(self, kid: str) -> Key | None:
        """The one key."""
        return self._public if kid == self._key.kid else None


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity", description=__doc__)
    parser.add_argument("--tokens", type=int, default=500, help="Tokens of each sort in a round.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dry", action="store_true", help="Print, and leave the page as it is.")
    given = parser.parse_args()
    found = asyncio.run(_rounds(given.rounds, given.tokens))
    facts = (
        f"Python {platform.python_version()}, joserfc {version('joserfc')}, pyseto {version('pyseto')}, cryptography "
        f"{version('cryptography')}; medians of {given.rounds} rounds of {given.tokens} tokens of each sort, in turn."
    )
    for name, body in {"facts of identity": facts, "verification": _table(found)}.items():
        print(f"\n{body}", flush=True)
        if not given.dry:
            page.write(name, body, PAGE)


async def _rounds(rounds: int, tokens: int) -> dict[str, Measured]:
    keys = {name: signing.new_key(algorithm) for name, algorithm in SORTS.items()}
    found: dict[str, list[Measured]] = {name: [] for name in SORTS}
    for _ in range(rounds + 1):  # the first warms up
        for name, key in keys.items():
            found[name].append(await _measured(key, tokens))
    return {name: Measured(*(median(values) for values in zip(*each[1:], strict=True))) for name, each in found.items()}


async def _measured(key: KeyRecord, tokens: int) -> Measured:
    settings = Settings()
    [own] = trusted(settings)
    standing = Standing()
    verifier = Verifier([Trust(own, _Keys(key))], standing)
    headers = [f"Bearer {_token(key, settings)}" for _ in range(tokens)]
    first = await _each(headers, verifier.principal)
    again = await _each(headers * AGAIN, verifier.principal)
    known = _plainly(headers * AGAIN, verifier.known)
    standing.replace({uuid4(): 0.0 for _ in range(10_000)})
    await _each(headers, verifier.principal)
    crowded = await _each(headers * AGAIN, verifier.principal)
    return Measured(first, again, known, _bare(key, tokens), crowded)


def _token(key: KeyRecord, settings: Settings) -> str:
    now = int(time.time())
    return signing.sign(key, {
        "iss": settings.issuer, "aud": settings.audience, "sub": str(uuid4()), "iat": now, "exp": now + 300,
        "jti": str(uuid4()), "client_id": "benchmark", "scope": "clay.read clay.write", "ptype": "HUMAN",
        "act": {"sub": str(uuid4())},
    })  # fmt: skip


async def _each(headers: Sequence[str], judge: Callable[[str], Awaitable[object]]) -> float:
    began = time.perf_counter()
    for header in headers:
        await judge(header)
    return (time.perf_counter() - began) / len(headers) * 1e6


def _plainly(headers: Sequence[str], judge: Callable[[str], object]) -> float:
    began = time.perf_counter()
    for header in headers:
        assert judge(header) is not None
    return (time.perf_counter() - began) / len(headers) * 1e6


def _bare(key: KeyRecord, times: int) -> float:
    """Nothing but the check of one signature, as the library of cryptography does it."""
    message = b"x" * 500
    if key.algorithm == PASETO:
        private = ed25519.Ed25519PrivateKey.generate()
        signature, public = private.sign(message), private.public_key()
        check = lambda: public.verify(signature, message)  # noqa: E731
    else:
        own = ec.generate_private_key(ec.SECP256R1())
        signed, published = own.sign(message, ec.ECDSA(SHA256())), own.public_key()
        check = lambda: published.verify(signed, message, ec.ECDSA(SHA256()))  # noqa: E731
    began = time.perf_counter()
    for _ in range(times):
        check()
    return (time.perf_counter() - began) / times * 1e6


def _table(found: dict[str, Measured]) -> str:
    head = (
        "| Token | First sight, us | The bare signature, us | Ratio | Again, us | First sight / again | "
        "Again, 10,000 disabled, us | Past the event loop, us |"
    )
    lines = [head, "| --- " * 8 + "|"]
    lines += [
        f"| {name} | {one.first:.0f} | {one.bare:.0f} | {one.first / one.bare:.2f} x | {one.again:.2f} | "
        f"{one.first / one.again:,.0f} x | {one.crowded:.2f} | {one.known:.2f} |"
        for name, one in found.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
