"""Clients that describe themselves by a document at their own address, fetched without opening our house to strangers."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from mediaclay_identity.oidc import guarded
from mediaclay_identity.oidc.documents import Documents, is_id

ID = "https://app.example/client.json"
GOOD: dict[str, Any] = {"client_id": ID, "client_name": "Self-made", "redirect_uris": ["https://app.example/back"]}


def documents(answer: Any, status: int = 200) -> tuple[Documents, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return httpx.Response(status, content=body, headers={"location": "http://127.0.0.1/"} if status == 302 else {})

    return Documents(httpx.AsyncClient(transport=httpx.MockTransport(handle))), asked


async def test_a_document_is_a_client_and_is_fetched_once():
    made, asked = documents(GOOD)
    client = await made.client(ID)
    assert client is not None
    assert (client.name, client.redirect_uris, client.is_public) == ("Self-made", ("https://app.example/back",), True)
    assert client.scopes == ("clay.read", "clay.write")
    assert await made.client(ID) is client
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {**GOOD, "client_id": "https://other.example/client.json"},
        {**GOOD, "client_secret": "x"},
        {**GOOD, "redirect_uris": []},
        {**GOOD, "redirect_uris": ["http://app.example/"]},
        {**GOOD, "redirect_uris": ["javascript:alert(1)"]},
        {**GOOD, "token_endpoint_auth_method": "client_secret_post"},
        {name: value for name, value in GOOD.items() if name != "redirect_uris"},
        [], b"garbage", b" " * 6000,
    ],
    ids=str,
)  # fmt: skip
async def test_a_document_that_does_not_fit_is_none(answer: Any):
    made, asked = documents(answer)
    assert await made.client(ID) is None
    assert await made.client(ID) is None
    assert len(asked) == 1  # nor can it be used to make us ask again and again


async def test_no_redirection_is_followed():
    made, asked = documents(GOOD, 302)
    assert await made.client(ID) is None
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://app.example/client.json", "https://app.example", "https://app.example/", "https://u:p@app.example/c",
        "https://app.example/c#f", "https://app.example/../c", "https://app.example:8443/c", "https://app.example/a b",
        "https://app.example\\@evil.example/c", "file:///etc/passwd", "https:///c",
    ],
)  # fmt: skip
async def test_an_address_that_could_be_read_in_two_ways_is_no_client(address: str):
    assert not is_id(address)


PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1",
    "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "255.255.255.255", "::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_our_own_house_are_not_public(address: str):
    assert not guarded.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "8.8.8.8"])
def test_addresses_of_the_internet_are(address: str):
    assert guarded.is_public(ip_address(address))


async def test_a_name_that_leads_into_our_house_is_not_fetched():
    asked: list[httpx.Request] = []
    inner = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200))
    for url in ("https://localhost/c", "https://127.0.0.1/c", "https://[::1]/c", "https://[::ffff:127.0.0.1]/c"):
        with pytest.raises(httpx.ConnectError, match="public internet"):
            await guarded.client(inner=inner).get(url)
    with pytest.raises(httpx.UnsupportedProtocol):
        await guarded.client(inner=inner).get("http://93.184.215.14/")
    assert asked == []


async def test_it_connects_to_the_very_address_that_it_looked_at():
    asked: list[httpx.Request] = []
    inner = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200, json={}))
    http = guarded.client(permits=lambda _: True, inner=inner)
    await http.get("https://localhost/c")
    assert asked[0].url.host in ("127.0.0.1", "::1")
    assert asked[0].headers["host"] == "localhost"
    assert asked[0].extensions["sni_hostname"] == "localhost"
