"""Signing in at a browser: what the pages are like, what they refuse, and how guessing is made slow."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from mediaclay_identity.records import ClientRecord
from mediaclay_kernel.testing import Client

from tests.identity.support import people
from tests.identity.support.browser import Browser

VERIFIER = generate_token(48)


@pytest.fixture
async def browser(world: Client) -> AsyncGenerator[Browser]:
    transport = httpx.ASGITransport(world.app)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
        yield Browser(http, "http://subgraph")


@pytest.fixture
async def client(world: Client) -> ClientRecord:
    await people.ada(world.state)
    return (await people.application(world.state))[0]


def address(client: ClientRecord, **changed: str | None) -> str:
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": people.BACK, "state": "s1",
        "scope": "openid clay.read", "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256", **changed,
    }  # fmt: skip
    return "http://subgraph/oauth/authorize?" + urlencode({k: v for k, v in query.items() if v is not None})


def told(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


class Elements(HTMLParser):
    """The elements of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


async def test_each_page_can_be_used_by_keyboard_and_screen_reader(browser: Browser, client: ClientRecord):
    pages: list[str] = []
    await browser.go(address(client))
    pages.append(browser.text)
    await browser.send(login="ada", password="wrong")
    pages.append(browser.text)
    assert 'role="alert"' in browser.text
    assert "<title>Error: Sign in" in browser.text
    await browser.send(password=people.PASSWORD)
    pages.append(browser.text)
    for path in ("/account", "/device"):
        await browser.go(f"http://subgraph{path}")
        pages.append(browser.text)
    for text in pages:
        elements = Elements(text).found
        assert ("html", {"lang": "en"}) in elements
        assert sum(tag == "h1" for tag, _ in elements) == 1
        assert sum(tag == "main" for tag, _ in elements) == 1
        labelled = {given["for"] for tag, given in elements if tag == "label"}
        ids = [given["id"] for _, given in elements if "id" in given]
        assert len(ids) == len(set(ids))
        for tag, given in elements:
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            if tag == "input" and given.get("type") != "hidden":
                assert given["id"] in labelled, given
            for each in given.get("aria-describedby", "").split():
                assert each in ids, each
            assert tag != "script" or given.get("src") == "/oauth/passkeys.js"


async def test_no_page_may_be_framed_or_run_what_is_not_ours(browser: Browser, client: ClientRecord):
    await browser.go(address(client))
    assert browser.response is not None
    headers = browser.response.headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.example" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    for cookie in headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


async def test_what_a_stranger_wrote_is_text_on_our_pages(world: Client, browser: Browser):
    await people.ada(world.state)
    async with world.state.database.transaction() as db:
        from mediaclay_identity.operations.add_client import NewApplication, add_application

        evil, _ = await add_application(db, NewApplication("<script>alert(1)</script>", [people.BACK], ["clay.read"]))
    await browser.go(address(evil, login_hint='"><script>alert(2)</script>'))
    assert "<script>alert" not in browser.text
    await browser.send(login="ada", password=people.PASSWORD)
    assert "<script>alert" not in browser.text
    assert "&lt;script&gt;alert(1)" in browser.text


async def test_a_form_that_another_site_sends_does_nothing(world: Client, browser: Browser, client: ClientRecord):
    await browser.go(address(client))
    form = browser.forms[0].fields | {"login": "ada", "password": people.PASSWORD}
    origin = {"origin": "http://subgraph"}
    wrong = [
        ({**form, "csrf": "x" * 43}, origin),
        ({name: value for name, value in form.items() if name != "csrf"}, origin),
        (form, {"origin": "https://evil.example"}),
        (form, {"origin": "null"}),
        (form, {**origin, "sec-fetch-site": "cross-site"}),
    ]
    for data, headers in wrong:
        answer = await browser.http.post(address(client), data=data, headers=headers)
        assert answer.status_code == 403
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app)) as other:  # pyright: ignore
        assert (await other.post(address(client), data=form, headers=origin)).status_code == 403
    assert await world.state.database.pool.fetchval("SELECT count(*) FROM browser_session") == 0


async def test_a_person_who_refuses_is_sent_back_with_nothing(browser: Browser, client: ClientRecord):
    await browser.go(address(client))
    await browser.send(login="ada", password=people.PASSWORD)
    back = told(await browser.send("deny"))
    assert (back["error"], back["state"], back["iss"]) == ("access_denied", "s1", "http://subgraph")
    assert "code" not in back


async def test_consent_is_remembered_for_as_much_as_was_allowed(browser: Browser, world: Client):
    await people.ada(world.state)
    client, _ = await people.application(world.state)
    assert "code" in await browser.allow(address(client), "ada", people.PASSWORD)
    assert "code" in told(await browser.go(address(client)))
    assert "code" in told(await browser.go(address(client, prompt="none")))
    assert told(await browser.go(address(client, scope="clay.write", prompt="none")))["error"] == "consent_required"
    await browser.go(address(client, scope="openid clay.write"))
    assert "change what you may change" in browser.text
    await browser.go(address(client, prompt="login"))
    assert "Sign in" in browser.text
    await browser.go(address(client, max_age="0"))
    assert "Sign in" in browser.text


async def test_without_a_session_nobody_is_asked_silently(browser: Browser, client: ClientRecord):
    assert told(await browser.go(address(client, prompt="none")))["error"] == "login_required"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "clay.everything"}, "invalid_scope"),
        ({"scope": "clay.admin"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"request": "e30"}, "request_not_supported"),
        ({"request_uri": "https://x.example"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ],
    ids=str,
)
async def test_a_request_that_can_not_be_granted_says_so_at_the_client(
    browser: Browser, client: ClientRecord, changed: dict[str, str | None], error: str
):
    back = told(await browser.go(address(client, **changed)))
    assert (back["error"], back["state"], back["iss"]) == (error, "s1", "http://subgraph")


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/back/", "https://app.example/back?x=1", "https://app.example.evil.example/back",
        "https://app.example@evil.example/back", "http://app.example/back", "HTTPS://app.example/back", "",
        "https://app.example/../back", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_nobody_is_sent_anywhere_but_to_a_registered_address(browser: Browser, client: ClientRecord, uri: str):
    await browser.go(address(client, redirect_uri=uri))
    assert browser.status == 400


async def test_on_this_machine_the_port_may_be_any(world: Client, browser: Browser):
    await people.ada(world.state)
    client, _ = await people.application(world.state, redirect_uris=["http://127.0.0.1/back", "com.example.app:/back"])
    here = "http://127.0.0.1:54321/back"
    at = await browser.go(address(client, redirect_uri=here))
    await browser.send(login="ada", password=people.PASSWORD)
    at = await browser.send("allow")
    assert at.startswith(f"{here}?code=")
    at = await browser.go(address(client, redirect_uri=here))
    assert "Allow An application?" in browser.text  # anybody on this machine could pose as it: asked each time
    await browser.go(address(client, redirect_uri="http://127.0.0.1:54321/other"))
    assert browser.status == 400


async def test_guessing_is_made_slow_and_nobody_is_locked_out_by_others(
    world: Client, browser: Browser, client: ClientRecord
):
    await browser.go(address(client))
    for _ in range(5):
        await browser.send(login="ada", password="wrong")
        assert browser.status == 401
        assert "not right" in browser.text
    await browser.send(login="ada", password=people.PASSWORD)
    assert "Too many tries" in browser.text
    await browser.send(login="eve", password="wrong")
    assert "not right" in browser.text  # the same words for a name that is nobody's
    elsewhere = httpx.ASGITransport(world.app, client=("203.0.113.9", 1))  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://subgraph") as http:
        other = Browser(http, "http://subgraph")
        await other.go(address(client))
        await other.send(login="ada", password=people.PASSWORD)
        assert "Allow An application?" in other.text
    await world.state.database.pool.execute("UPDATE attempt SET last_at = now() - interval '20 minutes'")
    await browser.send(login="ada", password=people.PASSWORD)
    assert "Allow An application?" in browser.text


async def test_a_hundred_guesses_at_once_are_a_hundred_guesses(world: Client):
    import asyncio

    from mediaclay_identity.operations import attempts

    keys = attempts.keys_of("ada", "203.0.113.9")

    async def guess() -> bool:
        try:
            await attempts.begin(world.state.database, keys)
        except attempts.TooManyAttempts:
            return False
        return True

    assert sum(await asyncio.gather(*(guess() for _ in range(100)))) == attempts.FREE["login-at"]


async def test_signing_out_everywhere_ends_browsers_tokens_and_applications(
    world: Client, browser: Browser, client: ClientRecord
):
    back = await browser.allow(address(client, scope="openid offline_access clay.read"), "ada", people.PASSWORD)
    form = {"grant_type": "authorization_code", "code": back["code"], "code_verifier": VERIFIER}
    mine = {"client_id": client.client_id, "redirect_uri": people.BACK}
    given = (await world.http.post("/oauth/token", data={**form, **mine})).json()
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    assert (await world.http.get("/oauth/userinfo", headers=bearer)).status_code == 200
    await browser.go("http://subgraph/account")
    await browser.send("sign_out_everywhere", form=len(browser.forms) - 1)
    assert "Sign in" in browser.text
    assert (await world.http.get("/oauth/userinfo", headers=bearer)).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": client.client_id}
    assert (await world.http.post("/oauth/token", data=refresh)).json()["error"] == "invalid_grant"


async def test_a_password_is_changed_by_who_knows_it(browser: Browser, client: ClientRecord):
    new = "another long enough sentence"
    await browser.go("http://subgraph/account")
    await browser.send(login="ada", password=people.PASSWORD)
    form = next(n for n, each in enumerate(browser.forms) if "current" in each.fields)
    await browser.send(form=form, current="wrong", password=new)
    assert "not right" in browser.text
    await browser.send(form=form, current=people.PASSWORD, password="short")
    assert "at least 12 characters" in browser.text
    await browser.send(form=form, current=people.PASSWORD, password=new)
    assert "was changed" in browser.text
    await browser.go("http://subgraph/account")
    await browser.send("sign_out", form=len(browser.forms) - 1)
    await browser.send(login="ada", password=new)
    assert "You are signed in as" in browser.text


async def test_people_who_share_an_address_do_not_use_up_its_tries_by_signing_in(
    world: Client, browser: Browser, client: ClientRecord
):
    for _ in range(3):
        await browser.go(address(client, prompt="login"))
        await browser.send(login="ada", password=people.PASSWORD)
        assert "Allow An application?" in browser.text
    await browser.go(address(client, prompt="login"))
    await browser.send(login="ada", password="wrong")
    found = dict(await world.state.database.pool.fetch("SELECT split_part(key, ' ', 1), failures FROM attempt"))
    assert found == {"login-at": 1, "login": 1, "address": 1}


async def test_another_password_signs_other_browsers_out(world: Client, browser: Browser, client: ClientRecord):
    transport = httpx.ASGITransport(world.app)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
        other = Browser(http, "http://subgraph")
        for each in (other, browser):
            await each.go("http://subgraph/account")
            await each.send(login="ada", password=people.PASSWORD)
        form = next(n for n, each in enumerate(browser.forms) if "current" in each.fields)
        await browser.send(form=form, current=people.PASSWORD, password="another long enough sentence")
        await browser.go("http://subgraph/account")
        assert "You are signed in as" in browser.text
        await other.go("http://subgraph/account")
        assert "Sign in to see your account." in other.text


async def test_passwords_are_kept_as_argon2id(world: Client, client: ClientRecord):
    [stored] = [row[0] for row in await world.state.database.pool.fetch("SELECT password_hash FROM login")]
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", stored)
