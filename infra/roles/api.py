"""The role `slipstream api`: one process, one event loop, one dispatcher."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import uvloop
from prometheus_client.registry import Collector

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.mail_links import MailLinks
from api.auth.passwords import Passwords
from api.auth.places import SignInPlaces
from api.auth.second_factors import SecondFactors
from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import Tokens
from api.circuit_breakers import CircuitBreakers
from api.http.app import build_app
from api.http.dependencies import (
    Auditing,
    Explaining,
    HttpDependencies,
    Mailing,
    MailReports,
    Payments,
    PhonePushes,
    PushSubscribing,
    RouteDependencies,
)
from api.http.gateway_address import GatewayAddress
from api.positions import Positions
from api.read_loop import ReadLoop
from api.sealed_text import SealedTexts
from commands.dispatch.dispatcher import Dispatcher
from domain.wallet.commands import DepositBounds
from infra.audit.log_auditing import LogAuditing
from infra.audit.log_previews import LogPreviews
from infra.breakers import watch
from infra.clock import Clock
from infra.delivery.account_mailer import AccountMailer
from infra.delivery.device_holders import DeviceHolders
from infra.delivery.email import EmailChannel
from infra.delivery.email_message import MailWords
from infra.delivery.ledger_answers import LedgerAnswers
from infra.delivery.public_hosts import PublicHosts
from infra.delivery.vapid import VapidKey
from infra.embedded.errors import PortBusy
from infra.embedded.mailbox import FileMailbox
from infra.httpserver.limits import Limits
from infra.httpserver.server import BACKLOG_CONNECTIONS, run_server
from infra.interpreter import tune_interpreter
from infra.limits.rate_limits import shared_rate_limits
from infra.log.account_changes import AccountChanges
from infra.log.tail import Tail
from infra.metrics.dispatching import DispatcherCollector
from infra.processes.inherited_sockets import HTTP, inherited, listening_at
from infra.readiness import Readiness
from infra.readmodels.past_views import PastViews
from infra.readmodels.pipelined_reads import pipelined_reads_of
from infra.readmodels.valkey_reads import reads_of
from infra.replica.replicated import Replicated, replicated
from infra.roles.shared import address_of, dispatching, watching
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.search.index_table import SearchTable
from infra.second_factors.table import SecondFactorTable
from infra.servers import Servers
from infra.settings import Settings
from infra.word_filter.offensive_words import NoWords, OffensiveWords
from projections.ports import ReadModels
from projections.registry import VIEWS

WEB = Path(__file__).parents[2] / "web"


def api(servers: Servers) -> None:
    """Serve HTTP until told to stop."""
    settings = servers.settings
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        servers.recorder(dsn) as store,
        dispatching(store, settings, batch_wait_ms=0) as dispatcher,
        watching(dsn, redis_url, VIEWS, servers.process_managers(), dispatcher, settings) as ready,
    ):
        env = {**os.environ, "SLIPSTREAM_DATABASE_URL": dsn, "SLIPSTREAM_REDIS_URL": redis_url}
        with closing(Tail(dsn)) as tail:
            log_id = tail.identity()
        with closing(SearchTable(dsn)) as table, replicated(settings.read_database_url, log_id, store, table) as found:
            serve(
                settings,
                dispatcher,
                reads=reads_of(redis_url),
                views=pipelined_reads_of(redis_url),
                ready=ready,
                auditing=LogAuditing(found.log, env, LogPreviews(store, dsn)),
                found=found,
                log_id=log_id,
                dsn=dsn,
                collectors=[DispatcherCollector(dispatcher, lambda: store.snapshots_dropped), *found.collectors],
            )


def sessions_of(settings: Settings, queue: AsyncCommandQueue, clock: Clock) -> CurrentSessions:
    """Return what knows which sessions go on."""
    return CurrentSessions(queue, clock, staff_need_second_factor=settings.staff_second_factor == "required")


def serve(
    settings: Settings,
    dispatcher: Dispatcher,
    *,
    reads: ReadModels,
    views: ReadModels,
    ready: Readiness,
    auditing: Auditing,
    found: Replicated,
    log_id: str,
    dsn: str,
    collectors: Sequence[Collector],
) -> None:
    """Serve HTTP until told to stop. `views` are asked on an event loop of their own, `reads` on the one that serves.

    Raises:
        PortBusy: when another program has the port.

    """
    clock, passwords, rates, queue = Clock(), Passwords(), shared_rate_limits(settings.data_dir / "run"), AsyncCommandQueue(dispatcher)
    tokens, sessions = Tokens(settings.token_key(), settings.token_ttl_s, clock, log_id), sessions_of(settings, queue, clock)
    factors, keys, deliveries, devices = tables_of(settings, dsn)
    changes, reader = AccountChanges(dsn, sessions.note, clock.monotonic_s).start(), ReadLoop(uvloop.new_event_loop).start()
    ready.follow_accounts(lambda: changes.age_s)
    breakers, mails = ready.follow_breakers(CircuitBreakers(settings.breaker_bounds())), account_mailer(settings, clock).start()
    deps = RouteDependencies(
        queue=queue,
        positions=Positions(log_id),
        tokens=tokens,
        sessions=sessions,
        admission=Admission(tokens, sessions, rates.accounts, rates.addresses, clock),
        passwords=passwords,
        second_factors=SecondFactors(factors),
        texts=SealedTexts(KeyedSealer(keys, clock.monotonic_s)),
        words=OffensiveWords(settings.word_filter_languages) if settings.word_filter else NoWords(),
        clock=clock,
        sign_ins=rates.sign_ins,
        sign_ups=rates.sign_ups,
        addresses=rates.addresses,
        social_writes=rates.social_writes,
        mailing=Mailing(mails, MailLinks(settings.token_key(), clock, log_id), rates.mails, mail_reports_of(settings, deliveries)),
        search=found.search,
        breakers=breakers,
        socket_tokens=SocketTokens(settings.token_key(), clock, log_id),
        gateway=GatewayAddress(settings.stream_port_of(settings.http_port), settings.stream_url),
        currency=settings.currency,
        reality_check_minutes=settings.reality_check_minutes,
        grace_ms=settings.grace_ms,
        payments=payments_of(settings),
        in_play_grace_ms=settings.in_play_grace_ms,
        hold_at_reports=settings.hold_at_reports,
        pushes=pushes_of(settings, devices),
        explaining=Explaining(deliveries, PastViews(found.log)),
        places=SignInPlaces(settings.token_key(), log_id),
    )
    http = HttpDependencies(deps, reads, views, reader, ready, auditing, mailbox_of(settings))
    app = build_app(http, WEB, metrics_token=token_of(settings))
    tune_interpreter(huge_pages=settings.huge_pages)
    with listening(settings) as listener, closing_all(factors, keys, passwords, deliveries, devices), stopping_last(mails, changes, reader):
        run_server(app, settings, limits_of(settings), clock, listener, [*collectors, mails], [lambda: watch(breakers, ready.load)])


def tables_of(settings: Settings, dsn: str) -> tuple[SecondFactorTable, KeyTable, LedgerAnswers, DeviceHolders]:
    """Return what the API asks of tables beside the log: second factors, keys of texts, the ledger of deliveries, and whose a phone is."""
    secret = settings.text_secret()
    return SecondFactorTable(dsn, settings.second_factor_secret()), KeyTable(dsn, secret), LedgerAnswers(dsn), DeviceHolders(dsn, secret)


@contextmanager
def closing_all(*opened: SecondFactorTable | KeyTable | Passwords | LedgerAnswers | DeviceHolders) -> Iterator[None]:
    """Close what serves the API, whatever ended that."""
    with ExitStack() as stack:
        for each in opened:
            stack.enter_context(closing(each))
        yield


@contextmanager
def stopping_last(*threads: AccountMailer | AccountChanges | ReadLoop) -> Iterator[None]:
    """Stop what serves the API beside its loop, whatever ended that."""
    try:
        yield
    finally:
        for thread in threads:
            thread.stop()


def account_mailer(settings: Settings, clock: Clock) -> AccountMailer:
    """Return what sends the mails that accounts ask for; without a mail server it sends nothing."""
    server, words = settings.mail_server(), MailWords(settings.mail_from, settings.public_url or address_of(settings))
    return AccountMailer(EmailChannel(server, words, lambda _account, _kind, _language: "", clock, connections_max=2) if server else None)


def mailbox_of(settings: Settings) -> FileMailbox | None:
    """Return what `/mail` shows; None where it is not served."""
    return FileMailbox(settings.data_dir / "mail") if settings.mail_page else None


def limits_of(settings: Settings) -> Limits:
    """Return the limits of the server's connections."""
    return Limits(connections_max=settings.connections_max, connections_per_address_max=settings.connections_per_address_max)


def token_of(settings: Settings) -> bytes | None:
    """Return the token that `/metrics` on the port of the API asks for; None where it is not served there."""
    return settings.metrics_token.get_secret_value().encode() if settings.metrics_token is not None else None


def mail_reports_of(settings: Settings, deliveries: LedgerAnswers) -> MailReports:
    """Return how reports of bounced mails and of complaints are taken."""
    key = settings.mail_webhook_key
    return MailReports(key.get_secret_value().encode() if key is not None else b"", deliveries.place)


def pushes_of(settings: Settings, devices: DeviceHolders) -> PushSubscribing:
    """Return what browsers subscribe to pushes with, where those may be sent, and how phones are registered."""
    check, phones = PublicHosts(settings.push_test_hosts).check, PhonePushes(settings.phone_providers(), devices)
    return PushSubscribing(VapidKey(settings.push_secret()).public, check, phones)


def payments_of(settings: Settings) -> Payments:
    """Return how money comes in."""
    key = settings.payment_webhook_key
    return Payments(
        settings.deposits or "off",
        DepositBounds(settings.deposit_minor_max, settings.deposits_per_day_minor_max),
        key.get_secret_value().encode() if key is not None else b"",
    )


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
