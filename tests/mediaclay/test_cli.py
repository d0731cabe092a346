"""The command line as its users meet it: in a process of its own, by its words and exit codes."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mediaclay_kernel.subgraph import discover

from tests.mediaclay.support.ports import free_ports

OURS = ("up", "serve", "migrate", "compose", "schema", "plugins", "doctor")


def clay(*arguments: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
    return subprocess.run(
        [sys.executable, "-m", "mediaclay", *arguments], capture_output=True, text=True, check=False, timeout=120,
        env={**kept, "CLAY_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1", **environment},
    )  # fmt: skip


def test_help_names_every_command_and_the_exit_codes(tmp_path: Path):
    done = clay("--help", home=tmp_path)
    assert done.returncode == 0
    for name in (*OURS, "import", "export", "token"):
        assert re.search(rf"^│ {name} ", done.stdout, re.MULTILINE), name
    assert "Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 a port in use" in done.stdout


@pytest.mark.parametrize("command", OURS)
def test_each_command_says_more_than_its_name(tmp_path: Path, command: str):
    done = clay(command, "--help", home=tmp_path)
    assert done.returncode == 0
    assert len(done.stdout) > 300
    assert list(tmp_path.iterdir()) == []


def test_help_imports_nothing_heavy(tmp_path: Path):
    script = "import mediaclay.cli, sys; print([m for m in ('pydantic', 'strawberry', 'asyncpg') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["up", "--nonsense"], "No such option: --nonsense"),
        (["serve"], "Missing argument 'NAME'"),
        (["serve", "struktur"], "clay: There is no subgraph struktur; did you mean structure?"),
        (["schema", "--check", "--write"], "clay: --check and --write exclude each other."),
        (["migrate"], "clay: CLAY_DATABASE_URL is not set, and no `clay up` runs on this CLAY_HOME."),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(tmp_path: Path, arguments: list[str], sentence: str):
    done = clay(*arguments, home=tmp_path)
    assert done.returncode == 2, done.stderr
    assert sentence.casefold() in " ".join(done.stderr.split()).casefold()
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_setting_stops_the_start_and_names_the_nearest(tmp_path: Path):
    done = clay("up", home=tmp_path, CLAY_ROUTER_PROT="4000")
    assert done.returncode == 2
    assert done.stderr == "clay: Unknown setting CLAY_ROUTER_PROT; did you mean CLAY_ROUTER_PORT?\n"
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_does_not_fit_is_named(tmp_path: Path):
    done = clay("up", home=tmp_path, CLAY_POSTGRES_PORT="many")
    assert done.returncode == 2
    assert done.stderr.startswith("clay: The settings do not fit: CLAY_POSTGRES_PORT: ")


def test_a_port_in_use_ends_with_3_before_anything_is_started(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        done = clay("up", home=tmp_path, CLAY_ROUTER_PORT=str(port))
    assert done.returncode == 3
    assert f"Port {port} (the router) is in use" in done.stderr
    assert "set CLAY_ROUTER_PORT to a free port." in done.stderr
    assert not (tmp_path / "postgres").exists()


def test_debug_shows_where_an_error_came_from(tmp_path: Path):
    done = clay("serve", "struktur", home=tmp_path, CLAY_LOG_LEVEL="debug")
    assert "Traceback" in done.stderr
    assert "BadUserInput: There is no subgraph struktur" in done.stderr


def test_a_database_that_does_not_answer_ends_with_1_and_what_to_do(tmp_path: Path):
    url = "postgresql://clay:secret@127.0.0.1:9/clay"
    done = clay("migrate", home=tmp_path, CLAY_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr == (
        f"clay: The database does not answer; try again. Nothing runs on {tmp_path}: `clay up` starts it.\n"
    )


def test_plugins_lists_what_is_installed(tmp_path: Path):
    done = clay("plugins", "--json", home=tmp_path, CLAY_SEARCH_PORT="4999")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(rows) == list(discover())
    assert rows["search"]["url"] == "http://127.0.0.1:4999/graphql"
    assert rows["structure"]["package"] == "mediaclay-structure"


def test_schema_prints_what_was_checked_in(tmp_path: Path):
    checked_in = Path(__file__).parents[2] / "subgraphs" / "identity" / "schema.graphql"
    done = clay("schema", "identity", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, checked_in.read_text())


def test_compose_writes_the_supergraph_whole_or_not_at_all(tmp_path: Path):
    out = tmp_path / "out" / "supergraph.graphql"
    done = clay("compose", "--out", str(out), home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    written = out.read_text()
    assert all(f'name: "{name}"' in written for name in discover())
    wrong = tmp_path / "supergraph.yaml"
    (tmp_path / "one.graphql").write_text("type Query { a: Int }")
    (tmp_path / "two.graphql").write_text("type Query { a: String }")
    entry = "  {0}:\n    routing_url: http://127.0.0.1:9/{0}\n    schema: {{file: {0}.graphql}}\n"
    wrong.write_text("subgraphs:\n" + entry.format("one") + entry.format("two"))
    done = clay("compose", "--config", str(wrong), "--out", str(out), home=tmp_path / "home")
    assert done.returncode == 1
    assert done.stderr
    assert out.read_text() == written


def test_doctor_of_an_instance_that_does_not_run_finds_nothing_wrong_and_makes_nothing(tmp_path: Path):
    done = clay("doctor", "--json", home=tmp_path, **free_ports())
    report = json.loads(done.stdout)
    assert [finding for finding in report["findings"] if finding["problem"]] == []
    assert (done.returncode, report["healthy"]) == (0, True)
    found = {finding["subject"]: finding["found"] for finding in report["findings"]}
    assert found["database"] == "not running; `clay up` starts it"
    assert found["composition"].endswith("fit together")
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_each_problem_and_what_to_do(tmp_path: Path):
    ports = free_ports()
    with socket.create_server(("127.0.0.1", int(ports["CLAY_VALKEY_PORT"]))):
        url = "postgresql://clay:secret@127.0.0.1:9/clay"
        done = clay("doctor", "--json", home=tmp_path, CLAY_DATABASE_URL=url, **ports)
    assert done.returncode == 1
    wrong = {
        finding["subject"]: finding["advice"] for finding in json.loads(done.stdout)["findings"] if finding["problem"]
    }
    assert set(wrong) == {f"port {ports['CLAY_VALKEY_PORT']}", "database"}
    assert "set CLAY_VALKEY_PORT to a free port" in wrong[f"port {ports['CLAY_VALKEY_PORT']}"]
    assert "CLAY_DATABASE_URL" in wrong["database"]
