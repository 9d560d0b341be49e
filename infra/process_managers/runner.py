"""Runs the process managers: one loop that reads the log for all of them, and workers for each."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Protocol

import psycopg
import structlog

from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from commands.process_manager import ProcessManager
from infra.log.tail import Tail
from infra.process_managers.case_projector import PAUSE_S_MAX, CaseProjector, PositionMoved
from infra.process_managers.cohorts import PAUSE_S_FIRST
from infra.process_managers.group_member import GroupMember, TopicReaders
from infra.process_managers.tables import create_tables
from infra.process_managers.worker import CASES_PER_CHUNK, CLOCK_SKEW_S_MAX, CaseWorker, ClocksDisagree, Done, NotNow

WORKERS = 4
"""Workers of the first manager, which has the most to do: one claims while the cases of the second are loaded, of the third decided, of the
fourth committed. Every other manager has one."""

logger = structlog.get_logger()


class Loop(Protocol):
    """What is kept going."""

    def step(self) -> None:
        """Do a little work, or wait for some, at most about half a second."""
        ...

    def close(self) -> None:
        """Give up what it holds."""
        ...


def run_process_managers(
    dsn: str,
    dispatcher: Dispatcher,
    managers: Sequence[ProcessManager],
    stop: threading.Event,
    *,
    workers: int = WORKERS,
    cases_per_chunk: int = CASES_PER_CHUNK,
    clock_skew_s_max: float = CLOCK_SKEW_S_MAX,
    feed: TopicReaders | None = None,
    done: Done | None = None,
) -> None:
    """Answer what is in the log, until `stop` is set; then finish the chunks under way and return.

    The dispatcher is started and stopped by the caller. Nothing that happens to the database ends this: it pauses, longer each time up
    to five seconds, and goes on from what is committed. Any number of processes may run it on one database.
    They share the partitions of the managers: among themselves, each reading the log; or, with a `feed`, as a consumer group assigns them.
    `done` is told how cases stand that were worked off.
    """

    def cases() -> Loop:
        create_tables(dsn, managers)
        return CaseProjector(dsn, Tail(dsn), managers) if feed is None else GroupMember(dsn, feed, managers)

    def worker_of(manager: ProcessManager) -> Callable[[], Loop]:
        def worker() -> Loop:
            create_tables(dsn, managers)
            return CaseWorker(dsn, dispatcher, manager, cases_per_chunk=cases_per_chunk, clock_skew_s_max=clock_skew_s_max, done=done)

        return worker

    loops: list[tuple[str, Callable[[], Loop]]] = [("cases", cases)]
    for nth, manager in enumerate(managers):
        loops += [(f"{manager.name} {number}", worker_of(manager)) for number in range(1, (workers if not nth else 1) + 1)]
    threads = [
        threading.Thread(target=run_with_backoff, args=(name, loop, stop), name=f"settle: {name}", daemon=True) for name, loop in loops
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def run_with_backoff(name: str, open_loop: Callable[[], Loop], stop: threading.Event) -> None:
    """Open a loop and let it step until told to stop; after any error, close it, pause, and open it again.

    The first unexpected error is logged with a traceback, repeats of it in one line.
    """
    pause_s, told = PAUSE_S_FIRST, ""
    while not stop.is_set():
        try:
            with closing(open_loop()) as loop:
                while not stop.is_set():
                    loop.step()
                    pause_s = PAUSE_S_FIRST
        except EXPECTED as error:
            logger.warning("process managers are paused", part=name, pause_s=pause_s, reason=_reason(error))
        except Exception as error:
            is_new, told = _reason(error) != told, _reason(error)
            logger.exception("process managers failed and start again", part=name, pause_s=pause_s, reason=told, exc_info=is_new)
        stop.wait(pause_s)
        pause_s = min(PAUSE_S_MAX, pause_s * 2)


EXPECTED = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    StoreUnavailable,
    TimeoutError,
    NotNow,
    ClocksDisagree,
    PositionMoved,
)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip()[:200]
