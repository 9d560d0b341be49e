"""Starting, finding, awaiting and ending processes of our own."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True)
class SystemAccount:
    """A user of the operating system to run a process as."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: SystemAccount | None = None,
    end_signal: signal.Signals = signal.SIGTERM,
    descriptors: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that goes when we go: on Linux it gets `end_signal` when this process dies, however it dies.

    The kernel ties a child to the thread that made it, so a process started by any other thread than the main one is not tied.
    It inherits `descriptors`.
    `output` takes stdout and stderr (default: ours); `account` needs root. Raises OSError where the program cannot be run.
    """
    tied = threading.current_thread() is threading.main_thread()
    return subprocess.Popen(  # noqa: S603  (the commands are the product's own)
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        cwd=cwd,
        env=env,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,
        pass_fds=descriptors,
        preexec_fn=tie_to_parent(os.getpid(), end_signal) if tied else None,  # noqa: PLW1509  (forked from the main thread; one call to libc)
    )


def tie_to_parent(parent_pid: int, end_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what a child calls to get a signal when its parent dies; None where the system knows no such thing."""
    if _prctl is None:
        return None

    def tie() -> None:
        _prctl(_PR_SET_PDEATHSIG, int(end_signal), 0, 0, 0)
        if os.getppid() != parent_pid:  # it died before we were tied to it
            os._exit(1)

    return tie


def processes_in(folder: Path, name: str) -> list[psutil.Process]:
    """Return the live processes of that program name whose working directory is `folder`: servers and their orphaned children."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if (process.info["name"] or "").startswith(name) and Path(process.cwd()) == folder and lives(process):
                found.append(process)
        except (psutil.Error, OSError):  # it is gone, or another user's and none of ours
            continue
    return found


def wait_until(condition: Callable[[], bool], timeout_s: float, every_s: float = 0.02) -> bool:
    """Poll until the condition holds; return whether it did within the time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(every_s)
    return True


def end_process(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn, waiting up to its seconds, until the process is gone; return whether it is.

    A process that ended and waits for a parent to collect it is gone: in a container nobody may ever do so.
    """
    for number, wait_s_max in steps:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return True
        if wait_until(lambda: not lives(process), wait_s_max):
            return True
    return False


def lives(process: psutil.Process) -> bool:
    """Whether the process runs still; one that ended but was not collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
