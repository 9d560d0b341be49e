"""One role of `slipstream up` as a process: started, started again when it dies, replaced by a new process when asked."""

import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog

from infra.clock import Clock
from infra.operator_errors import Failure
from infra.processes.fork_server import ChildProcess
from infra.processes.forks import Forks
from infra.processes.inherited_sockets import READY, ReadyPipe, variable_of
from infra.processes.process_control import spawn

RESTARTS_MAX = 10
BACK_OFF_FIRST_S = 0.1
BACK_OFF_MAX_S = 5.0
BACK_OFF_FAILING_S = 60.0
STEADY_AFTER_S = 60.0
TAKE_OVER_TIMEOUT_S = 120.0
"""How long a new process may take to say that it is ready."""
RETIRE_TIMEOUT_S = 30.0
"""How long an old process may take to answer what is under way."""

logger = structlog.get_logger(__name__)


@dataclass(eq=False)
class ChildKeepsDying(Failure):
    """The role {name} died {deaths} times in a row, the last time with exit code {exit_code}: its log lines above say why."""

    name: str
    deaths: int
    exit_code: int


@dataclass(frozen=True)
class ChildSpec:
    """One role: its name, its command line, what its environment has beyond ours, and the listening sockets that it inherits.

    One with `words` is forked with these where there is something to fork it from, and else started by its command line.

    A role that `says_ready` is replaced while the old process works on, and the old one gets `retire_signal` when the new one is ready. Any
    other is stopped first.

    It runs while it is `wanted`. Of several processes of one `group`, those that are ready get `share_signal` when another one has become
    ready: they hand on some of what they have.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    sockets: Mapping[str, socket.socket] = field(default_factory=dict)
    says_ready: bool = False
    retire_signal: signal.Signals = signal.SIGTERM
    words: Sequence[str] = ()
    group: str = ""
    share_signal: signal.Signals | None = None
    wanted: Callable[[], bool] = lambda: True


class RoleState(NamedTuple):
    """One role: whether its process runs, how often one died, how often one was replaced by another."""

    is_running: bool
    deaths: int
    replacements: int


class RoleProcess:
    """One process and the history of its restarts."""

    def __init__(self, spec: ChildSpec, pid_file: Path, clock: Clock, forks: Forks | None = None) -> None:
        self.name = spec.name
        self._spec = spec
        self._pid_file = pid_file
        self._clock = clock
        self._forks = forks
        self._process: ChildProcess | None = None
        self._old: ChildProcess | None = None
        self._new: ChildProcess | None = None
        self._new_ready = self._first_word = ReadyPipe()
        self._is_ready = False
        self._since_s = 0.0
        self._deaths = self._died_in_all = self._replacements = 0
        self._started_at_s = 0.0
        self._restart_at_s: float | None = None
        self.failing: ChildKeepsDying | None = None

    @property
    def state(self) -> RoleState:
        """How it stands."""
        process = self._process
        return RoleState(process is not None and process.returncode is None, self._died_in_all, self._replacements)

    def start(self) -> None:
        """Start the process and note its pid. Raises OSError where the program cannot be run."""
        self._restart_at_s = None
        self._started_at_s = self._clock.monotonic_s()
        self._is_ready = False
        self._first_word.close()
        self._process, self._first_word = self._spawned()
        self._note_pid()

    def _spawned(self) -> tuple[ChildProcess, ReadyPipe]:
        """Start a process; return it, and the pipe on which it says that it is ready."""
        reading, writing = os.pipe()
        descriptors = {name: each.fileno() for name, each in self._spec.sockets.items()}
        if self._spec.says_ready:
            descriptors[READY] = writing
        try:
            process = self._started({**os.environ, **self._spec.env}, descriptors)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return process, ReadyPipe(reading)

    def _started(self, env: Mapping[str, str], descriptors: Mapping[str, int]) -> ChildProcess:
        if self._forks is not None and self._spec.words and (forked := self._forks.fork(self._spec.words, env, descriptors)):
            return forked
        return spawn(self._spec.argv, env={**env, **variable_of(descriptors)}, descriptors=tuple(descriptors.values()))

    def _note_pid(self) -> None:
        assert self._process is not None, "it was started"
        self._pid_file.write_text(f"{self._process.pid}\n")
        logger.info("role started", name=self._spec.name, pid=self._process.pid)

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def group(self) -> str:
        """What processes of one kind share; one by itself is a group of its own."""
        return self._spec.group or self.name

    @property
    def wanted(self) -> bool:
        """Whether it should run."""
        return self._spec.wanted()

    def tend(self, restarts_max: int) -> None:
        """Notice a death and decide when to start again, or start again when that time has come; start it if it was not wanted before."""
        if self.running():
            return
        if self._process is None:
            if self._has_ended():
                self.start()
            return
        if self._restart_at_s is None:
            self._note_death(restarts_max)
        elif self._clock.monotonic_s() >= self._restart_at_s:
            self.start()

    def _note_death(self, restarts_max: int) -> None:
        exit_code = (self._process.returncode if self._process else 0) or 0
        now_s = self._clock.monotonic_s()
        self._died_in_all += 1
        self._deaths = 1 if now_s - self._started_at_s >= STEADY_AFTER_S else self._deaths + 1
        pause_s = min(BACK_OFF_MAX_S, BACK_OFF_FIRST_S * 2 ** (self._deaths - 1))
        self.failing = None
        died = {"name": self._spec.name, "exit_code": exit_code, "deaths": self._deaths}
        if self._deaths > restarts_max:
            self.failing = ChildKeepsDying(self._spec.name, self._deaths, exit_code)
            pause_s = BACK_OFF_FAILING_S
            logger.error("a role keeps crashing; the other roles continue", **died, restart_in_s=pause_s)
        else:
            logger.warning("role crashed", **died, restart_in_s=pause_s)
        self._restart_at_s = now_s + pause_s

    def due_in_s(self) -> float:
        """Return how long this child needs no attention, unless a signal comes: at most a second."""
        if self._restart_at_s is None:
            return 1.0
        return min(1.0, max(0.0, self._restart_at_s - self._clock.monotonic_s()))

    # More or fewer of a kind.

    def rest(self) -> None:
        """Ask the process to answer what is under way and stop, since it is not wanted now; once it has, forget it."""
        if self._process is not None:
            logger.info("a role ends: fewer processes are wanted", name=self.name, pid=self._process.pid)
            self._retire()
        if self._has_ended():
            self._restart_at_s, self.failing, self._deaths, self._is_ready = None, None, 0, False
            self._pid_file.unlink(missing_ok=True)

    def became_ready(self) -> bool:
        """Return whether the process has said since the last look that it is ready."""
        told = self._first_word.said()
        if told is None:
            return False
        self._is_ready = told
        self._first_word.close()
        return told

    def share(self) -> None:
        """Have the process hand on some of what it has, if it knows how to and is ready."""
        if self._process is not None and self._spec.share_signal is not None and self._is_ready and self.running():
            self._process.send_signal(self._spec.share_signal)

    # Replacing.

    def begin_replacing(self) -> None:
        """Begin to put a new process in the place of this one; `replaced` says when that is done."""
        self._since_s = self._clock.monotonic_s()
        if self._spec.says_ready and self.running():
            self._new, self._new_ready = self._spawned()
        else:
            self._retire()

    def replaced(self) -> bool | None:
        """Go on replacing. Return True once it is done, False where the new process was no good and the old one stays, None before."""
        if self._new is not None:
            told = self._new_says()
            if told is None:
                return None
            self._new_ready.close()
            new, self._new = self._new, None
            if not told:
                _end(new)
                logger.error("a role was not replaced: the new process did not get ready, the old one goes on", name=self.name)
                return False
            self._retire()
            self._process, self._is_ready = new, True
            self._first_word.close()
            self._started_at_s = self._clock.monotonic_s()
            self._note_pid()
        if not self._has_ended():
            return None
        if self._process is None:
            self.start()
        self._restart_at_s, self.failing, self._deaths = None, None, 0
        self._replacements += 1
        return True

    def _new_says(self) -> bool | None:
        """Return whether the new process is ready; None where it has not said so yet."""
        is_late = self._clock.monotonic_s() - self._since_s > TAKE_OVER_TIMEOUT_S
        return False if (told := self._new_ready.said()) is None and is_late else told

    def _retire(self) -> None:
        """Ask the process to answer what is under way and stop."""
        self._since_s = self._clock.monotonic_s()
        if self._process is not None:
            self._old, self._process = self._process, None
        if self._old is not None and self._old.poll() is None:
            self._old.send_signal(self._spec.retire_signal)

    def _has_ended(self) -> bool:
        """Return whether the process that was asked to leave is gone; one that takes too long is killed."""
        if self._old is not None and self._old.poll() is None:
            if self._clock.monotonic_s() - self._since_s < RETIRE_TIMEOUT_S:
                return False
            logger.warning("a process that was to leave did not stop in time and was killed", name=self.name, pid=self._old.pid)
            _end(self._old)
        self._old = None
        return True

    # Stopping.

    def lives(self) -> bool:
        """Whether any process of it lives, also one that is to leave or not ready."""
        return any(process is not None and process.poll() is None for process in (self._process, self._old, self._new))

    def ask_to_stop(self) -> None:
        """Send SIGTERM to whatever lives of it."""
        for process in (self._process, self._old, self._new):
            if process is not None and process.poll() is None:
                process.terminate()

    def kill(self) -> None:
        """End it now if it still lives, with every process of its session, and forget its pid."""
        self._new_ready.close()
        self._first_word.close()
        for process in (self._process, self._old, self._new):
            if process is not None and process.poll() is None:
                logger.warning("role did not stop in time and was killed", name=self._spec.name, pid=process.pid)
                _end(process)
        self._pid_file.unlink(missing_ok=True)


def _end(process: ChildProcess) -> None:
    """Kill a process with every process of its session, and collect it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
