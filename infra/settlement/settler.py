"""The role `slipstream settle`: a projector and its workers, each kept going for as long as the role runs."""

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Protocol

import psycopg
import structlog

from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from infra.log.tail import Tail
from infra.settlement.open_legs_projector import FactNotUnderstood, OpenLegs, Overtaken
from infra.settlement.tables import create_tables
from infra.settlement.worker import CLOCK_SKEW_S_MAX, LEGS_PER_CHUNK, ClocksDisagree, NotNow, Worker

WORKERS = 4
"""One claims while the bets of the second are loaded, of the third decided, of the fourth committed."""

PAUSE_S_FIRST = 0.1
PAUSE_S_MAX = 5.0

logger = structlog.get_logger()


class Part(Protocol):
    """What is kept going."""

    def step(self) -> None:
        """Do a little work, or wait for some, at most about half a second."""
        ...

    def close(self) -> None:
        """Give up what it holds."""
        ...


def run_settler(
    dsn: str,
    dispatcher: Dispatcher,
    stop: threading.Event,
    *,
    workers: int = WORKERS,
    legs_per_chunk: int = LEGS_PER_CHUNK,
    clock_skew_s_max: float = CLOCK_SKEW_S_MAX,
) -> None:
    """Settle whatever comes out, until `stop` is set; then finish the chunks under way and return.

    The dispatcher is started and stopped by the caller. Nothing that happens to the database ends this: it pauses, longer each time up
    to five seconds, and goes on from what is committed. Any number of processes may run it on one database.
    """

    def open_legs() -> Part:
        create_tables(dsn)
        return OpenLegs(dsn, Tail(dsn))

    def worker() -> Part:
        create_tables(dsn)
        return Worker(dsn, dispatcher, legs_per_chunk=legs_per_chunk, clock_skew_s_max=clock_skew_s_max)

    parts = [("open legs", open_legs), *[(f"worker {number}", worker) for number in range(1, workers + 1)]]
    threads = [threading.Thread(target=keep_going, args=(name, part, stop), name=f"settle: {name}", daemon=True) for name, part in parts]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def keep_going(name: str, open_part: Callable[[], Part], stop: threading.Event) -> None:
    """Open a part and let it step until told to stop; whatever befalls it, close it, pause, and open it anew.

    The first time that something unexpected befalls it the log tells with a traceback, then in one line until something else does.
    """
    pause_s, told = PAUSE_S_FIRST, ""
    while not stop.is_set():
        try:
            with closing(open_part()) as part:
                while not stop.is_set():
                    part.step()
                    pause_s = PAUSE_S_FIRST
        except EXPECTED as error:
            logger.warning("settlement pauses", part=name, pause_s=pause_s, reason=_reason(error))
        except Exception as error:
            is_new, told = _reason(error) != told, _reason(error)
            logger.exception("settlement failed and begins again", part=name, pause_s=pause_s, reason=told, exc_info=is_new)
        stop.wait(pause_s)
        pause_s = min(PAUSE_S_MAX, pause_s * 2)


EXPECTED = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    StoreUnavailable,
    TimeoutError,
    NotNow,
    ClocksDisagree,
    Overtaken,
    FactNotUnderstood,
)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip()[:200]
