"""HTTP to addresses that strangers name, so that none leads into our own house (server-side request forgery)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import httpx

Address = IPv4Address | IPv6Address
Permits = Callable[[Address], bool]


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet at large, and not to this machine or its neighbours."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is None and isinstance(address, IPv6Address):
        mapped = address.sixtofour or (address.teredo[1] if address.teredo else None)
    if mapped is not None:
        return is_public(mapped)
    return address.is_global and not address.is_multicast


class Guarded(httpx.AsyncBaseTransport):
    """Resolves each name itself, refuses it unless all its addresses are permitted, and connects to the one it saw.

    So a name that answers differently a moment later (DNS rebinding) gains nothing.
    """

    def __init__(self, permits: Permits = is_public, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._permits = permits
        self._inner = inner or httpx.AsyncHTTPTransport(trust_env=False, retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.UnsupportedProtocol` for what is not HTTPS, `httpx.ConnectError` for a forbidden address."""
        host = request.url.host
        if request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("Only https is fetched.", request=request)
        found = await self._resolved(host, request)
        if not found or not all(map(self._permits, found)):
            raise httpx.ConnectError("The address is not on the public internet.", request=request)
        extensions: dict[str, Any] = {**request.extensions, "sni_hostname": host}
        pinned = httpx.Request(
            request.method, request.url.copy_with(host=str(found[0])), headers=request.headers, stream=request.stream,
            extensions=extensions,
        )  # fmt: skip
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

    async def _resolved(self, host: str, request: httpx.Request) -> list[Address]:
        try:
            infos = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("The name can't be resolved.", request=request) from error
        return [ip_address(str(info[4][0]).partition("%")[0]) for info in infos]


def client(permits: Permits = is_public, inner: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that follows no redirection and takes no proxy from the environment."""
    return httpx.AsyncClient(
        transport=Guarded(permits, inner), follow_redirects=False, trust_env=False, timeout=httpx.Timeout(3)
    )


async def read(http: httpx.AsyncClient, url: str, most: int) -> bytes:
    """The body of a document of at most so many bytes. Raises `httpx.HTTPError`, `httpx.InvalidURL` and `ValueError`."""
    async with asyncio.timeout(5), http.stream("GET", url, headers={"accept": "application/json"}) as response:
        if response.status_code != 200:
            raise ValueError(f"it answered {response.status_code}")
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > most:
                raise ValueError("it is too large")
    return bytes(body)
