"""Eight matches with their markets, prices that move, and the requests of people who look and bet: what `queries` and `step` run on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bench import place_bet_http as http
from bench.world import SELECTIONS, World
from commands.dispatch.dispatcher import Dispatcher
from domain.fixture.commands import KickOff, ScheduleFixture
from domain.ids import derived
from domain.market.commands import OpenMarket, PriceMarket
from domain.market.facts import Selection
from domain.odds import Odds
from infra.embedded.server import HOST

MATCHES = 8
TOTALS = ("0.5", "1.5", "2.5", "3.5", "4.5", "5.5")
OVER_UNDER = (Selection("over", "Over"), Selection("under", "Under"))
MOVES_PER_S = 20
OVERROUND = 1.06


class MatchDay:
    """Live matches on the log of a world, the first on its board. Bets go to the world's own markets, whose prices stand."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world = world
        self._dispatcher = dispatcher
        now = world.clock.now()
        self.fixtures = [derived("fixture", f"match day {number}") for number in range(MATCHES)]
        for number, fixture_id in enumerate(self.fixtures):
            kick_off = now - timedelta(hours=1, minutes=number)
            dispatcher.call(ScheduleFixture(fixture_id, "football", "Bench", f"Home {number}", f"Away {number}", kick_off, False, now))
            dispatcher.call(KickOff(fixture_id, now))
        self._markets: list[tuple[str, tuple[Selection, ...]]] = []
        for fixture_id in self.fixtures:
            self._open(fixture_id, "match_result", {}, SELECTIONS)
            for total in TOTALS:
                self._open(fixture_id, "total_goals", {"total": total}, OVER_UNDER)

    def _open(self, fixture_id: str, kind: str, specifiers: dict[str, str], selections: tuple[Selection, ...]) -> None:
        market_id = derived("market", fixture_id, kind, *specifiers.values())
        prices = self._prices(selections)
        now = self._world.clock.now()
        self._dispatcher.call(OpenMarket(market_id, fixture_id, kind, specifiers, selections, prices, 3_000, now))
        self._markets.append((market_id, selections))

    def _prices(self, selections: tuple[Selection, ...]) -> dict[str, Odds]:
        """Return prices that add up to a little more than everything, as a book's do."""
        first = self._world.random.randrange(250, 600) / 1_000
        chances = [first, *[(1 - first) / (len(selections) - 1)] * (len(selections) - 1)]
        return {
            each.selection: Odds(round(100 / (chance * OVERROUND)) * 10, 1000) for each, chance in zip(selections, chances, strict=True)
        }

    def move(self) -> None:
        """Move the prices of a market."""
        market_id, selections = self._world.random.choice(self._markets)
        self._dispatcher.call(PriceMarket(market_id, self._prices(selections), self._world.clock.now()))

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Move prices until the block ends."""
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(1 / MOVES_PER_S):
                self.move()

        thread = threading.Thread(target=run, name="prices")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


BOARD_PATH = f"/v1/fixtures?status=live&include=markets&limit={MATCHES}"
BOARD = f"GET {BOARD_PATH} HTTP/1.1\r\nhost: {HOST}\r\n\r\n"


def portfolios(tokens: list[str]) -> list[str]:
    """Return requests for the portfolios of sessions."""
    return [f"GET /v1/portfolio HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n\r\n" for token in tokens]


@contextmanager
def product(dsn: str, redis_url: str, **settings: str) -> Iterator[tuple[int, int]]:
    """Run the API and the roles beside it, with settings of their own where given; give the API's port and process id."""
    env = http.api_env(dsn, redis_url) | settings
    with http.serving("infra", "api", env=env) as (port, pid), http.role("project", env), http.role("settle", env):
        yield port, pid
