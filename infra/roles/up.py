"""`slipstream up`: everything on one machine, from nothing to live odds."""

import asyncio
import logging
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import structlog
from rich.console import Console
from rich.markup import escape

from api.cli.operations import ONE_OF_EACH, ProcessCounts
from commands.accounts.demo_accounts import DEMO_ACCOUNTS, give_second_factors, not_opened, seed
from domain.bet.lines import SINGLE
from infra.clock import Clock
from infra.embedded.server import free_port
from infra.metrics.serving import registry_of, serving_metrics
from infra.metrics.supervising import SupervisorCollector
from infra.processes.forks import Forks
from infra.processes.inherited_sockets import HTTP, STREAM
from infra.processes.supervisor import ChildSpec, Supervisor, only_one
from infra.roles import stream
from infra.roles.api import listening
from infra.roles.demo_accounts import demo_passwords, demo_second_factors, hashed, passwords_folder
from infra.roles.shared import address_of, dispatching
from infra.roles.up_processes import MODULES, PROGRAM, PYTHON, api_processes, children, metrics_sockets, shares_of
from infra.second_factors.table import SecondFactorTable
from infra.servers import Servers
from infra.settings import Settings

CHOOSE = """python3 -c 'import json,sys
market = next(m for f in json.load(sys.stdin)["items"] for m in f["markets"] if m["status"] == "open")
first = next(s for s in market["selections"] if s["odds"])
leg = {"market_id": market["market_id"], "selection": first["selection"], "odds": first["odds"], "version": market["version"]}
print(json.dumps({"type": "TYPE", "stake_minor": 500, "currency": "EUR", "legs": [leg], "accept": "exact"}))'""".replace("TYPE", SINGLE)
"""A bet of 5.00 on the first price on the board, as an example for curl."""

LIVE_ODDS_TIMEOUT_S = 120.0
logger = structlog.get_logger()


def up(servers: Servers, counts: ProcessCounts = ONE_OF_EACH) -> None:
    """Run everything on one machine until told to stop.

    Raises:
        TooManyProjectors, NoMetrics: where so many processes cannot run, or not be counted.

    """
    settings = servers.settings
    settings = settings.model_copy(update={"http_port": settings.http_port or free_port()})
    address = address_of(settings)
    run_dir = settings.data_dir.absolute() / "run"
    shares = shares_of(settings.project_partitions, counts.projectors)
    with (
        only_one(run_dir, address),
        forking() as forks,
        listening(settings) as listener,
        stream.listening(settings) as sockets,
        metrics_sockets(settings, counts) as metrics,
        api_processes(settings, counts, metrics) as wanted,
        servers.database() as dsn,
        servers.read_models() as redis_url,
        backbone(servers) as told_of_kafka,
        servers.mail() as told_of_mail,
    ):
        env = {
            "SLIPSTREAM_DATABASE_URL": dsn,
            "SLIPSTREAM_OWNER_DATABASE_URL": "",
            "SLIPSTREAM_REDIS_URL": redis_url,
            "SLIPSTREAM_HTTP_PORT": str(settings.http_port),
            "SLIPSTREAM_STREAM_PORT": str(sockets.getsockname()[1]),
            "SLIPSTREAM_DEPOSITS": settings.deposits or "demo",
            **told_of_kafka,
            **told_of_mail,
        }
        open_demo_accounts(servers, settings, dsn)
        roles = children(settings, counts, env, {"api": {HTTP: listener}, "stream": {STREAM: sockets}}, metrics, shares, wanted)
        run_up(settings, run_dir, roles, address, servers, forks)


@contextmanager
def forking() -> Iterator[Forks]:
    """Give what forks roles, started; it imports what they need while the servers start."""
    forks = Forks(PROGRAM, MODULES)
    forks.start()
    try:
        yield forks
    finally:
        forks.end()


@contextmanager
def backbone(servers: Servers) -> Iterator[dict[str, str]]:
    """Give what tells the roles that they get the log from Kafka, and keep a broker for them; nothing where they tail it."""
    if servers.settings.backbone == "tail":
        yield {}
        return
    with servers.kafka() as kafka_url:
        yield {"SLIPSTREAM_BACKBONE": "kafka", "SLIPSTREAM_KAFKA_URL": kafka_url}


def open_demo_accounts(servers: Servers, settings: Settings, dsn: str) -> None:
    """Open the accounts of the demo, with second factors where staff needs them; whatever is there already stays as it is."""
    with servers.recorder(dsn) as store, dispatching(store, settings) as dispatcher:
        passwords, missing = demo_passwords(settings.data_dir), not_opened(dispatcher)
        hashes = asyncio.run(hashed({handle: passwords[handle] for handle in missing}))
        seed(dispatcher, hashes, settings.currency, Clock().now())
        if settings.staff_second_factor == "required":
            with closing(SecondFactorTable(dsn, settings.second_factor_secret())) as table:
                give_second_factors(dispatcher, table, demo_second_factors(settings.data_dir), Clock().now())


def run_up(settings: Settings, run_dir: Path, roles: Sequence[ChildSpec], address: str, servers: Servers, forks: Forks) -> None:
    """Run the roles until told to stop, on servers that are kept alive; say where to look once odds are live.

    Raises:
        ChildKeepsDying: when a role cannot be kept running. EmbeddedServerError: when a server cannot be.

    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stopped = threading.Event()
    supervisor = Supervisor(roles, run_dir=run_dir, foundations=[server.revive for server in servers.started], forks=forks)

    def welcome() -> None:
        if _await(stopped, lambda: _live(address)):
            Console(highlight=False).print(
                _welcome(address, settings.data_dir, with_codes=settings.staff_second_factor == "required"), soft_wrap=True
            )

    try:
        with serving_metrics(settings, "up", registry_of("up", SupervisorCollector(lambda: supervisor.roles, servers.standby))):
            supervisor.run(on_started=threading.Thread(target=welcome, name="welcome", daemon=True).start)
    finally:
        stopped.set()


def _await(stopped: threading.Event, condition: Callable[[], bool]) -> bool:
    """Return whether the condition came to hold in time; a stop ends the waiting."""
    clock = Clock()
    deadline_s = clock.monotonic_s() + LIVE_ODDS_TIMEOUT_S
    while not stopped.wait(0.25):
        if condition():
            return True
        if clock.monotonic_s() > deadline_s:
            Console(stderr=True).print(f"No live odds after {LIVE_ODDS_TIMEOUT_S:.0f} s; the roles' lines above say why. Still trying.")
            deadline_s = float("inf")
    return False


def _live(address: str) -> bool:
    with suppress(httpx.HTTPError, ValueError):
        board = httpx.get(f"{address}/v1/fixtures", params={"status": "live", "include": "markets"}, timeout=5.0)
        items = board.json()["items"] if board.status_code == 200 else []
        return any(market["status"] == "open" for fixture in items for market in fixture["markets"])
    return False


def _welcome(address: str, data_dir: Path, *, with_codes: bool) -> str:
    password = demo_passwords(data_dir)["demo"]
    others = ", ".join(handle for handle in DEMO_ACCOUNTS if handle != "demo")
    sign_in = shlex.quote(f'{{"handle":"demo","password":"{password}"}}')
    extract = """python3 -c 'import json,sys; print(json.load(sys.stdin)["token"])'"""
    codes = f"; a code each: {escape(program())} accounts code trader" if with_codes else ""
    return f"""
[bold]Slipstream is up.[/]  Odds are live at [bold]{address}[/]

  Sign in as [bold]demo[/] with the password [bold]{password}[/]
  {others}: a password each, in {escape(str(passwords_folder(data_dir)))}{codes}
  The API's own pages: {address}/docs

  TOKEN=$(curl -s {address}/v1/sessions -H 'content-type: application/json' -d {sign_in} | {escape(extract)})
  curl -s '{address}/v1/fixtures?status=live&include=markets'
  BET=$(curl -s '{address}/v1/fixtures?status=live&include=markets' | {escape(CHOOSE)})
  curl -s {address}/v1/bets -H "authorization: Bearer $TOKEN" -H 'idempotency-key: my first bet' -d "$BET"
  curl -s {address}/v1/portfolio -H "authorization: Bearer $TOKEN"

  The board in a terminal:  {escape(program())} watch
  The proof:                {escape(program())} audit verify
  Ctrl-C stops everything.
"""


def program() -> str:
    """Return how to call this very program from here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0]).absolute()
    if called.name != "slipstream":
        return shlex.join([PYTHON, "-m", "infra"])
    if shutil.which(called.name) == str(called):
        return called.name
    return shlex.quote(str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called))
