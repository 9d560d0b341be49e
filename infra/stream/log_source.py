"""Reads the log for a gateway from a thread, and hands stretches to its event loop, in order."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import structlog

from commands.log_reader import LogFilter, LogReader
from commands.ports import StoreUnavailable
from domain.fact import Fact, Recorded

FACTS_PER_READ = 2_000
WAIT_MS = 250
RETRY_S = 0.5

Take = Callable[[Sequence[Recorded], int], None]
logger = structlog.get_logger()


class LogSource:
    """Follows the log from a position on. `take` is called on the loop with facts, and with where the stretch ends."""

    def __init__(self, reader: LogReader, kinds: frozenset[type[Fact]], after: int, take: Take, loop: asyncio.AbstractEventLoop) -> None:
        self._reader = reader
        self._wanted = LogFilter.of_kinds(kinds)
        self._position = after
        self._take = take
        self._loop = loop
        self._stopping = threading.Event()
        self._handled = threading.Semaphore(4)
        self._thread = threading.Thread(target=self._run, name="log of the gateway", daemon=True)

    def start(self) -> "LogSource":
        """Start the thread; return itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._handled.release()
        self._thread.join(WAIT_MS / 1000 + 5)

    def _run(self) -> None:
        is_away = False
        while not self._stopping.is_set():
            try:
                stretch = self._reader.read_filtered(self._wanted, self._position, FACTS_PER_READ)
                is_away = False
            except StoreUnavailable as error:
                if not is_away:
                    logger.warning("the gateway waits for the log", error=str(error)[:200])
                is_away = True
                self._stopping.wait(RETRY_S)
                continue
            except Exception:
                logger.exception("the gateway could not read the log and tries again", after=self._position)
                self._stopping.wait(RETRY_S)
                continue
            if stretch.upto == self._position:
                self._reader.wait(WAIT_MS)
                continue
            self._position = stretch.upto
            self._handled.acquire()
            if not self._stopping.is_set():
                self._loop.call_soon_threadsafe(self._hand_over, stretch.facts, stretch.upto)

    def _hand_over(self, facts: Sequence[Recorded], upto: int) -> None:
        try:
            self._take(facts, upto)
        except Exception:
            logger.exception("a stretch of the log could not be told of", upto=upto)
        finally:
            self._handled.release()
