"""A day of a crowd: 2,000 matches of five sports played at once, 500,000 bets, every role a process of its own, audited at its end.

Matches are simulated faster than life, so that many of them end and are settled within the run. Bets are singles and multiples at whatever
stands (`accept: any`) on any market that is open as far as the log has been read; what is suspended or over meanwhile is refused, as in
life. In the end everything is settled that has come out, views stand at the log's end, and `slipstream audit verify` reads it all again,
the views too: whether anything is wrong is the figure.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing

import msgspec
import psycopg

from bench.callers import answered
from bench.harness import Figure, at_least, at_most
from bench.live import env_of, role, wait_for_views
from bench.replay import AuditedWorld
from bench.settle import DRAINED, until
from bench.world import WALLETS
from commands.betting.place_bet import PlaceBet
from commands.dispatch.dispatcher import Dispatcher
from commands.log_reader import LogFilter
from domain.bet.commands import AskedLeg
from domain.fixture.facts import FixtureEnded
from domain.market.facts import MarketOpened, MarketResulted
from domain.odds import Odds
from infra.log.tail import Tail

FIXTURES, SPEED = 2_000, 5.0
ENDED_SHARE = 0.1
"""The day goes on after the last bet until so many of the fixtures have ended."""
BETS, BETS_AT_ONCE = 500_000, 2_048
LEGS_MAX = 4
READ_AT_ONCE = 20_000
WANTED = LogFilter.of_kinds([MarketOpened, MarketResulted, FixtureEnded])
WAIT_S_MAX = 3_600.0


class Markets:
    """The markets that are open as far as the log has been read, by fixture."""

    def __init__(self, dsn: str) -> None:
        self._tail = Tail(dsn)
        self.position = 0
        self.ended = 0
        self._fixture_of: dict[str, str] = {}
        self._of_fixture: dict[str, dict[str, MarketOpened]] = {}
        self.fixtures: list[str] = []

    def read(self) -> None:
        """Read on to the log's end."""
        while (stretch := self._tail.read_filtered(WANTED, self.position, READ_AT_ONCE)).upto > self.position:
            self.position = stretch.upto
            for each in stretch.facts:
                if isinstance(each.body, MarketOpened):
                    self._fixture_of[each.stream_id] = each.body.fixture_id
                    self._of_fixture.setdefault(each.body.fixture_id, {})[each.stream_id] = each.body
                elif isinstance(each.body, MarketResulted) and (fixture_id := self._fixture_of.pop(each.stream_id, "")):
                    self._of_fixture[fixture_id].pop(each.stream_id)
                elif isinstance(each.body, FixtureEnded):
                    self.ended += 1
        self.fixtures = [fixture_id for fixture_id, markets in self._of_fixture.items() if markets]

    def of(self, fixture_id: str) -> dict[str, MarketOpened]:
        """Return the open markets of a fixture."""
        return self._of_fixture[fixture_id]

    def close(self) -> None:
        """Hang up."""
        self._tail.close()


def measure(dsn: str, redis_url: str, *, fixtures: int = FIXTURES, bets: int = BETS, speed: float = SPEED) -> list[Figure]:
    """Play the day, then verify it."""
    world = AuditedWorld(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    with closing(Markets(dsn)) as markets, ExitStack() as beside:
        for words in (["project"], ["settle"]):
            beside.enter_context(role(dsn, redis_url, *words))
        began_s = time.monotonic()
        with role(dsn, redis_url, "feed", "simulate", "--fixtures", str(fixtures), "--speed", str(speed), "--markets", "all"):
            read_until(markets, lambda: len(markets.fixtures), fixtures, "fixtures are on offer")
            struck, refused, betting_s = place(world, dispatcher, markets, bets)
            read_until(markets, lambda: markets.ended, int(fixtures * ENDED_SHARE), "matches have ended")
        played_s = time.monotonic() - began_s
        with psycopg.connect(dsn, autocommit=True) as connection:
            until(connection, DRAINED, wait_s=WAIT_S_MAX)
        lag_s = wait_for_views(dsn, redis_url, WAIT_S_MAX)
        markets.read()
    dispatcher.stop()
    world.store.close()
    wrong, verified_s = audited(dsn, redis_url)
    extra = {"fixtures": fixtures, "bets": struck, "refused": dict(refused.most_common(5)), "facts": markets.position}
    told = {"ended": markets.ended, "played_s": round(played_s), "speed": speed, "views_behind_s": round(lag_s, 1)}
    return [
        at_most("day", wrong, "wrong", 0, "a clean audit", verified_s=round(verified_s, 1), **extra, **told),
        at_least("day.bets", struck, "bets", bets, "the day that the issue names", 1.0, bets_per_s=round(struck / betting_s)),
    ]


def read_until(markets: Markets, reached: Callable[[], int], wanted: int, what: str) -> None:
    """Read on until so many of something are reached."""
    deadline_s = time.monotonic() + WAIT_S_MAX
    while reached() < wanted:
        assert time.monotonic() < deadline_s, f"{reached()} of {wanted} {what}"
        time.sleep(0.5)
        markets.read()


def place(world: AuditedWorld, dispatcher: Dispatcher, markets: Markets, bets: int) -> tuple[int, Counter[str], float]:
    """Place bets until so many are struck; return how many were, the refusals by name, and how long it took."""
    struck, refused, began_s = 0, Counter[str](), time.monotonic()
    while struck < bets:
        wire = [msgspec.json.encode(drawn_bet(world, markets)) for _ in range(min(BETS_AT_ONCE, bets - struck))]
        _, told = answered(dispatcher, wire)
        refused.update(type(each).__name__ for each in told)
        struck += len(wire) - len(told)
        assert struck or refused.total() < bets, f"nothing is struck: {refused}"
        markets.read()
    return struck, refused, time.monotonic() - began_s


def drawn_bet(world: AuditedWorld, markets: Markets) -> PlaceBet:
    """Return a bet by any account: half of them singles, else of up to `LEGS_MAX` legs, each on a fixture of its own."""
    count = max(1, world.random.randrange(-LEGS_MAX + 2, LEGS_MAX + 1))
    legs = []
    for fixture_id in world.random.sample(markets.fixtures, count):
        market_id, opened = world.random.choice(list(markets.of(fixture_id).items()))
        legs.append(AskedLeg(market_id, world.random.choice(opened.selections).selection, Odds(1100, 1000), 1))
    account_id = world.accounts[world.random.randrange(WALLETS)]
    kind = "single" if count == 1 else "multiple"
    return PlaceBet(world.clock.new_id(), account_id, 1_00, "EUR", kind, tuple(legs), "any", world.clock.now())


def audited(dsn: str, redis_url: str) -> tuple[int, float]:
    """Run `slipstream audit verify`, with the views compared; return 1 where something is wrong, else 0, and how long it took."""
    began_s = time.monotonic()
    command, env = [sys.executable, "-m", "infra", "audit", "verify"], env_of(dsn, redis_url)
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=WAIT_S_MAX)
    sys.stdout.write(done.stdout + done.stderr)
    assert done.returncode in (0, 1), f"the audit could not compare everything: it ended with {done.returncode}"
    return done.returncode, time.monotonic() - began_s
