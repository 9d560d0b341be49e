"""What several roles have in common: the dispatcher, the look at whether things move, the signals that stop, the address."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from commands.dispatch.dispatcher import Dispatcher
from commands.ports import EventStore
from commands.process_manager import ProcessManager
from commands.registry import USE_CASES
from infra.embedded.server import HOST
from infra.interpreter import tune_interpreter
from infra.readiness import Bounds, Readiness
from infra.settings import Settings
from projections.ports import View

GATHER_MS = 2
"""How long a batch waits for more commands: every commit of a feed or of settlement takes the head of the log from those who bet."""


@contextmanager
def dispatching(store: EventStore, settings: Settings, *, batch_wait_ms: int = GATHER_MS) -> Iterator[Dispatcher]:
    """Run a dispatcher over a store; it answers what is waiting before it stops. `batch_wait_ms` is what counts unless it is set."""
    tune_interpreter(huge_pages=settings.huge_pages)
    dispatcher = Dispatcher(
        store,
        USE_CASES,
        commands_per_batch_max=settings.commands_per_batch_max,
        queue_commands_max=settings.queue_commands_max,
        batch_wait_ms=batch_wait_ms if settings.batch_wait_ms is None else settings.batch_wait_ms,
    ).start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()


@contextmanager
def watching(
    dsn: str,
    redis_url: str | None,
    views: Sequence[View],
    managers: Sequence[ProcessManager],
    dispatcher: Dispatcher | None,
    settings: Settings,
    *,
    relays: bool = False,
) -> Iterator[Readiness]:
    """Look once a second at whether things move; also at the topic, where this process or the views depend on it."""
    bounds = Bounds(
        view_lag_s=settings.view_lag_s_max,
        manager_lag_s=settings.manager_lag_s_max,
        relay_lag_s=settings.kafka_lag_s_max,
        case_age_s=settings.case_age_s_max,
        undecided_s=settings.undecided_s_max,
        clock_skew_s=settings.clock_skew_s_max,
        feed_silence_s=settings.feed_silence_s_max,
    )
    topic = settings.kafka_topic if relays or settings.backbone == "kafka" else None
    ready = Readiness(dsn, redis_url, views, managers, dispatcher, bounds, relay_topic=topic).start()
    try:
        yield ready
    finally:
        ready.stop()


class Stop(threading.Event):
    """Is set by a signal that ends the process; `is_replaced` where another process takes over from it."""

    is_replaced = False


@contextmanager
def stopping() -> Iterator[Stop]:
    """Give an event that SIGINT and SIGTERM set, and SIGUSR1 for a process that another one takes over from."""
    stop = Stop()

    def note(number: int, _frame: FrameType | None) -> None:
        stop.is_replaced = stop.is_replaced or number == signal.SIGUSR1
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def address_of(settings: Settings) -> str:
    """Return the address to open; who listens everywhere is found here."""
    host = HOST if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104  (read, not bound)
    return f"http://[{host}]:{settings.http_port}" if ":" in host else f"http://{host}:{settings.http_port}"
