"""Whose tokens are accepted, as the settings say, and what the claims of theirs mean."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.tokens import TrustedIssuer, trusted
from mediaclay_kernel.tokens.claims import Wrong, judged

KEYCLOAK: dict[str, Any] = {
    "issuer": "https://keycloak.example/realms/clay", "audience": "graph", "token_types": ["jwt"],
    "claims": {"scope": "realm_access.roles"}, "scopes": {"editor": ["clay.read", "clay.write"], "root": ["clay.admin"]},
}  # fmt: skip


def read(*issuers: dict[str, Any]) -> list[TrustedIssuer]:
    return trusted(Settings(issuers=json.dumps(issuers)))


def said(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": KEYCLOAK["issuer"], "aud": ["account", "graph"], "sub": "f:1:ada", "iat": now, "exp": now + 60,
        "azp": "web", "preferred_username": "ada", "realm_access": {"roles": ["editor", "root", "other"]}, **changed,
    }  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


def test_a_list_of_issuers_comes_from_the_setting_or_from_a_file(tmp_path: Path):
    own, other = read(KEYCLOAK)
    assert (own.own, other.own, other.audiences) == (True, False, ("graph",))
    file = tmp_path / "issuers.json"
    file.write_text(json.dumps([KEYCLOAK]))
    assert trusted(Settings(issuers=str(file)))[1:] == [other]
    assert [each.own for each in trusted(Settings())] == [True]


@pytest.mark.parametrize(
    ("issuers", "sentence"),
    [
        ("nowhere.json", "neither JSON nor a file"),
        ("[", "no JSON"),
        ('[{"issuer": "https://o.example"}]', "audience"),
        ('[{"issuer": "o.example", "audience": "a"}]', "no address"),
        ('[{"issuer": "https://o.example", "audience": "a", "algorithms": ["HS256"]}]', "HS256 is not accepted"),
        ('[{"issuer": "https://o.example", "audience": "a", "algorithms": ["none"]}]', "none is not accepted"),
        ('[{"issuer": "https://o.example", "audience": "a", "most": ["clay.all"]}]', "no scope clay.all"),
        ('[{"issuer": "https://o.example", "audience": "a", "audiences": "b"}]', "audiences"),
        ('[{"issuer": "https://o.example", "audience": "a", "own": true}]', "list of issuers"),
        ('[{"issuer": "http://127.0.0.1:4003", "audience": "a"}]', "named twice"),
    ],
)  # fmt: skip
def test_a_list_that_does_not_fit_stops_the_start_with_a_sentence(issuers: str, sentence: str):
    with pytest.raises(BadUserInput, match=sentence):
        trusted(Settings(issuers=issuers))


def test_roles_of_theirs_are_scopes_of_ours_and_never_more_than_they_are_trusted_with():
    [_, issuer] = read(KEYCLOAK)
    judge = judged(said(), issuer, time.time())
    assert judge.scopes == {"clay.read", "clay.write"}
    assert (judge.subject, judge.name, judge.type) == ("f:1:ada", "ada", PrincipalType.HUMAN)
    [_, wider] = read({**KEYCLOAK, "most": ["clay.read", "clay.admin"]})
    assert judged(said(), wider, time.time()).scopes == {"clay.read", "clay.admin"}


def test_a_token_whose_subject_is_its_client_is_a_programs_own():
    [_, issuer] = read(KEYCLOAK)
    assert judged(said(sub="web"), issuer, time.time()).type is PrincipalType.SERVICE


@pytest.mark.parametrize(
    "changed",
    [
        {"act": {"sub": "0190b6b0-0000-7000-8000-000000000001"}}, {"aud": "account"}, {"iss": "https://other.example"},
        {"sub": None}, {"sub": 7}, {"exp": None}, {"exp": True}, {"iat": "now"}, {"tid": "other"},
    ],
    ids=str,
)  # fmt: skip
def test_what_they_may_not_say_is_refused(changed: dict[str, Any]):
    [_, issuer] = read({**KEYCLOAK, "require": {"tid": "ours"}})
    assert judged(said(tid="ours"), issuer, time.time())
    with pytest.raises(Wrong):
        judged(said(**{"tid": "ours", **changed}), issuer, time.time())
