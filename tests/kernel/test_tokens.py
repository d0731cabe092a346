"""What the verifier makes of headers and claims, and where it gets its keys. Identity's tests hold the signatures."""

import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from mediaclay_kernel.errors import Forbidden, Unauthenticated, Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import NOBODY, Principal, PrincipalType
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import LocalIssuer
from mediaclay_kernel.tokens import LEEWAY, Keys, RemoteKeys, Verifier, trusted
from mediaclay_kernel.tokens.verifier import Trust
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

SETTINGS = Settings()


def verifier_with(keys: Keys) -> Verifier:
    [own] = trusted(SETTINGS)
    return Verifier([Trust(own, keys)])


@pytest.fixture
def issuer() -> LocalIssuer:
    return LocalIssuer(SETTINGS)


@pytest.fixture
def verifier(issuer: LocalIssuer) -> Verifier:
    return verifier_with(issuer)


async def test_without_a_header_the_caller_is_nobody(verifier: Verifier):
    assert await verifier.principal(None) is NOBODY


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "nonsense", "Token abc"])
async def test_a_header_of_another_sort_is_refused_and_not_overlooked(verifier: Verifier, header: str):
    with pytest.raises(Unauthenticated, match="must be 'Bearer <token>'"):
        await verifier.principal(header)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_may_be_written_in_any_case(verifier: Verifier, issuer: LocalIssuer, scheme: str):
    one = new_id()
    assert (await verifier.principal(f"{scheme} {issuer.token(one)}")).id == one


async def test_an_agents_token_says_who_stands_behind_it_outermost_first(verifier: Verifier, issuer: LocalIssuer):
    agent, human, root = new_id(), new_id(), new_id()
    token = issuer.token(agent, ptype="AGENT", scope="clay.read", act={"sub": str(human), "act": {"sub": str(root)}})
    found = await verifier.principal(f"Bearer {token}")
    assert found == Principal(agent, PrincipalType.AGENT, frozenset({"clay.read"}), (human, root))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "administrator"}, {"sub": 7}, {"ptype": "GOD"}, {"ptype": ["HUMAN"]}, {"act": "somebody"}, {"act": {}},
        {"act": {"sub": "x"}}, {"act": {"sub": str(new_id()), "act": 1}}, {"iss": "https://another"}, {"iss": None},
        {"aud": "another"}, {"aud": None}, {"aud": []}, {"exp": int(time.time()) - 60}, {"exp": None}, {"exp": "soon"},
        {"iat": None}, {"iat": int(time.time()) + 600}, {"nbf": int(time.time()) + 600},
    ],
    ids=lambda claims: "+".join(claims),
)  # fmt: skip
async def test_a_claim_that_does_not_fit_is_refused(verifier: Verifier, issuer: LocalIssuer, claims: dict[str, Any]):
    with pytest.raises(Unauthenticated):
        await verifier.principal(f"Bearer {issuer.token(**claims)}")


async def test_one_audience_of_several_is_enough(verifier: Verifier, issuer: LocalIssuer):
    one = new_id()
    assert (await verifier.principal(f"Bearer {issuer.token(one, aud=['other', SETTINGS.audience])}")).id == one


@pytest.mark.parametrize("token", ["a.b.c", "a.b", "....", "é.é.é", "e30.e30.", " ", "x" * 100_000])
async def test_what_is_no_token_at_all_is_refused(verifier: Verifier, token: str):
    with pytest.raises(Unauthenticated):
        await verifier.principal(f"Bearer {token}")


async def test_a_token_that_was_good_ends_although_it_is_remembered(
    verifier: Verifier, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
):
    header = f"Bearer {issuer.token(exp=int(time.time()) + 60)}"
    await verifier.principal(header)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 62)
    await verifier.principal(header)  # clocks differ by a few seconds
    monkeypatch.setattr(time, "time", lambda: now + 60 + LEEWAY + 2)
    with pytest.raises(Unauthenticated):
        await verifier.principal(header)


async def test_no_more_tokens_are_remembered_than_said(
    verifier: Verifier, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mediaclay_kernel.tokens.verifier.REMEMBERED", 5)
    for _ in range(8):
        await verifier.principal(f"Bearer {issuer.token()}")
    assert len(verifier._seen) == 5


def test_a_scope_is_required_of_somebody_who_holds_it():
    one = new_id()
    assert Principal(one, scopes=frozenset({"clay.read"})).require("clay.read") == one
    with pytest.raises(Forbidden, match=r"lacks the scope clay\.write"):
        Principal(one, scopes=frozenset({"clay.read"})).require("clay.write")
    with pytest.raises(Unauthenticated):
        NOBODY.require("clay.read")


class Published:
    """An issuer's keys behind HTTP, and how often they were asked for."""

    def __init__(self) -> None:
        self.keys = [ECKey.generate_key("P-256", {"kid": "one"})]
        self.asked = 0
        self.broken: Response | None = None

    async def answer(self, _: Request) -> Response:
        self.asked += 1
        return self.broken or JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def remote(published: Published) -> AsyncGenerator[RemoteKeys]:
    app = Starlette(routes=[Route("/keys", published.answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://issuer") as http:
        yield RemoteKeys("http://issuer/keys", http)


async def test_keys_are_fetched_once_and_an_unknown_one_can_not_be_used_to_hammer(
    remote: RemoteKeys, published: Published
):
    for _ in range(50):
        await remote.get("one")
        await remote.get("unknown")
        await remote.get("")
    assert published.asked == 1


async def test_a_new_key_is_found_a_little_later(
    remote: RemoteKeys, published: Published, monkeypatch: pytest.MonkeyPatch
):
    await remote.get("one")
    published.keys.append(ECKey.generate_key("P-256", {"kid": "two"}))
    monkeypatch.setattr("mediaclay_kernel.tokens.keys.REFETCH", 0.0)
    found = await remote.get("two")
    assert found is not None
    assert found.kid == "two"
    assert published.asked == 2


@pytest.mark.parametrize(
    "broken",
    [PlainTextResponse("no", 500), PlainTextResponse("<html>"), JSONResponse({"keys": 7}), JSONResponse([]),
     JSONResponse({"keys": [{"kty": "EC"}]}), JSONResponse({})],
    ids=["500", "html", "number", "list", "half a key", "empty"],
)  # fmt: skip
async def test_keys_that_can_not_be_had_are_no_fault_of_the_token(
    remote: RemoteKeys, published: Published, issuer: LocalIssuer, broken: Response
):
    published.broken = broken
    with pytest.raises(Unavailable, match="keys of the issuer"):
        await verifier_with(remote).principal(f"Bearer {issuer.token()}")


async def test_known_keys_stay_good_while_the_issuer_is_away(
    remote: RemoteKeys, published: Published, issuer: LocalIssuer
):
    published.keys = [issuer.key]
    verifier = verifier_with(remote)
    one = new_id()
    await verifier.principal(f"Bearer {issuer.token()}")
    published.broken = PlainTextResponse("no", 500)
    assert (await verifier.principal(f"Bearer {issuer.token(one)}")).id == one
