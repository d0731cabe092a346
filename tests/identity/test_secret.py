"""Secrets are long, and compared without telling anything."""

from __future__ import annotations

import pytest
from mediaclay_identity import secret
from mediaclay_kernel.errors import BadUserInput


def test_a_secret_matches_its_own_hash_only():
    one, other = secret.new_secret(), secret.new_secret()
    assert secret.matches(one, secret.hashed(one))
    assert not secret.matches(other, secret.hashed(one))


def test_nothing_matches_where_there_is_no_secret():
    assert not secret.matches("", None)
    assert not secret.matches(secret.new_secret(), None)


def test_a_secret_from_outside_is_long():
    secret.ensure_long("x" * 32, "CLAY_SERVICE_SECRET")
    with pytest.raises(BadUserInput, match="CLAY_SERVICE_SECRET"):
        secret.ensure_long("x" * 31, "CLAY_SERVICE_SECRET")
