"""Bets a second through HTTP with keep-alive, and what half that load feels like.

Held against a bare FastAPI route that does nothing, and against the same bets in process. Three processes each time: the server,
PostgreSQL, and a load generator: `wrk` where there is one, else `bench.http_load`. All in the same run, in turn; figures are medians.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from api.auth.tokens import Tokens
from bench import wrk
from bench.harness import Figure, at_least, at_most, memory, rss_mib, seconds
from bench.world import NAMES, World
from commands.accounts.sessions import AccountAccess
from commands.dispatch.dispatcher import Dispatcher
from domain.account.sessions import Sessions
from infra.clock import Clock
from infra.embedded.server import HOST, free_port

if TYPE_CHECKING:
    from bench.http_load import Plan

SECRET = "the benchmark's own secret, which guards nothing"  # noqa: S105  (it guards nothing)
CONNECTIONS = 64
SECONDS = 4.0
BETS = 12_000
TEMPLATES = 4_000
ROUNDS = 5
SESSIONS = 2_000
P99_MS_MAX = 50.0
START_TIMEOUT_S = 120.0


def measure(dsn: str, redis_url: str, *, rounds: int = ROUNDS, bets: int = BETS) -> list[Figure]:
    """Measure the API, the bare route and the dispatcher in process in turn, `rounds` times, then the API at half its load.

    Every bet must be struck.
    """
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    tokens = session_tokens(world)
    rates: dict[str, list[float]] = {"api": [], "noop": [], "in process": []}
    found: list[dict[str, Any]] = []
    samples_mib = []
    in_process(world, dispatcher, bets)
    with serving("infra", "api", env=api_env(dsn, redis_url)) as (api, pid), serving("bench.http_noop") as (noop, _):
        load(api, world, tokens, SECONDS / 2)
        for _ in range(rounds):
            found.append(load(api, world, tokens, SECONDS))
            rates["api"].append(found[-1]["per_s"])
            samples_mib.append(rss_mib(pid))
            rates["noop"].append(load(noop, world, tokens, SECONDS)["per_s"])
            rates["in process"].append(in_process(world, dispatcher, bets))
        reached, limit, inside = (statistics.median(rates[name]) for name in ("api", "noop", "in process"))
        half = paced(api, requests(world, tokens, bets), reached / 2)
    dispatcher.stop()
    world.store.close()
    gc.collect()
    p50_ms, p99_ms = (round(statistics.median(each[name] for each in found), 2) for name in ("p50_ms", "p99_ms"))
    extra = {"p50_ms": p50_ms, "p99_ms": p99_ms, "generator": found[0]["generator"], "generator_core": found[0]["generator_core"]}
    return [
        at_least("place_bet_http", reached, "bets/s", limit, "a bare FastAPI route", 1.0, **extra),
        at_least("place_bet_http.in_process", reached, "bets/s", inside, "place_bet in process", 0.5),
        at_most("place_bet_http.p99_at_half_load", half["p99_ms"], "ms", P99_MS_MAX, "50 ms", p50_ms=half["p50_ms"], per_s=half["per_s"]),
        *memory("place_bet_http", samples_mib),
    ]


def in_process(world: World, dispatcher: Dispatcher, bets: int) -> float:
    """Place bets in process, of accounts that nobody bets for over HTTP; return bets a second."""
    asked = [world.bet(world.random.randrange(SESSIONS, len(world.accounts))) for _ in range(bets)]
    took_s = seconds(lambda: dispatcher.call_many(asked))
    return bets / took_s


def api_env(dsn: str, redis_url: str) -> dict[str, str]:
    """Return the environment of the API under measure."""
    return {
        "SLIPSTREAM_DATABASE_URL": dsn,
        "SLIPSTREAM_REDIS_URL": redis_url,
        "SLIPSTREAM_TOKEN_SECRET": SECRET,
        "SLIPSTREAM_LOG_LEVEL": "warning",
    }


def session_tokens(world: World) -> list[str]:
    """Return sessions of the first accounts of the world, as signing in would give them."""
    return tokens_of(world.accounts[:SESSIONS], world.log_id)


def tokens_of(accounts: Sequence[str], log_id: str) -> list[str]:
    """Return a session of each of some accounts, as signing in would give it."""
    tokens = Tokens(SECRET, 86_400, Clock(), log_id)
    return [tokens.issue(AccountAccess(account_id, "bench", "EUR", ("bettor",), Sessions()))[0] for account_id in accounts]


def requests(world: World, tokens: list[str], bets: int, key: str = "", accept: str = "exact") -> list[str]:
    """Return whole requests for bets at the odds shown, with a new key each unless one is given."""
    made = []
    for _ in range(bets):
        number, name = world.random.randrange(len(world.markets)), NAMES[world.random.randrange(3)]
        leg = {
            "market_id": world.markets[number],
            "selection": name,
            "odds": world.prices[number][name].text,
            "version": world.versions[number],
        }
        body = json.dumps({"type": "single", "stake_minor": 1_00, "currency": "EUR", "legs": [leg], "accept": accept})
        made.append(
            f"POST /v1/bets HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {tokens[world.random.randrange(len(tokens))]}\r\n"
            f"idempotency-key: {key or world.clock.new_id()}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        )
    return made


def load(port: int, world: World, tokens: list[str], for_s: float) -> dict[str, Any]:
    """Send bets as fast as they are answered, from a process of its own; every one must be answered with 201.

    Without `wrk` on the machine the generator of `http_load` does it, which costs as much as the server.
    """
    if not wrk.is_there():
        return paced(port, requests(world, tokens, BETS))
    made = requests(world, tokens, TEMPLATES, wrk.KEY)
    found = wrk.load(port, made, connections=CONNECTIONS, seconds=for_s, first_key=world.clock.new_id().replace("-", "")[:12])
    assert not found["refused"] + found["broken"], found
    return found | {"generator": "wrk"}


def paced(port: int, made: list[str], per_s: float = 0.0) -> dict[str, Any]:
    """Send each of these requests once, at a rate if one is given; every one must be answered with 201."""
    found = sent(port, made, per_s)
    assert found["statuses"] == {"201": len(made)}, found["statuses"]
    return found | {"generator": "bench.http_load", "generator_core": 1.0}


def sent(port: int, made: list[str], per_s: float = 0.0) -> dict[str, Any]:
    """Send each of these requests once, whatever is answered; see `bench.http_load.run`."""
    plan: Plan = {"host": HOST, "port": port, "connections": CONNECTIONS, "per_s": per_s, "requests": made}
    done = subprocess.run([sys.executable, "-m", "bench.http_load"], input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def serving(module: str, *words: str, env: dict[str, str] | None = None) -> Iterator[tuple[int, int]]:
    """Run a server as a process of its own on a free port until the block ends; give the port and the process id."""
    port = free_port()
    words = words or (str(port),)
    process = subprocess.Popen([sys.executable, "-m", module, *words], env={**os.environ, **(env or {}), "SLIPSTREAM_HTTP_PORT": str(port)})
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not answers(port):
            assert process.poll() is None, f"{module} ended with {process.returncode}"
            assert time.monotonic() < deadline_s, f"{module} does not answer"
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


@contextmanager
def role(name: str, env: dict[str, str]) -> Iterator[int]:
    """Run a role that serves nobody until the block ends; give its process id."""
    process = subprocess.Popen([sys.executable, "-m", "infra", name], env={**os.environ, **env})
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


def answers(port: int) -> bool:
    """Tell whether something answers there, whatever it says."""
    try:
        httpx.get(f"http://{HOST}:{port}/healthz", timeout=2.0)
    except httpx.HTTPError:
        return False
    return True
