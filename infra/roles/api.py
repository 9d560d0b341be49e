"""The role `slipstream api`: one process, one event loop, one dispatcher."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.passwords import Passwords
from api.auth.second_factors import SecondFactors
from api.auth.tokens import Tokens
from api.http.app import build_app
from api.http.dependencies import Auditing, HttpDependencies, Payments, RouteDependencies
from api.positions import Positions
from api.read_loop import ReadLoop
from api.readiness import Ready
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import EventStore
from commands.process_manager import ProcessManager
from commands.registry import USE_CASES
from domain.wallet.commands import DepositBounds
from infra.clock import Clock
from infra.embedded.errors import PortBusy
from infra.httpserver.limits import Limits
from infra.httpserver.server import BACKLOG_CONNECTIONS, run_server
from infra.interpreter import tune_interpreter
from infra.limits.rate_limits import shared_rate_limits
from infra.log.account_changes import AccountChanges
from infra.metrics.dispatching import DispatcherCollector
from infra.processes.inherited_sockets import HTTP, inherited, listening_at
from infra.readiness import Bounds, Readiness
from infra.second_factors.table import SecondFactorTable
from infra.settings import Settings
from projections.ports import ReadModels, View

WEB = Path(__file__).parents[2] / "web"


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
    views: ReadModels,
    ready: Ready,
    auditing: Auditing,
    log_id: str,
    dsn: str,
) -> None:
    """Serve HTTP until told to stop. `views` are asked on an event loop of their own, `reads` on the one that serves.

    Raises:
        PortBusy: when another program has the port.

    """
    clock, passwords = Clock(), Passwords()
    queue, tokens = AsyncCommandQueue(dispatcher), Tokens(settings.token_key(), settings.token_ttl_s, clock, log_id)
    sessions = CurrentSessions(queue, clock, staff_need_second_factor=settings.staff_second_factor == "required")
    factors = SecondFactorTable(dsn, settings.second_factor_secret())
    changes = AccountChanges(dsn, sessions.note, clock.monotonic_s).start()
    rates = shared_rate_limits(settings.data_dir / "run")
    deps = RouteDependencies(
        queue,
        Positions(log_id),
        tokens,
        sessions,
        Admission(tokens, sessions, rates.accounts, rates.addresses, clock),
        passwords,
        SecondFactors(factors),
        clock,
        rates.sign_ins,
        rates.sign_ups,
        rates.addresses,
        settings.currency,
        settings.grace_ms,
        payments_of(settings),
        settings.in_play_grace_ms,
    )
    reader = ReadLoop(uvloop.new_event_loop).start()
    api = build_app(HttpDependencies(deps, reads, views, reader, ready, auditing), WEB, metrics_token=token_of(settings))
    limits = Limits(connections_max=settings.connections_max, connections_per_address_max=settings.connections_per_address_max)
    tune_interpreter()
    with listening(settings) as listener:
        run_server(api, settings, limits, clock, listener, [DispatcherCollector(dispatcher)])
    changes.stop()
    factors.close()
    reader.stop()
    passwords.close()


def token_of(settings: Settings) -> bytes | None:
    """Return the token that `/metrics` on the port of the API asks for; None where it is not served there."""
    return settings.metrics_token.get_secret_value().encode() if settings.metrics_token is not None else None


def payments_of(settings: Settings) -> Payments:
    """Return how money comes in."""
    key = settings.payment_webhook_key
    return Payments(
        settings.deposits or "off",
        DepositBounds(settings.deposit_minor_max, settings.deposits_per_day_minor_max),
        key.get_secret_value().encode() if key is not None else b"",
    )


@contextmanager
def watching(
    dsn: str,
    redis_url: str | None,
    views: Sequence[View],
    managers: Sequence[ProcessManager],
    dispatcher: Dispatcher | None,
    settings: Settings,
) -> Iterator[Readiness]:
    """Look once a second at whether things move."""
    bounds = Bounds(
        view_lag_s=settings.view_lag_s_max,
        manager_lag_s=settings.manager_lag_s_max,
        case_age_s=settings.case_age_s_max,
        undecided_s=settings.undecided_s_max,
        clock_skew_s=settings.clock_skew_s_max,
        feed_silence_s=settings.feed_silence_s_max,
    )
    ready = Readiness(dsn, redis_url, views, managers, dispatcher, bounds).start()
    try:
        yield ready
    finally:
        ready.stop()


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen on the address of the settings, or on the socket that `slipstream up` holds.

    Raises:
        PortBusy: when another program has the port.

    """
    listener = inherited(HTTP)
    if listener is None:
        try:
            listener = listening_at(settings.http_host, settings.http_port, BACKLOG_CONNECTIONS)
        except OSError as error:
            raise PortBusy("The HTTP API", settings.http_port, "SLIPSTREAM_HTTP_PORT") from error
    with listener:
        yield listener
