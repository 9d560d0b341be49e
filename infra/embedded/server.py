"""What both embedded servers share: ownership, start, joining a running one, takeover and stop."""

import os
import secrets
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import psutil
import structlog

from infra.embedded.errors import PortBusy, ServerDidNotStart, ServerNotReady
from infra.processes.file_lock import FileLock
from infra.processes.process_control import lives, wait_until

HOST = "127.0.0.1"
JOIN_TIMEOUT_S = 60.0
READY_TIMEOUT_S = 600.0  # recovery after a crash replays up to max_wal_size of WAL
FREE_PORT_ATTEMPTS_MAX = 5
PORTS = range(15_000, 32_000)
PORTS_TRIED_MAX = 200
LOG_BYTES_MAX = 16 * 1024 * 1024

logger = structlog.get_logger(__name__)


class EmbeddedServer(ABC):
    """One server in one folder: `start()` gives its URL, `stop()` ends it, `with` does both.

    Start it in the main thread: then a server also goes when its owner is killed. Not for use by several threads at once.
    """

    title: ClassVar[str]
    port_setting: ClassVar[str]

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        """Keep the server's files in `directory` (made when missing) and listen on `port` of 127.0.0.1, or on any free one."""
        self.directory = directory.absolute()
        self._port = port
        self._owner: FileLock | None = None
        self._url: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._running_port = 0

    @property
    def owned(self) -> bool:
        """Whether the running server is ours to stop; false too when another process owns it and we merely joined."""
        return self._owner is not None

    def start(self) -> str:
        """Start the server, or join the one another live process runs on this folder; return its URL once it answers.

        A second call returns the same URL. What a killed owner left behind (servers, orphans, stale files) is ended and cleared first.
        Raises an EmbeddedServerError.
        """
        if self._url is None:
            home = self._prepare_home()
            owner = FileLock(home / "owner.lock")
            if not wait_until(lambda: owner.acquire() or self._join(home), JOIN_TIMEOUT_S):
                raise ServerNotReady(self.title, home, JOIN_TIMEOUT_S)
            if owner.held:
                self._url = self._own(home, owner)
        assert self._url is not None
        return self._url

    def revive(self) -> bool:
        """Start the server again, at the port that others know it by, if it is ours and has died; return whether it had to be.

        Raises an EmbeddedServerError.
        """
        if self._owner is None or self._process is None or self._process.poll() is None:
            return False
        self._start_again(self._owner.path.parent)
        return True

    def _start_again(self, home: Path) -> None:
        assert self._process is not None, "it was started"
        logger.warning(
            "server crashed and is started again", server=self.title, exit_code=self._process.returncode, port=self._running_port
        )
        self._end(home)
        self._fill_home(home)
        self._run(home, self._running_port)
        self._open(self._url_at(home, self._running_port))

    def stop(self) -> None:
        """End the server if we own it and wait until it is gone, leave it running if we merely joined; stopping twice is no error.

        Raises ServerDidNotStop.
        """
        owner, self._owner, self._url = self._owner, None, None
        if owner is not None:
            try:
                self._end(owner.path.parent)
                logger.info("server stopped", server=self.title)
            finally:
                owner.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _join(self, home: Path) -> bool:
        self._url = self._running_url(home)
        return self._url is not None

    def _own(self, home: Path, owner: FileLock) -> str:
        owner.write(str(os.getpid()))
        try:
            self._clear(home)
            self._fill_home(home)
            port = self._running_port = self._start_on_some_port(home)
            url = self._url_at(home, port)
            self._open(url)
        except BaseException:
            self._end(home)
            owner.release()
            raise
        self._owner = owner
        logger.info("server started", server=self.title, port=port, folder=str(home))
        return url

    def _end(self, home: Path) -> None:
        self._clear(home)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _start_on_some_port(self, home: Path) -> int:
        """Start on the configured port or a free one; a free port may be lost between choosing and binding, so that is tried again."""
        if self._port is not None and not port_is_free(self._port):
            raise PortBusy(self.title, self._port, self.port_setting)
        for attempts_left in reversed(range(FREE_PORT_ATTEMPTS_MAX)):
            port = self._port or free_port()
            try:
                self._run(home, port)
            except ServerDidNotStart:
                if port_is_free(port):
                    raise
                if self._port is not None or not attempts_left:
                    raise PortBusy(self.title, port, self.port_setting) from None
            else:
                return port
        raise AssertionError("the loop returns or raises")

    def _await_ready(self, process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
        """Wait until the server answers. Raises ServerDidNotStart when it ended or took too long."""
        self._process = process
        if not wait_until(lambda: process.poll() is not None or ready(), READY_TIMEOUT_S):
            raise ServerDidNotStart(self.title, f"it was not ready after {READY_TIMEOUT_S:.0f} s", log)
        if process.poll() is not None:
            raise ServerDidNotStart(self.title, last_reason(log), log)

    @abstractmethod
    def _prepare_home(self) -> Path:
        """Make the folder that holds the server's files and return it resolved."""

    @abstractmethod
    def _clear(self, home: Path) -> None:
        """End every process of a server in this folder and remove what a crash leaves behind."""

    @abstractmethod
    def _fill_home(self, home: Path) -> None:
        """Bring the folder into the state a start needs."""

    @abstractmethod
    def _run(self, home: Path, port: int) -> None:
        """Start the server on this port and wait until it is ready. Raises ServerDidNotStart."""

    @abstractmethod
    def _running_url(self, home: Path) -> str | None:
        """Return the URL of the server that runs in this folder, none while it is not ready."""

    @abstractmethod
    def _url_at(self, home: Path, port: int) -> str:
        """Return the URL of a server in this folder on this port."""

    @abstractmethod
    def _open(self, url: str) -> None:
        """Do what a server needs after its start before others may use it."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on at this moment.

    It lies below those that systems give to outgoing connections, so that a server which starts again finds its port free.

    Raises:
        OSError: when none was found.

    """
    for _ in range(PORTS_TRIED_MAX):
        port = secrets.choice(PORTS)
        if port_is_free(port):
            return port
    raise OSError(f"no free TCP port of {HOST} was found from {PORTS.start} to {PORTS.stop - 1}")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this TCP port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def rotated(log: Path) -> Path:
    """Return the log after moving it aside (one older file is kept) if it has grown beyond its limit."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    return log


def last_reason(log: Path) -> str:
    """Return the line of a server's log that best says why it ended: the last fatal one, else the last one."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-50:] if line.strip()] if log.exists() else []
    fatal = [line for line in lines if "FATAL" in line or "could not" in line or "Fatal" in line]
    return (fatal or lines or ["it ended without a word"])[-1]


def alive(pid: int) -> psutil.Process | None:
    """Return the process of that number if it lives (a zombie does not)."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if lives(process) else None
