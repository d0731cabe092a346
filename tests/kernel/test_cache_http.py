"""What HTTP says of an answer."""

import pytest
from mediaclay_kernel.cache.http import etag_of, headers_of, is_unchanged, wants_fresh

JSON, RESPONSE = "application/json", "application/graphql-response+json"


def test_a_validator_differs_with_each_byte_and_with_the_media_type():
    assert etag_of(b"a", JSON) == etag_of(b"a", JSON)
    assert len({etag_of(b"a", JSON), etag_of(b"b", JSON), etag_of(b"a", RESPONSE)}) == 3
    assert etag_of(b"a", JSON).startswith('"')


def test_only_what_needed_no_token_is_public_and_what_has_errors_is_nobodys_to_keep():
    said = {
        (public, kept): headers_of(b"a", JSON, is_public=public, kept=kept) for public in (True, False)
        for kept in (True, False)
    }  # fmt: skip
    assert said[True, True]["cache-control"] == "public, no-cache"
    assert said[False, True]["cache-control"] == "private, no-cache"
    assert said[True, False] == said[False, False] == {"cache-control": "no-store", "vary": "Accept, Authorization"}


@pytest.mark.parametrize(
    ("given", "same"),
    [(None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("a", False)],
)
def test_a_client_has_the_answer_if_it_names_its_validator(given: str | None, same: bool):
    assert is_unchanged(given, '"a"') is same


@pytest.mark.parametrize(
    ("given", "fresh"),
    [(None, False), ("max-age=0", False), ("no-cache", True), ("max-age=0, No-Cache", True), ("no-store", True)],
)
def test_a_request_may_ask_not_to_be_answered_from_a_cache(given: str | None, fresh: bool):
    assert wants_fresh(given) is fresh
