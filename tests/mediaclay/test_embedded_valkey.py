"""Valkey from the package: kept data, recovery, the password, strangers."""

import os
import socket
import time
from pathlib import Path

import psutil
import pytest
import redis

from mediaclay.embedded import valkey
from mediaclay.errors import PortTaken
from mediaclay.ports import any_free


def connect(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True)


def test_a_second_start_keeps_data_and_password(tmp_path: Path):
    with valkey.start(tmp_path, any_free()) as first, connect(first.url) as client:
        client.xadd("stream", {"revision": "1"})
    with valkey.start(tmp_path, any_free()) as second, connect(second.url) as client:
        assert [message[1] for message in client.xrange("stream") or ()] == [{"revision": "1"}]


def test_what_is_older_than_a_second_outlives_kill_9(tmp_path: Path):
    with valkey.start(tmp_path, any_free()) as first, connect(first.url) as client:
        client.set("key", "value")
        time.sleep(1.5)  # appendfsync everysec
        first.kill()
    with valkey.start(tmp_path, any_free()) as second, connect(second.url) as client:
        assert client.get("key") == "value"


def test_it_asks_for_the_password_that_no_command_line_shows(tmp_path: Path):
    with valkey.start(tmp_path, any_free()) as server:
        address, password = f"redis://{server.url.split('@')[1]}", server.url.split(":")[2].split("@")[0]
        with connect(address) as client, pytest.raises(redis.AuthenticationError):
            client.get("key")
        assert password not in " ".join(psutil.Process(server.pid).cmdline())
    assert oct((tmp_path / "valkey" / "valkey.conf").stat().st_mode)[-3:] == "600"


def test_a_port_in_use_is_named_with_its_setting_and_nothing_is_made(tmp_path: Path):
    with valkey.start(tmp_path / "other", any_free()) as other:
        port = int(other.url.rsplit(":", 1)[1].split("/")[0])
        with pytest.raises(PortTaken, match=rf"Port {port} \(Valkey\) is in use.* or set CLAY_VALKEY_PORT"):
            valkey.start(tmp_path / "home", port)
    assert not (tmp_path / "home").exists()


def test_a_silent_stranger_is_not_taken_for_ours(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        assert not valkey.is_ready(stranger.getsockname()[1], "password", os.getpid())
