"""GraphQL over HTTP, and the plain routes beside it."""

import json
import logging

import httpx
import pytest
from mediaclay_kernel.testing import Client

NEW, OLD = "application/graphql-response+json", "application/json"
ONE = {"query": "{ one { id } }"}


async def post(client: Client, body: object, accept: str | None = None, **headers: str) -> httpx.Response:
    accepted = {} if accept is None else {"accept": accept}
    return await client.http.post("/graphql", json=body, headers={**accepted, **headers})


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (NEW, NEW),
        (OLD, OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        ("text/html", OLD),
        (f"{OLD}, {NEW}", OLD),
        (f"{OLD};q=0.9, {NEW}", NEW),
        (f"{NEW};q=0, {OLD};q=0.1", OLD),
        (f"text/html, {NEW.upper()}; q=0.5, */*;q=0.1", NEW),
        (f"{NEW};q=nonsense, {OLD}", OLD),
    ],
)
async def test_the_answer_is_of_the_type_that_the_client_likes_best(small: Client, accept: str, media: str):
    answer = await post(small, ONE, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{media}; charset=utf-8")
    assert answer.json() == {"data": {"one": {"id": "a"}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ one {", "BAD_USER_INPUT"),
        ("{ nope }", "BAD_USER_INPUT"),
        ("{ things(first: true) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_what_can_not_be_executed_has_no_data_and_the_status_of_its_media_type(
    small: Client, query: str, code: str
):
    for media, status in ((NEW, 400), (OLD, 200)):
        answer = await post(small, {"query": query}, media)
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == [code]


async def test_an_error_while_executing_leaves_the_status_and_the_rest_of_the_answer_alone(small: Client):
    answer = await post(small, {"query": "{ fails one { id } }"}, NEW)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"fails": None, "one": {"id": "a"}}


async def test_an_unforeseen_error_shows_its_trace_id_and_the_log_shows_the_rest(
    small: Client, caplog: pytest.LogCaptureFixture
):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with caplog.at_level(logging.ERROR):
        answer = await post(small, {"query": "{ fails }"}, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "traceId": trace}
    assert error["message"] == "Something went wrong inside."
    assert (error["path"], error["locations"]) == (["fails"], [{"line": 1, "column": 3}])
    assert "secret" not in answer.text
    assert "the inner secret" in caplog.text


async def test_a_limit_is_shown_with_its_number(small: Client):
    answer = await post(small, {"query": "{ things(first: 4) { id } }"})
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 3}


async def test_questions_may_be_asked_by_get_but_nothing_is_changed_that_way(small: Client):
    asked = await small.http.get("/graphql", params={"query": "{ one { id } }"})
    assert asked.json() == {"data": {"one": {"id": "a"}}}
    refused = await small.http.get("/graphql", params={"query": "mutation { touch }"}, headers=small.headers())
    assert 400 <= refused.status_code < 500
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in refused.json()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused_and_the_right_ones_named(small: Client, method: str):
    answer = await small.http.request(method, "/graphql", json=ONE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{", "application/json"),
        ("[]", "application/json"),
        ('"text"', "application/json"),
        ("null", "application/json"),
        ("7", "application/json"),
        ("[" * 100_000, "application/json"),
        ("{}", "application/json"),
        ('{"query": 7}', "application/json"),
        ('{"query": "{ one { id } }", "variables": "x"}', "application/json"),
        (json.dumps(ONE), "text/plain"),
        ("", "application/json"),
        (b"\xff\xfe", "application/json"),
    ],
)
async def test_a_request_that_is_no_graphql_is_told_so(small: Client, body: str | bytes, content_type: str):
    answer = await small.http.post("/graphql", content=body, headers={"content-type": content_type, "accept": NEW})
    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in answer.json()


@pytest.mark.parametrize("media", [NEW, OLD])
async def test_a_bad_token_is_refused_before_anything_is_executed(small: Client, media: str):
    answer = await post(small, {"query": "{ one { id } }"}, media, authorization="Bearer nonsense")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert answer.headers["content-type"].startswith(media)
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()


async def test_without_a_token_reading_is_public_where_it_was_said_and_writing_never(small: Client, closed: Client):
    query = "{ things(first: 1) { id } }"
    assert await small.data(query, token=None) == {"things": [{"id": "a"}]}
    assert (await closed.refused(query, token=None))[0] == "UNAUTHENTICATED"
    assert await closed.data(query) == {"things": [{"id": "a"}]}
    assert (await closed.refused(query, token=closed.issuer.token(scope="clay.write")))[0] == "FORBIDDEN"
    for client in (small, closed):
        assert (await client.refused("mutation { touch }", token=None))[0] == "UNAUTHENTICATED"
        token = client.issuer.token(scope="clay.read")
        code, message = await client.refused("mutation { touch }", token=token)
        assert (code, message) == ("FORBIDDEN", "The token lacks the scope clay.write.")
        assert await client.data("mutation { touch }") == {"touch": str(client.principal)}


async def test_alive_and_ready_are_two_things(small: Client):
    assert (await small.http.get("/ready")).json() == {"status": "ready"}
    small.state.away = True
    assert (await small.http.get("/health")).json() == {"status": "alive"}
    away = await small.http.get("/ready")
    assert (away.status_code, away.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")


async def test_what_is_counted_is_shown_as_prometheus_reads_it(small: Client):
    answer = await small.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# HELP python_info" in answer.text
