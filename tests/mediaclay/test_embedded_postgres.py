"""PostgreSQL from the package: kept data, recovery, the password, deep folders, users."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from mediaclay.embedded import postgres
from mediaclay.errors import PortTaken, ServerMissing, StartFailed
from mediaclay.ports import any_free


def ask(url: str, *statements: str):
    async def run():
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_second_start_keeps_data_and_password(tmp_path: Path):
    with postgres.start(tmp_path, any_free()) as first:
        assert ask(first.url, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (7)", "SELECT n FROM t") == 7
    with postgres.start(tmp_path, any_free()) as second:
        assert ask(second.url, "SELECT n FROM t") == 7


def test_what_was_committed_outlives_kill_9(tmp_path: Path):
    port = any_free()
    with postgres.start(tmp_path, port) as first:
        ask(first.url, "CREATE TABLE t (n int)", "INSERT INTO t SELECT generate_series(1, 1000)", "SELECT 1")
        first.kill()
    with postgres.start(tmp_path, port) as second:
        assert ask(second.url, "SELECT count(*) FROM t") == 1000
        assert ask(second.url, "SHOW fsync") == "on"


def test_another_user_of_the_machine_needs_the_password(tmp_path: Path):
    with postgres.start(tmp_path, any_free()) as server:
        wrong = server.url.replace(server.url.split(":")[2].split("@")[0], "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(wrong, "SELECT 1")
    assert oct((tmp_path / "secrets").stat().st_mode)[-3:] == "700"
    assert oct((tmp_path / "secrets" / "database-password").stat().st_mode)[-3:] == "600"


def test_a_folder_deeper_than_a_socket_path_may_be_is_no_hindrance(tmp_path: Path):
    home = tmp_path / ("deep" * 20) / ("deeper" * 20)
    with postgres.start(home, any_free()) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_text_is_unicode_and_sorts_by_code_point(tmp_path: Path):
    with postgres.start(tmp_path, any_free()) as server:
        assert ask(server.url, "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{b,B,é,a}'::text[]) t") == "Babé"


def test_a_port_in_use_is_named_with_its_setting_and_nothing_is_made(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} \(PostgreSQL\) is in use.* or set CLAY_POSTGRES_PORT"):
            postgres.start(tmp_path, port)
    assert list(tmp_path.iterdir()) == []


def test_the_server_of_another_start_is_not_taken_for_ours(tmp_path: Path):
    with postgres.start(tmp_path, any_free()) as server:
        assert postgres.is_ready(tmp_path / "postgres", server.pid)
        assert not postgres.is_ready(tmp_path / "postgres", os.getpid())
        with pytest.raises(StartFailed, match=r'lock file "postmaster\.pid" already exists'):
            postgres.start(tmp_path, any_free())
        assert ask(server.url, "SELECT 1") == 1


def test_a_first_start_that_was_interrupted_is_made_anew(tmp_path: Path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "half.txt").write_text("half")
    with postgres.start(tmp_path, any_free()) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path):
    with postgres.start(tmp_path, any_free()):
        pass
    mark = tmp_path / "postgres" / "PG_VERSION"
    mark.write_text("17\n")
    before = sorted(path.name for path in (tmp_path / "postgres").iterdir())
    with pytest.raises(ServerMissing, match=r"was made by PostgreSQL 17, but 18\.\d+ is installed"):
        postgres.start(tmp_path, any_free())
    assert sorted(path.name for path in (tmp_path / "postgres").iterdir()) == before
    assert mark.read_text() == "17\n"


SCRIPT = """
import asyncio, os, sys, asyncpg
from pathlib import Path
from mediaclay.embedded import postgres, unprivileged
async def who(url):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()
with postgres.start(Path(sys.argv[1]), int(sys.argv[2])) as server:
    print(os.geteuid(), bool(unprivileged.prefix()), asyncio.run(who(server.url)))
"""


@pytest.mark.parametrize(("uid", "wrapped"), [(0, "True"), (1000, "False")], ids=["root", "a normal user"])
def test_it_runs_as(tmp_path: Path, uid: int, wrapped: str):
    """Both kinds of user, whoever runs the tests: a user namespace makes us either."""
    unshare = shutil.which("unshare")
    assert unshare, "this test needs unshare (util-linux)"
    command = [unshare, "--user", f"--map-user={uid}", f"--map-group={uid}"]
    command += [sys.executable, "-c", SCRIPT, str(tmp_path), str(any_free())]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)
    assert done.stdout.split() == [str(uid), wrapped, "mediaclay"], done.stderr
