import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from infra.embedded import account
from infra.embedded.account import server_account
from infra.embedded.errors import DataFolderUnfinished, PasswordLost, PortBusy
from infra.embedded.postgres import EmbeddedPostgres, configuration
from infra.embedded.server import free_port
from infra.embedded.valkey import EmbeddedValkey
from infra.processes.process_control import SystemAccount, lives, processes_in, wait_until
from tests.servers import server_folder


@pytest.fixture
def folder():
    with server_folder() as path:
        yield path
        assert wait_until(lambda: processes_of(path) == [], 20), "a server outlived its test"


@pytest.fixture(params=["postgres", "valkey"])
def make_server(request, folder):
    """Make a server object on the one folder of this test; every one is stopped at its end."""
    made = []

    def make(**options):
        if request.param == "postgres":
            server = EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16, **options)
        else:
            server = EmbeddedValkey(folder / "valkey", **options)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


def processes_of(folder: Path) -> list[psutil.Process]:
    return processes_in(folder / "postgres" / "data", "postgres") + processes_in(folder / "valkey", "valkey")


def put(url: str, value: str) -> None:
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            client.set("note", value)
        return
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (value text)")
        connection.execute("INSERT INTO note VALUES (%s)", [value])


def notes(url: str) -> list[str]:
    if url.startswith("redis"):
        with redis.Redis.from_url(url, decode_responses=True) as client:
            return [client.get("note")]
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM note")]


def test_a_fresh_folder_becomes_a_server_and_nothing_is_left_running_after_it(make_server, folder):
    with make_server() as server:
        put(server.start(), "kept")
        assert notes(server.start()) == ["kept"]
        assert processes_of(folder)
    assert processes_of(folder) == []


def test_a_stopped_server_starts_again_with_its_data(make_server):
    with make_server() as server:
        put(server.start(), "kept")
    with make_server() as server:
        assert notes(server.start()) == ["kept"]


def test_starting_twice_gives_the_running_server_and_only_its_owner_stops_it(make_server, folder):
    owner, guest = make_server(), make_server()
    assert owner.start() == guest.start() == guest.start()
    assert (owner.owned, guest.owned) == (True, False)
    guest.stop()
    assert processes_of(folder)
    owner.stop()
    owner.stop()
    assert processes_of(folder) == []


def test_a_configured_port_is_the_one_it_listens_on(make_server):
    port = free_port()
    assert f"127.0.0.1:{port}" in make_server(port=port).start()


def test_a_busy_port_is_named_with_what_to_do(make_server, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy) as refused:
            make_server(port=port).start()
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert "SLIPSTREAM_" in str(refused.value)
    assert processes_of(folder) == []
    assert "127.0.0.1" in make_server(port=port).start()


def test_a_server_whose_every_process_was_killed_recovers(make_server, folder):
    server = make_server()
    put(server.start(), "acknowledged")
    kill(processes_of(folder))
    server.stop()
    url = make_server().start()
    if url.startswith("postgresql"):
        assert notes(url) == ["acknowledged"]
    put(url, "later")
    assert "later" in notes(url)


def test_a_server_that_outlived_its_killed_owner_is_taken_over(make_server, folder):
    server = make_server()
    put(server.start(), "acknowledged")
    server._owner.release()  # what the kernel does for an owner that was killed
    survivors = processes_of(folder)
    successor = make_server()
    assert notes(successor.start()) == ["acknowledged"]
    assert successor.owned
    assert not set(survivors) & set(processes_of(folder))


def test_a_server_goes_with_an_owner_that_is_killed(folder):
    program = (
        "from pathlib import Path; from infra.embedded.postgres import EmbeddedPostgres; from infra.embedded.valkey import EmbeddedValkey\n"
        "import sys, time; folder = Path(sys.argv[1])\n"
        "EmbeddedPostgres(folder / 'postgres', shared_buffers_mb=16).start(); EmbeddedValkey(folder / 'valkey').start()\n"
        "(folder / 'up').touch(); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], env={**os.environ, "PYTHONPATH": str(Path.cwd())}) as owner:
        assert wait_until((folder / "up").exists, 60)
        owner.kill()
    assert wait_until(lambda: processes_of(folder) == [], 30)


def test_a_postmaster_killed_alone_leaves_no_orphan_in_the_way(folder):
    server = EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16)
    with closing(psycopg.connect(server.start(), autocommit=True)):
        freeze_all_and_kill_postmaster(folder)
        server.stop()
        assert processes_of(folder) == []
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as again, psycopg.connect(again.start()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stale_pid_file_whose_number_is_another_program_now_is_no_obstacle(folder):
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server:
        server.start()
        pid_file = folder / "postgres" / "data" / "postmaster.pid"
        stale = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:], ""]))
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server:
        assert server.owned


def test_a_killed_initialisation_is_begun_again(folder):
    half_made = folder / "postgres" / "data.draft"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server:
        put(server.start(), "kept")
    assert not half_made.exists()


def test_a_data_folder_that_is_no_database_is_named_and_left_alone(folder):
    alien = folder / "postgres" / "data" / "ledger"
    alien.parent.mkdir(parents=True)
    alien.write_text("precious")
    with pytest.raises(DataFolderUnfinished, match="is not a finished PostgreSQL 18 data folder"):
        EmbeddedPostgres(folder / "postgres").start()
    assert alien.read_text() == "precious"


def test_a_lost_password_is_named_and_the_data_left_alone(folder):
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16):
        pass
    (folder / "postgres" / "password").unlink()
    with pytest.raises(PasswordLost):
        EmbeddedPostgres(folder / "postgres").start()


def test_durability_cannot_be_switched_off_from_inside(folder):
    with (
        EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server,
        psycopg.connect(server.start(), autocommit=True) as connection,
    ):
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server, psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone() == ("on", "on")


def test_a_wrong_password_opens_no_connection(postgres_server):
    head, _, tail = postgres_server.partition("@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{head}x@{tail}")


def test_a_setting_is_quoted_so_that_a_slash_in_it_is_read():
    assert "max_wal_size = '8GB'" in configuration(5432, 512, {})
    assert all(line.endswith("'") for line in configuration(5432, 512, {}).splitlines()[1:])


def test_processes_that_need_the_account_at_once_make_it_once(monkeypatch, tmp_path):
    made, useradd = tmp_path / "made", tmp_path / "useradd"
    useradd.write_text(f"#!/bin/sh\nsleep 0.1\necho $$ >> {made}\n")
    useradd.chmod(0o755)
    found = SystemAccount("slipstream-pg", 999, 999)
    monkeypatch.setattr(account, "REACHABLE_ROOT", tmp_path)
    monkeypatch.setattr(account, "_lookup", lambda: found if made.exists() else None)
    monkeypatch.setattr(account.shutil, "which", lambda *_, **__: str(useradd))
    monkeypatch.setattr(account.os, "geteuid", lambda: 0)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: server_account(tmp_path / "postgres"), range(8))) == [found] * 8
    assert len(made.read_text().splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_under_a_folder_the_account_cannot_enter_the_data_is_linked_elsewhere(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    directory = closed / "postgres"
    with EmbeddedPostgres(directory, shared_buffers_mb=16) as server:
        put(server.start(), "kept")
    elsewhere = directory.readlink()
    try:
        assert (elsewhere / "data").stat().st_uid == server_account(directory).uid
        with EmbeddedPostgres(directory, shared_buffers_mb=16) as server:
            assert notes(server.start()) == ["kept"]
    finally:
        subprocess.run(["/bin/rm", "-r", str(elsewhere)], check=True)
    assert closed.stat().st_mode & 0o777 == 0o700


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        process.suspend()  # so that none can tidy up after another
    for process in processes:
        process.kill()
    assert wait_until(lambda: not any(lives(process) for process in processes), 10)


def freeze_all_and_kill_postmaster(folder: Path) -> None:
    """Freeze the backends, kill the postmaster: orphans that cannot notice its death, as under heavy load."""
    everyone = processes_of(folder)
    pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    for process in everyone:
        process.send_signal(signal.SIGSTOP)
    psutil.Process(pid).kill()


def test_a_server_that_died_is_brought_back_at_its_port_with_what_it_held(make_server, folder):
    server = make_server()
    url = server.start()
    put(url, "kept")
    assert not server.revive(), "a server that lives is left alone"
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            client.save()  # what is not saved yet is built from the log
    kill(processes_of(folder))
    assert wait_until(server.revive, 20)
    assert notes(url) == ["kept"]
    assert not server.revive()


def test_a_server_that_another_process_owns_is_not_ours_to_bring_back(make_server):
    owner, guest = make_server(), make_server()
    assert owner.start() == guest.start()
    assert not guest.revive()
    guest.stop()
    owner.stop()
    assert not owner.revive(), "a server that was stopped stays stopped"


def test_nobody_without_the_password_gets_into_the_embedded_valkey_and_only_its_owner_can_read_it(folder):
    with EmbeddedValkey(folder / "valkey") as server:
        url = urlsplit(server.start())
        for password in (None, "", "guessed"):
            with redis.Redis(port=url.port, password=password) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()
        for name in ("password", "valkey.conf"):
            assert (folder / "valkey" / name).stat().st_mode & 0o777 == 0o600
        arguments = [word for process in processes_of(folder) for word in process.cmdline()]
        assert not any(url.password in word for word in arguments)


GARBAGE = b"\x00\xff garbage \n\x9c" * 40


@pytest.mark.parametrize("damage", [GARBAGE, b"", b"REDIS0011" + GARBAGE, "cut short", "one byte"])
def test_a_damaged_snapshot_is_set_aside_and_the_server_starts_without_it(folder, damage):
    snapshot = folder / "valkey" / "dump.rdb"
    with EmbeddedValkey(folder / "valkey") as server:
        put(server.start(), "x" * 10_000)
    whole = snapshot.read_bytes()
    if damage == "cut short":
        damage = whole[: len(whole) // 2]
    elif damage == "one byte":
        damage = whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]
    snapshot.write_bytes(damage)
    with EmbeddedValkey(folder / "valkey") as server, redis.Redis.from_url(server.start()) as client:
        assert client.dbsize() == 0
        assert (folder / "valkey" / "dump.rdb.damaged").read_bytes() == damage
    with EmbeddedValkey(folder / "valkey") as server:
        put(server.start(), "kept")


@pytest.mark.parametrize("name", ["password", "valkey.conf", "valkey.pid", "owner.lock", "valkey.log"])
@pytest.mark.parametrize("damage", [GARBAGE, b""])
def test_a_damaged_file_of_the_embedded_valkey_is_made_anew_and_costs_no_row(folder, name, damage):
    with EmbeddedValkey(folder / "valkey") as server:
        put(server.start(), "kept")
    (folder / "valkey" / name).write_bytes(damage)
    with EmbeddedValkey(folder / "valkey") as server:
        assert notes(server.start()) == ["kept"]


@pytest.mark.parametrize("name", ["data/postmaster.pid", "data/postgresql.conf", "owner.lock", "postgres.log"])
@pytest.mark.parametrize("damage", [GARBAGE, b""])
def test_a_damaged_file_of_the_embedded_postgres_that_is_written_at_every_start_is_made_anew(folder, name, damage):
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server:
        put(server.start(), "kept")
    (folder / "postgres" / name).write_bytes(damage)
    with EmbeddedPostgres(folder / "postgres", shared_buffers_mb=16) as server:
        assert notes(server.start()) == ["kept"]
