"""The image's health check tells a subgraph that answers from one that does not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import cast

import pytest


class Subgraph(HTTPServer):
    status = 200


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(cast("Subgraph", self.server).status if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.fixture
def server():
    """A process that answers /health with its `status`."""
    with Subgraph(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def check(root, tmp_path):
    """Runs the check as the image does, for a container with that command and environment."""

    def run(*command, **environment):
        source = tmp_path / "cmdline"
        source.write_bytes(b"".join(word.encode() + b"\0" for word in command))
        script = [sys.executable, "-I", "-S", str(root / "deploy/images/health.py"), str(source)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
        return subprocess.run(script, env=clean | environment, capture_output=True, text=True, timeout=20)

    return run


@pytest.mark.parametrize(
    "command",
    [
        ("/opt/clay/bin/python", "/opt/clay/bin/clay", "serve", "structure"),
        ("/sbin/docker-init", "--", "clay", "serve", "structure"),
        ("clay", "serve", "--reload", "structure"),
    ],
)
def test_a_subgraph_that_answers_is_healthy(check, server, command):
    answer = check(*command, CLAY_STRUCTURE_PORT=str(server.server_port))
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_subgraph_of_someone_else_is_found_by_its_own_variable(check, server):
    answer = check("clay", "serve", "clay-weather", CLAY_CLAY_WEATHER_PORT=str(server.server_port))
    assert answer.returncode == 0


def test_a_subgraph_that_answers_with_an_error_is_not_healthy(check, server):
    server.status = 503
    port = server.server_port
    answer = check("clay", "serve", "structure", CLAY_STRUCTURE_PORT=str(port))
    assert (answer.returncode, answer.stderr) == (1, f"structure does not answer on port {port}.\n")


def test_a_subgraph_that_is_gone_is_not_healthy(check, server):
    port = server.server_port
    server.server_close()
    answer = check("clay", "serve", "structure", CLAY_STRUCTURE_PORT=str(port))
    assert (answer.returncode, answer.stderr) == (1, f"structure does not answer on port {port}.\n")


def test_a_container_without_a_port_in_its_environment_says_which_is_missing(check):
    answer = check("clay", "serve", "structure")
    assert answer.returncode == 1
    assert "CLAY_STRUCTURE_PORT" in answer.stderr


def test_a_container_that_serves_nothing_is_healthy(check):
    assert check("clay", "migrate").returncode == 0
