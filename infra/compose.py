"""The composition root: builds every adapter for the command line."""

import asyncio
import importlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from urllib.parse import urlsplit

import structlog

from api.audit_report import Balance, Verified
from api.cli.operations import PlayOptions, Tick, VerifyOptions
from api.cli.reports import Finding, RoleGrant, SettingTold, Status
from api.moments import position_or_moment
from domain.fact import Recorded
from domain.ids import ID_REGEX
from domain.wallet.decider import WalletUnknown
from infra.audit.log_auditing import LogAuditing, held_at
from infra.audit.verification import anchor_of, proof_of, verified
from infra.clock import Clock
from infra.embedded.server import HOST, free_port
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.interpreter import tune_interpreter
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.metrics.projecting import ProjectorCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.operator_errors import NoSuchThing
from infra.process_managers import run_process_managers
from infra.process_managers.worker import CASES_PER_CHUNK
from infra.processes.inherited_sockets import say_ready
from infra.processes.supervisor import only_one
from infra.readmodels.clients import is_cluster
from infra.readmodels.pipelined_reads import PipelinedReads
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import ClusterReads, reads_of
from infra.roles import accounts, api, up
from infra.roles.doctor import examine
from infra.roles.grants import grants_in
from infra.roles.replace import replace_roles, running_up
from infra.roles.status import status_of
from infra.second_factors.table import SecondFactorTable
from infra.servers import WithServers
from infra.settings import Settings, settings_told
from infra.settlement.audited_tables import read_tables
from infra.sports_data.files import read_matches
from infra.sports_data.replay_options import ReplayOptions
from infra.sports_data.replay_runner import Replay
from projections.partitions import partitions_in
from projections.registry import VIEWS

logger = structlog.get_logger()


class Slipstream(WithServers):
    """The operations of the command line; see `api.cli.operations`. A server that no URL is given for is started, or joined if it runs."""

    def up(self) -> None:
        """Run everything on one machine until told to stop."""
        settings = self._settings
        settings = settings.model_copy(update={"http_port": settings.http_port or free_port()})
        address = address_of(settings)
        run_dir = settings.data_dir.absolute() / "run"
        with (
            only_one(run_dir, address),
            api.listening(settings) as listener,
            self._database() as dsn,
            self._read_models() as redis_url,
            up.metrics_sockets(settings) as metrics,
        ):
            env = {
                "SLIPSTREAM_DATABASE_URL": dsn,
                "SLIPSTREAM_OWNER_DATABASE_URL": "",
                "SLIPSTREAM_REDIS_URL": redis_url,
                "SLIPSTREAM_HTTP_PORT": str(settings.http_port),
                "SLIPSTREAM_DEPOSITS": settings.deposits or "demo",
            }
            with self._recorder(dsn) as store, api.dispatching(store, settings) as dispatcher:
                hashes = asyncio.run(up.hashed(up.demo_passwords(settings.data_dir)))
                up.seed(dispatcher, hashes, settings.currency, Clock().now())
                if settings.staff_second_factor == "required":
                    with closing(SecondFactorTable(dsn, settings.second_factor_secret())) as table:
                        up.give_second_factors(dispatcher, table, up.demo_second_factors(settings.data_dir), Clock().now())
            roles = up.children(env, listener, metrics)
            up.run_up(settings, run_dir, roles, address, [server.revive for server in self._servers])

    def replace_roles(self, tell: Callable[[str], None]) -> None:
        """Have the running `up` replace its processes one by one."""
        replace_roles(self._settings.data_dir.absolute() / "run", tell)

    def api(self) -> None:
        """Serve HTTP until told to stop."""
        settings = self._settings
        with (
            self._database() as dsn,
            self._read_models() as redis_url,
            self._recorder(dsn) as store,
            api.dispatching(store, settings) as dispatcher,
            api.watching(dsn, redis_url, VIEWS, self._process_managers(), dispatcher, settings) as ready,
        ):
            env = {**os.environ, "SLIPSTREAM_DATABASE_URL": dsn, "SLIPSTREAM_REDIS_URL": redis_url}
            reads = reads_of(redis_url)
            views = ClusterReads(redis_url) if is_cluster(redis_url) else PipelinedReads(redis_url)
            api.serve(settings, dispatcher, reads, views, ready, LogAuditing(store, env), identity_of(dsn), dsn)

    def project(self) -> None:
        """Update the read models until told to stop."""
        tune_interpreter()
        with (
            self._database() as dsn,
            self._read_models() as redis_url,
            closing(Tail(dsn)) as tail,
            api.watching(dsn, redis_url, VIEWS, self._process_managers(), None, self._settings) as ready,
            stopping() as stop,
        ):
            projector = Projector(tail, ValkeyModels(redis_url), VIEWS, partitions=partitions_in(self._settings.project_partitions))
            with serving_metrics(self._settings, "project", registry_of("project", ready, ProjectorCollector(projector))):
                say_ready()
                projector.run(stop)

    def rebuild(self, view: str, tick: Tick) -> None:
        """Build a view anew, then switch."""
        with self._projector() as (projector, _):
            try:
                projector.rebuild(view, tick)
            except KeyError as unknown:
                raise NoSuchThing(str(unknown.args[0])) from None

    def settle(self) -> None:
        """Run the process managers until told to stop: settlement and abandonment; cases are committed in the chunks they are taken in."""
        with self._dispatcher(CASES_PER_CHUNK) as (dsn, _, dispatcher), stopping() as stop, self._telling("settle", dsn, dispatcher):
            say_ready()
            run_process_managers(dsn, dispatcher, self._process_managers(), stop, clock_skew_s_max=self._settings.clock_skew_s_max)

    def play(self, playing: PlayOptions, tick: Tick) -> None:
        """Play matches into the log."""
        matches = read_matches(playing.season)
        timing = self._settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"})
        options = ReplayOptions(speed=playing.speed, first_day=playing.since, matches=playing.matches, loop=playing.loop, **timing)
        clock = Clock()
        with self._dispatcher() as (dsn, store, dispatcher), stopping() as stop:
            refuse_skewed_clock(dsn, clock, self._settings.clock_skew_s_max)
            with self._telling("feed", dsn, dispatcher):

                def pause(seconds: float) -> None:
                    tick(*replay.progress())
                    stop.wait(seconds)

                replay = Replay(
                    matches,
                    dispatcher,
                    store,
                    options,
                    now=clock.now,
                    monotonic_s=clock.monotonic_s,
                    sleep=pause,
                    stopping=stop.is_set,
                )
                tick(*replay.progress())
                replay.run()
                tick(*replay.progress())

    def verify(self, tick: Tick, verifying: VerifyOptions) -> Verified:
        """Fold the log and prove it, then the tables and the views, unless the log alone is asked for."""
        views, proof = [view.name for view in VIEWS], proof_of(verifying, self._settings.data_dir)
        if verifying.log_only:
            with self._database() as dsn, closing(AuditTail(dsn)) as reader:
                return verified(reader, None, views, tick, proof=proof)
        with self._projector() as (projector, dsn), closing(AuditTail(dsn)) as reader:
            return verified(reader, projector, views, tick, tables=read_tables(dsn), proof=proof)

    def anchor(self) -> str:
        """Return the anchor of the log's head."""
        with self._database() as dsn, closing(AuditTail(dsn)) as reader:
            return anchor_of(reader).text

    def balance(self, account: str, moment: str | None) -> Balance:
        """Tell what a wallet held."""
        with self._dispatcher() as (_, store, dispatcher):
            account_id = account if ID_REGEX.fullmatch(account) else accounts.credentials_of(dispatcher, account).account_id
            held = held_at(store, account_id, position_or_moment(moment), Clock().now())
        if held is None:
            raise WalletUnknown(account)
        return held

    def facts_of(self, stream_id: str) -> Iterable[Recorded]:
        """Return the facts of a stream, oldest first."""
        if not ID_REGEX.fullmatch(stream_id):
            raise NoSuchThing(f"{stream_id} is no id: give a UUID in lowercase")
        with self._database() as dsn, self._recorder(dsn) as store:
            return store.load({stream_id: 0}).get(stream_id, ())

    def set_role(self, handle: str, role: str, *, held: bool) -> None:
        """Grant a role to an account, or revoke it."""
        with self._dispatcher() as (_, _, dispatcher):
            accounts.set_role(dispatcher, handle, role, Clock().now(), held=held)

    def sign_out(self, handle: str) -> None:
        """End every session of an account."""
        with self._dispatcher() as (_, _, dispatcher):
            accounts.sign_out(dispatcher, handle, Clock().now())

    def remove_second_factor(self, handle: str) -> None:
        """Remove the second factor of an account, and end its sessions."""
        with self._dispatcher() as (_, _, dispatcher):
            accounts.remove_second_factor(dispatcher, handle, Clock().now())

    def code(self, handle: str) -> str:
        """Return the one-time code of a demo account."""
        return up.demo_code(self._settings.data_dir, handle, Clock().now())

    def open_account(self, handle: str, email: str, password: str, currency: str | None) -> str:
        """Open an account with its wallet."""
        with self._dispatcher() as (_, _, dispatcher):
            return accounts.open_account(dispatcher, Clock(), handle, email, password, currency or self._settings.currency)

    def grants(self) -> list[RoleGrant]:
        """Return who has which role."""
        with self._database() as dsn, closing(Tail(dsn)) as tail:
            return grants_in(tail)

    def demo_password(self, handle: str) -> str:
        """Return the password of an account that `up` opened, empty where it is none."""
        return up.kept_password(self._settings.data_dir, handle)

    def status(self) -> Status:
        """Return how the roles of this machine stand."""
        running = running_up(self._settings.data_dir.absolute() / "run")
        return status_of(self._at(running), expects_up=running is not None)

    def doctor(self) -> list[Finding]:
        """Return what is missing or wrong on this machine."""
        return examine(self._settings, self.address())

    def settings(self) -> list[SettingTold]:
        """Return every setting as a person reads it."""
        return settings_told(self._settings)

    def bench(self, name: str) -> None:
        """Run a benchmark, or all of them."""
        run = importlib.import_module("bench.run")
        if name not in ("all", *run.BENCHMARKS):
            raise NoSuchThing(f"{name} is no benchmark: there are all, {', '.join(run.BENCHMARKS)}")
        if failed := run.main(name):
            raise SystemExit(failed)

    def address(self) -> str:
        """Return where the API listens: the one of the running `up` where its port was chosen, not set."""
        return address_of(self._at(running_up(self._settings.data_dir.absolute() / "run")))

    def _at(self, running: tuple[int, str] | None) -> Settings:
        """Return the settings with the port that a running `up` chose."""
        settings = self._settings
        if settings.http_port or running is None or not running[1]:
            return settings
        return settings.model_copy(update={"http_port": urlsplit(running[1]).port or 0})


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set."""
    stop = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def identity_of(dsn: str) -> str:
    """Return the id of the log."""
    with closing(Tail(dsn)) as tail:
        return tail.identity()


def address_of(settings: Settings) -> str:
    """Return the address to open; who listens everywhere is found here."""
    host = HOST if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104  (read, not bound)
    return f"http://[{host}]:{settings.http_port}" if ":" in host else f"http://{host}:{settings.http_port}"
