"""Boards and portfolios read a second through HTTP while prices move, with bets at half load beside.

Held against one bare pipelined fetch: the same keys of the same view, read in one round trip by redis-py, decoded by nobody.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import redis

from bench import place_bet_http as http
from bench import wrk
from bench.harness import Figure, at_least, at_most
from bench.match_day import BOARD, BOARD_PATH, MATCHES, MatchDay, portfolios, product
from bench.world import World
from infra.embedded.server import HOST
from infra.readmodels.valkey_reads import Command, ValkeyReads
from projections.betting import board_queries, portfolio

SECONDS = 5.0
CONNECTIONS = 64
BOARDS_PER_S = 5_000
PORTFOLIOS_ASKED = 500
BETS_EACH = 10
WARM_S = 60.0


class Recording(ValkeyReads):
    """Reads that note what they send."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sent: list[Command] = []

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        self.sent += commands
        return await super()._answers(commands)


def measure(dsn: str, redis_url: str, *, seconds: float = SECONDS) -> list[Figure]:
    """Measure boards, then portfolios, each with bets at half load beside."""
    assert wrk.is_there(), "this benchmark needs wrk: apt-get install wrk"
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    day = MatchDay(world, dispatcher)
    accounts = world.accounts[:PORTFOLIOS_ASKED]
    dispatcher.call_many([world.bet(number) for number in range(PORTFOLIOS_ASKED) for _ in range(BETS_EACH)])
    tokens = http.session_tokens(world)
    with product(dsn, redis_url) as (port, _):
        await_views(port, tokens[0])
        alone = http.load(port, world, tokens[PORTFOLIOS_ASKED:], seconds / 2)
        fetches = {
            "board": bare(redis_url, read_board, seconds / 2),
            "portfolio": bare(redis_url, lambda reads: portfolio.portfolio(reads, accounts[0]), seconds / 2),
        }
        with day.moving():
            boards, bets = beside(port, world, tokens, alone["per_s"] / 2, [BOARD], seconds)
            owned, _ = beside(port, world, tokens, alone["per_s"] / 2, portfolios(tokens[:PORTFOLIOS_ASKED]), seconds)
        shown = httpx.get(f"http://{HOST}:{port}{BOARD_PATH}").json()
    dispatcher.stop()
    world.store.close()
    assert len(shown["items"]) == MATCHES
    assert all(fixture["markets"] for fixture in shown["items"])
    extra = {
        "bets_per_s": round(bets["per_s"]),
        "p99_ms": round(boards["p99_ms"], 1),
        "generator_core": boards["generator_core"],
        "shed": round(boards["shed"], 3),
    }
    return [
        at_least("queries.board", boards["per_s"], "reads/s", BOARDS_PER_S, "the target", 1.0, **extra),
        at_least("queries.board.fetch", boards["per_s"], "reads/s", fetches["board"], "one bare pipelined fetch", 1.0),
        at_least(
            "queries.portfolio",
            owned["per_s"],
            "reads/s",
            fetches["portfolio"],
            "one bare pipelined fetch",
            0.5,
            p99_ms=round(owned["p99_ms"], 1),
            shed=round(owned["shed"], 3),
        ),
        at_most("queries.bets_p99", bets["p99_ms"], "ms", 50, "50 ms", p50_ms=round(bets["p50_ms"], 1), per_s=round(bets["per_s"])),
    ]


async def read_board(reads: ValkeyReads) -> Any:
    """Read all that a board shows."""
    page = await board_queries.fixtures(reads, status="live", limit=MATCHES)
    return [await board_queries.fixture(reads, item.fixture_id, 0) for item in page.items]


def bare(redis_url: str, read: Callable[[Recording], Any], for_s: float) -> float:
    """Return how often a second the keys of a read are fetched in one pipeline, and nothing else."""

    async def recorded() -> list[Command]:
        reads = Recording(redis_url)
        await read(reads)
        await reads.close()
        return reads.sent

    commands = asyncio.run(recorded())
    assert commands
    fetched, clock = 0, time.perf_counter
    with redis.Redis.from_url(redis_url) as client:
        began_s = clock()
        while clock() - began_s < for_s:
            pipe = client.pipeline(transaction=False)
            for command in commands:
                pipe.execute_command(*command)
            pipe.execute()
            fetched += 1
    return fetched / (clock() - began_s)


def beside(
    port: int, world: World, tokens: list[str], bets_per_s: float, reads: list[str], for_s: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read as fast as it goes while bets are placed at about a rate; return what was measured of both.

    What the front sheds, since too many reads wait, is no read; its share is `shed`. No bet is refused.
    """
    bets: dict[str, Any] = {}
    made = http.requests(world, tokens[PORTFOLIOS_ASKED:], http.TEMPLATES, wrk.KEY)
    pause_ms = 1000 * CONNECTIONS / bets_per_s

    def place() -> None:
        first_key = world.clock.new_id().replace("-", "")[:12]
        bets.update(wrk.load(port, made, connections=CONNECTIONS, seconds=for_s + 1, first_key=first_key, pause_ms=pause_ms))

    placing = threading.Thread(target=place, name="bets")
    placing.start()
    time.sleep(0.5)
    found = wrk.load(port, reads, connections=CONNECTIONS, seconds=for_s, first_key="0" * 12)
    placing.join()
    assert not found["broken"] + bets["refused"] + bets["broken"], (found, bets)
    assert found["answers"] > 2 * found["refused"], found  # who reads as fast as it goes is told now and then to come back
    found["shed"] = found["refused"] / found["answers"]
    found["per_s"] *= 1 - found["shed"]
    return found, bets


def await_views(port: int, token: str) -> None:
    """Wait until the views show the matches and the bets."""
    deadline_s = time.monotonic() + WARM_S
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=10.0) as client:
        while True:
            listed = client.get(BOARD_PATH)
            own = client.get("/v1/portfolio", headers={"authorization": f"Bearer {token}"})
            if listed.status_code == own.status_code == 200:
                whole = [fixture for fixture in listed.json()["items"] if fixture["markets"]]
                if len(whole) == MATCHES and len(own.json()["open"]["items"]) == BETS_EACH:
                    return
            assert time.monotonic() < deadline_s, "the views do not catch up"
            time.sleep(0.2)
