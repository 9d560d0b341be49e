"""`slipstream up`: everything on one machine, from nothing to live odds."""

import asyncio
import logging
import shlex
import shutil
import signal
import socket
import sys
import threading
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import httpx
import structlog
from rich.console import Console
from rich.markup import escape

from api.auth.passwords import Passwords
from api.auth.second_factors import code_at
from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import AccountAccess, FindAccess
from commands.dispatch.dispatcher import Dispatcher
from domain.account.commands import ConfirmSecondFactor, GrantRole
from domain.account.decider import HANDLE
from domain.ids import derived
from infra.clock import Clock
from infra.kept_secret import kept_secret
from infra.metrics.serving import registry_of, serving_metrics
from infra.metrics.supervising import SupervisorCollector
from infra.operator_errors import NoSuchThing
from infra.processes.inherited_sockets import HTTP, METRICS, listening_at
from infra.processes.supervisor import ChildSpec, Supervisor
from infra.second_factors.table import SecondFactorTable
from infra.settings import Settings

DEMO_FUNDS_MINOR = 1_000_00
DEMO_PASSWORD_CHARACTERS = 12
DEMO_ACCOUNTS = {"demo": (), "trader": ("trader",), "trader_2": ("trader",), "auditor": ("auditor",)}
"""Handle -> roles beyond the bettor's. Two traders, since what one gives by hand another has to approve."""

FEED = ("feed", "replay", "--loop", "--speed", "60", "--matches", "8")
ROLES: dict[str, tuple[str, ...]] = {"project": ("project",), "settle": ("settle",), "api": ("api",), "feed": FEED}
"""In the order in which they are started and replaced: who reads the log comes before who writes to it, and so knows what is new in it."""
CHOOSE = """python3 -c 'import json,sys
market = next(m for f in json.load(sys.stdin)["items"] for m in f["markets"] if m["status"] == "open")
first = next(s for s in market["selections"] if s["odds"])
leg = {"market_id": market["market_id"], "selection": first["selection"], "odds": first["odds"], "version": market["version"]}
print(json.dumps({"type": "single", "stake_minor": 500, "currency": "EUR", "legs": [leg], "accept": "exact"}))'"""
"""A bet of 5.00 on the first price on the board, as an example for curl."""

LIVE_ODDS_TIMEOUT_S = 120.0
PYTHON = sys.executable

logger = structlog.get_logger()


def demo_passwords(data_dir: Path) -> dict[str, str]:
    """Return the passwords of the demo accounts by handle: made at the first start, each in a file that only its owner reads.

    The bettor's is printed and typed, so it is short: the beginning of its file. A data folder of an earlier version has that one for all
    of them, which their accounts were opened with.
    """
    folder, bettors = passwords_folder(data_dir), data_dir / "demo_password"
    is_earlier = bettors.exists() and not folder.exists()
    demo = kept_secret(bettors)[:DEMO_PASSWORD_CHARACTERS]
    others = [handle for handle in DEMO_ACCOUNTS if handle != "demo"]
    return {"demo": demo} | {handle: demo if is_earlier else kept_secret(folder / handle) for handle in others}


def kept_password(data_dir: Path, handle: str) -> str:
    """Return the password of a demo account of this data folder; empty where there is no such account, or it was never opened."""
    file = data_dir / "demo_password" if handle == "demo" else passwords_folder(data_dir) / handle
    return demo_passwords(data_dir)[handle] if handle in DEMO_ACCOUNTS and file.exists() else ""


def passwords_folder(data_dir: Path) -> Path:
    """Return where the passwords of the demo accounts beside the bettor's are, a file each."""
    return data_dir / "demo_passwords"


def demo_second_factors(data_dir: Path) -> dict[str, str]:
    """Return the secrets of the second factors of the demo's staff by handle, in base32: each kept in a file beside the password."""
    return {handle: _base32(kept_secret(_second_factor_file(data_dir, handle))) for handle, roles in DEMO_ACCOUNTS.items() if roles}


def demo_code(data_dir: Path, handle: str, now: datetime) -> str:
    """Return the one-time code of a demo account at a moment.

    Raises:
        NoSuchThing: when no second factor is kept for that handle.

    """
    file = _second_factor_file(data_dir, handle)
    if not HANDLE.fullmatch(handle) or not file.exists():
        raise NoSuchThing(f"No second factor of {handle} is kept in {data_dir}: its codes come from the app of whoever has the account")
    return code_at(_base32(kept_secret(file)), now)


def _second_factor_file(data_dir: Path, handle: str) -> Path:
    return passwords_folder(data_dir) / f"{handle}.second_factor"


def _base32(kept: str) -> str:
    return b32encode(blake2b(kept.encode(), digest_size=20).digest()).decode()


async def hashed(passwords: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of passwords by handle."""
    hasher = Passwords()
    try:
        return dict(zip(passwords, await asyncio.gather(*map(hasher.hash, passwords.values())), strict=True))
    finally:
        hasher.close()


def give_second_factors(dispatcher: Dispatcher, table: SecondFactorTable, secrets: Mapping[str, str], now: datetime) -> None:
    """Give the demo's staff its second factors, where there are none."""
    for handle, secret in secrets.items():
        account_id = derived("account", "demo", handle)
        access: AccountAccess = dispatcher.call(FindAccess(account_id)).receipt
        if not access.sessions.factor_id:
            factor_id = derived("second factor", account_id, str(access.sessions.version))
            table.keep(account_id, factor_id, secret)
            table.forget_others(account_id, factor_id)
            dispatcher.call(ConfirmSecondFactor(account_id, factor_id, now))


def seed(dispatcher: Dispatcher, password_hashes: Mapping[str, str], currency: str, now: datetime) -> None:
    """Open the demo accounts with their roles, and fund the bettor's wallet; whatever is there already stays as it is."""
    for handle, roles in DEMO_ACCOUNTS.items():
        account_id = derived("account", "demo", handle)
        dispatcher.call(OpenAccount(account_id, handle, f"{handle}@slipstream.example", password_hashes[handle], currency, now))
        dispatcher.call_many([GrantRole(account_id, role, "slipstream up", now) for role in roles])
    demo = derived("account", "demo", "demo")
    dispatcher.call(MoveMoney("deposit", demo, DEMO_FUNDS_MINOR, currency, "welcome", now))


def children(env: dict[str, str], http: socket.socket, metrics: Mapping[str, socket.socket]) -> list[ChildSpec]:
    """Return the roles as processes of this very program, which inherit the sockets that they listen on.

    The feed alone is stopped before it is replaced: two would play the same matches. Its prices hold meanwhile, for as long as their lease.
    """
    return [
        ChildSpec(
            name,
            [PYTHON, "-m", "infra", *words],
            env,
            sockets={**({HTTP: http} if name == "api" else {}), **({METRICS: metrics[name]} if name in metrics else {})},
            says_ready=name != "feed",
            retire_signal=signal.SIGUSR1 if name == "api" else signal.SIGTERM,
        )
        for name, words in ROLES.items()
    ]


@contextmanager
def metrics_sockets(settings: Settings) -> Iterator[dict[str, socket.socket]]:
    """Give for each role the socket that it serves `/metrics` on; where a port is taken, say so and go on without."""
    sockets: dict[str, socket.socket] = {}
    with ExitStack() as opened:
        for role in ROLES:
            port = settings.metrics_port_of(role)
            try:
                if port:
                    sockets[role] = opened.enter_context(listening_at(settings.metrics_host, port))
            except OSError as error:
                logger.warning("no metrics: the port is taken; set SLIPSTREAM_METRICS_PORT", role=role, port=port, error=str(error))
        yield sockets


def run_up(
    settings: Settings, run_dir: Path, roles: Sequence[ChildSpec], address: str, foundations: Sequence[Callable[[], Any]] = ()
) -> None:
    """Run the roles until told to stop, on what `foundations` keep alive; say where to look once odds are live.

    Raises:
        ChildKeepsDying: when a role cannot be kept running. EmbeddedServerError: when a server cannot be.

    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stopped = threading.Event()
    supervisor = Supervisor(roles, run_dir=run_dir, foundations=foundations)

    def welcome() -> None:
        if _await(stopped, lambda: _live(address)):
            Console(highlight=False).print(
                _welcome(address, settings.data_dir, with_codes=settings.staff_second_factor == "required"), soft_wrap=True
            )

    try:
        with serving_metrics(settings, "up", registry_of("up", SupervisorCollector(lambda: supervisor.roles))):
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
