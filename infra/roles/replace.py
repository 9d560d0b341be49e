"""`slipstream up --reload`: has the one `slipstream up` of a data folder replace its processes, and waits until it has."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.operator_errors import Failure
from infra.processes.file_lock import FileLock
from infra.processes.supervisor import REPLACE_SIGNAL, REPLACED

LOOK_EVERY_S = 0.05
TIMEOUT_S = 600.0


@dataclass(eq=False)
class NotRunning(Failure):
    """No `slipstream up` runs on the folder {folder}: start one, or name its folder by SLIPSTREAM_DATA_DIR."""

    folder: str


@dataclass(eq=False)
class NotReplaced(Failure):
    """The role {role} was not replaced: its new process did not get ready, and the old one goes on. The log of `up` says why."""

    role: str


def running_up(run_dir: Path) -> tuple[int, str] | None:
    """Return the process and the address of the one `slipstream up` on this folder, None where none runs."""
    if not run_dir.is_dir():
        return None
    lock = FileLock(run_dir / "up.lock")
    if lock.acquire():
        lock.release()
        return None
    pid, _, address = lock.read().partition(" ")
    return (int(pid), address) if pid.isdecimal() else None


def replace_roles(run_dir: Path, tell: Callable[[str], None]) -> None:
    """Have every role replaced, in their order; `tell` gets the name of each role whose new process works.

    Raises:
        NotRunning: when there is none to ask. NotReplaced: when a new process did not get ready.

    """
    running = running_up(run_dir)
    if running is None:
        raise NotRunning(str(run_dir.parent))
    (run_dir / REPLACED).unlink(missing_ok=True)
    before = _pids(run_dir)
    os.kill(running[0], REPLACE_SIGNAL)
    deadline_s = time.monotonic() + TIMEOUT_S
    told: set[str] = set()
    while True:
        outcome = _read(run_dir / REPLACED)
        for name, pid in _pids(run_dir).items():
            if name not in told and before.get(name) not in (None, pid):
                told.add(name)
                tell(name)
        if outcome == "done":
            return
        if outcome:
            raise NotReplaced(outcome)
        if running_up(run_dir) is None or time.monotonic() > deadline_s:
            raise NotRunning(str(run_dir.parent))
        time.sleep(LOOK_EVERY_S)


def _pids(run_dir: Path) -> dict[str, str]:
    return {file.stem: text for file in sorted(run_dir.glob("*.pid")) if (text := _read(file))}


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""
