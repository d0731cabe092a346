"""Settings: from the environment, and nothing unknown in it."""

import pytest
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.settings import Settings, load, names, prefix_of, unknown
from mediaclay_kernel.subgraph import Subgraph

WEATHER = Subgraph("rain-radar", "For tests.", 4321, schema="no:where", running="no:where")


def test_an_unknown_name_is_told_with_the_nearest_that_there_is():
    environment = {"CLAY_DATABASE_ULR": "x", "CLAY_HOME": ".", "HOME": "/", "CLAY_QQQQQQ": "1", "CLAY_TEST_ANY": "1"}
    assert unknown(names(Settings), environment) == [
        "Unknown setting CLAY_DATABASE_ULR; did you mean CLAY_DATABASE_URL?",
        "Unknown setting CLAY_QQQQQQ.",
    ]


def test_a_value_that_does_not_fit_is_told_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAY_PUBLIC_READ", "perhaps")
    with pytest.raises(BadUserInput, match=r"^The settings do not fit: CLAY_PUBLIC_READ: .*boolean"):
        load(Settings)


def test_a_subgraph_without_settings_of_its_own_has_the_common_ones(monkeypatch: pytest.MonkeyPatch):
    kind = WEATHER.settings_class()
    assert sorted(names(kind)) == ["CLAY_RAIN_RADAR_HOST", "CLAY_RAIN_RADAR_PORT", "CLAY_RAIN_RADAR_URL"]
    assert prefix_of("rain-radar") == "CLAY_RAIN_RADAR_"
    assert load(kind).graphql_url == "http://127.0.0.1:4321/graphql"
    monkeypatch.setenv("CLAY_RAIN_RADAR_PORT", "5000")
    assert load(kind).graphql_url == "http://127.0.0.1:5000/graphql"
    monkeypatch.setenv("CLAY_RAIN_RADAR_URL", "https://rain.example/graphql")
    assert load(kind).graphql_url == "https://rain.example/graphql"
    monkeypatch.setenv("CLAY_RAIN_RADAR_PORT", "many")
    with pytest.raises(BadUserInput, match="CLAY_RAIN_RADAR_PORT"):
        load(kind)


def test_the_keys_are_where_the_issuer_is_unless_said():
    assert Settings(issuer="https://id.example/").keys_url == "https://id.example/.well-known/jwks.json"
    assert Settings(issuer="https://id.example", jwks_url="https://keys.example").keys_url == "https://keys.example"


def test_a_secret_is_not_shown():
    shown = repr(Settings(database_url="postgresql://u:hushhush@h/d", service_secret="hushhush"))  # pyright: ignore[reportArgumentType]
    assert "hushhush" not in shown
