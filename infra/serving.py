"""The role `slipstream api`: one process, one event loop, one dispatcher."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.http.admission import Buckets, SignIns
from api.http.app import build_app
from api.http.door import AsyncDoor
from api.http.passwords import Passwords
from api.http.ports import THE_LOG, THE_VIEWS, Auditing, Desk, Payments, Ports, Ready
from api.http.tokens import Tokens
from commands.dispatch import Dispatcher
from commands.ports import EventStore, StoreUnavailable
from commands.use_cases import USE_CASES
from domain.wallet.commands import DepositBounds
from infra.clock import Clock
from infra.embedded.errors import PortBusy
from infra.settings import Settings
from infra.tuning import tune_interpreter
from projections import board
from projections.ports import ReadModels, ReadModelsAway

REQUESTS_PER_S = 5_000.0
"""What one account may ask a second; four times that at once."""
GUESSES_PER_S, GUESSES_BURST = 0.1, 10.0
"""Wrong passwords for one handle from one address."""
MISSES_PER_S, MISSES_BURST = 5.0, 300.0
"""Wrong passwords for any handle from one address, behind which a whole company may sit."""
SIGN_UPS_PER_S, SIGN_UPS_BURST = 2.0, 200.0
"""New accounts from one address."""
BACKLOG_CONNECTIONS = 4_096
STOP_PATIENCE_S = 10
PROBE_S_MAX = 1.0
"""How long the log may take to answer before it counts as away: whoever asks gives up soon after."""
WEB = Path(__file__).parent.parent / "web"


@contextmanager
def dispatching(store: EventStore, settings: Settings) -> Iterator[Dispatcher]:
    """Run a dispatcher over a store; it answers what is waiting before it stops."""
    tune_interpreter()
    dispatcher = Dispatcher(
        store,
        USE_CASES,
        commands_per_batch_max=settings.commands_per_batch_max,
        queue_commands_max=settings.queue_commands_max,
        batch_wait_ms=settings.batch_wait_ms,
    ).start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()


def serve(
    settings: Settings,
    dispatcher: Dispatcher,
    reads: ReadModels,
    ready: Ready,
    auditing: Auditing,
    log_id: str,
) -> None:
    """Serve HTTP until told to stop.

    Raises:
        PortBusy: when another program has the port.

    """
    clock, passwords = Clock(), Passwords()
    desk = Desk(
        AsyncDoor(dispatcher),
        Tokens(settings.token_key(), settings.token_ttl_s, clock, log_id),
        passwords,
        clock,
        Buckets(REQUESTS_PER_S, 4 * REQUESTS_PER_S),
        SignIns(Buckets(GUESSES_PER_S, GUESSES_BURST), Buckets(MISSES_PER_S, MISSES_BURST)),
        Buckets(SIGN_UPS_PER_S, SIGN_UPS_BURST),
        settings.currency,
        settings.grace_ms,
        payments_of(settings),
    )
    app = build_app(Ports(desk, reads, ready, auditing), WEB)
    tune_interpreter()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_PATIENCE_S,
    )
    with listening(settings) as listener:
        uvicorn.Server(config).run([listener])
    passwords.close()


def payments_of(settings: Settings) -> Payments:
    """Return how money comes in."""
    key = settings.payment_webhook_key
    return Payments(
        settings.deposits or "off",
        DepositBounds(settings.deposit_minor_max, settings.deposits_per_day_minor_max),
        key.get_secret_value().encode() if key is not None else b"",
    )


class Readiness:
    """Says whether the log and the views can be reached."""

    def __init__(self, store: EventStore, reads: ReadModels) -> None:
        self._store = store
        self._reads = reads

    async def missing(self) -> list[str]:
        """Return what cannot be reached."""
        missing = []
        try:
            async with asyncio.timeout(PROBE_S_MAX):
                await asyncio.to_thread(self._store.load, {})
        except (StoreUnavailable, TimeoutError):
            missing.append(THE_LOG)
        try:
            await self._reads.position(board.VIEW)
        except ReadModelsAway:
            missing.append(THE_VIEWS)
        return missing


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen on the address of the settings.

    Raises:
        PortBusy: when another program has the port.

    """
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.http_host, settings.http_port))
        except OSError as error:
            raise PortBusy("The HTTP API", settings.http_port, "SLIPSTREAM_HTTP_PORT") from error
        listener.listen(BACKLOG_CONNECTIONS)
        yield listener
