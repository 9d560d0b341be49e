"""A process that has imported the program once and forks processes of it, so that a role starts in a third of the time.

Importing is most of what a role needs to start: one to three seconds of processor time, the same for each. The fork server does it once,
then forks for each request. What it forks is as if started by `spawn`: a session of its own, the environment and the descriptors that it
is given and no other, and its end when the fork server ends, which ends when whoever started it does. Its own side is `forking`.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
import psutil

from infra.processes.process_control import lives, spawn

READY_TIMEOUT_S = 60.0
FORK_TIMEOUT_S = 10.0
LOOK_AGAIN_S = 60.0
PACKET_BYTES_MAX = 128 * 1024
LOST = -int(signal.SIGTERM)
"""The exit code of a process whose fork server has gone: it was ended by that."""


class ForkWanted(msgspec.Struct, tag="fork"):
    """A process to fork: what follows the program's name, its whole environment, the names of the descriptors that come along.

    As many more as `outputs` says come last: none, one for both stdout and stderr, or one for each.
    """

    words: list[str]
    env: dict[str, str]
    descriptors: list[str]
    outputs: int


class Retired(msgspec.Struct, tag="retire"):
    """Nothing more is wanted: the fork server ends once all that it forked have ended."""


class AllImported(msgspec.Struct, tag="ready"):
    """Everything is imported."""


class Forked(msgspec.Struct, tag="forked"):
    """The process that was wanted last is there."""

    pid: int


class Ended(msgspec.Struct, tag="ended"):
    """A process ended, by a signal where the code is below zero."""

    pid: int
    exit_code: int


encode = msgspec.json.encode
_told = msgspec.json.Decoder(AllImported | Forked | Ended).decode


class ChildProcess(Protocol):
    """What is asked of a process that was started, however it was: as of `subprocess.Popen`."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Return its exit code, None while it lives."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code. Raises subprocess.TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal, if it lives."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


class ForkServer:
    """One fork server, as whoever started it sees it. Of two that are used one after the other, each keeps what it forked."""

    def __init__(self, program: str, modules: Sequence[str]) -> None:
        """Start it: it imports the modules, and what it forks runs `main` of the module `program`. Raises OSError where Python is gone."""
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            words = [sys.executable, "-m", "infra.processes.forking", str(theirs.fileno()), program, *modules]
            env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a library's threads do not survive a fork
            self._process = spawn(words, env=env, descriptors=(theirs.fileno(),))
        self._connection.setblocking(False)
        self._is_ready = self._is_retired = self._is_gone = False
        self._pids: deque[int] = deque()
        self._exit_codes: dict[int, int] = {}

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_gone(self) -> bool:
        """Whether it forks nothing any more, and all that it forked was asked to end."""
        self._receive(0)
        return self._is_gone

    @property
    def has_ended(self) -> bool:
        """Whether its process has ended, and was collected."""
        return self.is_gone and self._process.poll() is not None

    @property
    def is_ready(self) -> bool:
        """Whether it has imported everything and is not gone."""
        self._receive(0)
        return self._is_ready and not self._is_gone

    def wait(self, timeout_s: float = READY_TIMEOUT_S) -> bool:
        """Wait until it is ready; return whether it is."""
        deadline_s = time.monotonic() + timeout_s
        while not self.is_ready and not self._is_gone and (left_s := deadline_s - time.monotonic()) > 0:
            self._receive(left_s)
        return self.is_ready

    def fork(
        self, words: Sequence[str], env: Mapping[str, str], descriptors: Mapping[str, int] | None = None, outputs: Sequence[int] = ()
    ) -> "ForkedProcess | None":
        """Start a process with this environment; return it, or None where the fork server is not ready, retired or gone.

        It inherits `descriptors` by their names, see `inherited_sockets`. `outputs` take stdout and stderr: one takes both, two one each
        (default: ours).
        """
        if not self.is_ready or self._is_retired:
            return None
        passed = descriptors or {}
        wanted = ForkWanted(list(words), dict(env), list(passed), len(outputs))
        try:
            socket.send_fds(self._connection, [encode(wanted)], [*passed.values(), *outputs])
        except OSError:
            self._give_up()
            return None
        deadline_s = time.monotonic() + FORK_TIMEOUT_S
        while not self._pids and not self._is_gone and (left_s := deadline_s - time.monotonic()) > 0:
            self._receive(left_s)
        if not self._pids:
            self._give_up()  # nothing that was given up may start later
            return None
        return ForkedProcess(self._pids.popleft(), self)

    def retire(self) -> None:
        """Have it end once all that it forked have; it forks nothing more."""
        self._is_retired = True
        try:
            self._connection.send(encode(Retired()))
        except OSError:
            self._give_up()

    def end(self) -> None:
        """End it, and so what it forked."""
        self._give_up()
        self._process.wait()

    def exit_code_of(self, pid: int, timeout_s: float = 0) -> int | None:
        """Return how a process that it forked ended, waiting for that for so long; None while it lives."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._receive(max(0.0, deadline_s - time.monotonic()))
            if (exit_code := self._exit_codes.get(pid)) is not None:
                return exit_code
            if self._is_gone:
                return self._of_lost(pid, deadline_s)
            if time.monotonic() >= deadline_s:
                return None

    def _of_lost(self, pid: int, deadline_s: float) -> int | None:
        while True:
            try:
                if not lives(psutil.Process(pid)):
                    return LOST
            except psutil.NoSuchProcess:
                return LOST
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(0.02)

    def _receive(self, timeout_s: float) -> None:
        """Take what was told, waiting for the first of it for so long."""
        if self._is_gone:
            return
        if timeout_s > 0:
            select.select([self._connection], [], [], min(timeout_s, LOOK_AGAIN_S))
        while not self._is_gone:
            try:
                packet = self._connection.recv(PACKET_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._give_up()
                return
            told = _told(packet)
            if isinstance(told, Forked):
                self._pids.append(told.pid)
            elif isinstance(told, Ended):
                self._exit_codes[told.pid] = told.exit_code
            else:
                self._is_ready = True

    def _give_up(self) -> None:
        self._is_gone = True
        self._connection.close()
        if self._process.poll() is None:
            self._process.terminate()


class ForkedProcess:
    """A process that a fork server forked; as a `subprocess.Popen`."""

    def __init__(self, pid: int, server: ForkServer) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def poll(self) -> int | None:
        """Return its exit code, None while it lives."""
        if self.returncode is None:
            self.returncode = self._server.exit_code_of(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: when it lives still.

        """
        if self.returncode is None:
            self.returncode = self._server.exit_code_of(self.pid, threading.TIMEOUT_MAX if timeout is None else timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send it a signal, if it lives."""
        if self.poll() is None:
            try:
                os.kill(self.pid, sig)
            except ProcessLookupError:  # it ended just now
                return

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
