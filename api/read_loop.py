"""Reads run on another event loop in another thread: however long one takes, the loop that takes bets is not delayed."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import structlog

from api.async_command_queue import settle
from api.queue_delay import QueueDelay
from api.refusals import ReadsWaiting

Read = Callable[[], Awaitable[Any]]
Told = Callable[[Any], None]
Found = TypeVar("Found")

READS_WAITING_MAX = 1_000
"""The largest number of reads under way; further ones are refused with Retry-After, which is faster than waiting."""
LATE_S, FEW_READS = 0.08, 16
"""When the quickest read takes longer than this, and so many are under way, further ones are refused: then those are answered in time."""

logger = structlog.get_logger()


class ReadLoop:
    """Runs reads on its loop for callers on another one. Waking a loop costs a system call, so many reads or answers wake it once."""

    def __init__(self, loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop) -> None:
        self._loop = loop_factory()
        self._thread = threading.Thread(target=self._loop.run_forever, name="reader", daemon=True)
        self._asked: deque[tuple[Read, Told, float]] = deque()
        self._answered: deque[tuple[Told, Any, float]] = deque()
        self._reading = self._telling = False
        self._delay = QueueDelay(LATE_S, FEW_READS)
        self._caller: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> "ReadLoop":
        """Start the thread; return the reader."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread; what is being read is given up."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._give_up())
        self._loop.close()

    def call(self, read: Read, told: Told, *, for_many: bool = False) -> None:
        """Have something read; `told` gets what was found, or what was raised, on the loop that this is called from.

        What is read `for_many` callers at once is not refused for being slow.

        Raises:
            ReadsWaiting: at once, when more is being read than can be in time.

        """
        delay = self._delay
        if delay.under_way >= READS_WAITING_MAX or (delay.is_too_slow and not for_many):
            raise ReadsWaiting(delay.under_way)
        began_s = delay.begin()
        if self._caller is None:
            self._caller = asyncio.get_running_loop()
        self._asked.append((read, told, began_s))
        if not self._reading:
            self._reading = True
            self._loop.call_soon_threadsafe(self._read_all)

    async def run(self, read: Callable[[], Awaitable[Found]]) -> Found:
        """Return what is read.

        Raises:
            Exception: what reading raises.

        """
        future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self.call(read, partial(settle, future))
        return await future

    # On the reader's loop.

    async def _give_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _read_all(self) -> None:
        self._reading = False
        while self._asked:
            task = self._loop.create_task(self._read(*self._asked.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read(self, read: Read, told: Told, began_s: float) -> None:
        try:
            found = await read()
        except Exception as error:  # noqa: BLE001  (whatever it was, it is told to who asked)
            found = error
        self._answered.append((told, found, began_s))
        if not self._telling and self._caller is not None and not self._caller.is_closed():
            self._telling = True
            self._caller.call_soon_threadsafe(self._tell_all)

    # On the caller's loop.

    def _tell_all(self) -> None:
        self._telling = False
        while self._answered:
            told, found, began_s = self._answered.popleft()
            self._delay.end(began_s)
            try:
                told(found)
            except Exception:
                logger.exception("an answer could not be handed out")
