"""The world that the write-path benchmarks run in: a warm log, 20,000 wallets, 500 markets, bets to place."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import psycopg

from bench.chained_log import ChainedLog
from commands.betting.place_bet import PlaceBet
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact, Read
from commands.registry import USE_CASES
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced, Leg
from domain.fixture.commands import EndFixture, KickOff, ScheduleFixture
from domain.ids import derived, wallet_of
from domain.market.commands import OpenMarket, PriceMarket
from domain.market.facts import Selection
from domain.odds import Odds
from domain.wallet.facts import FundsDeposited, StakeReserved, WalletOpened
from infra.clock import Clock
from infra.database import seal_key_of
from infra.eventstore.fact_encoding import copy_heads, numbered_rows
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail

Item = TypeVar("Item")

WALLETS = 20_000
MARKETS = 500
FUNDS_MINOR = 1_000_000_00
ROWS_WARM = 5_000_000
SINCE = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SELECTIONS = (Selection("home", "Home"), Selection("draw", "Draw"), Selection("away", "Away"))
NAMES = tuple(selection.selection for selection in SELECTIONS)


class World:
    """A log with accounts and markets, and the ids of both. Roles that run beside with a `secret` take its snapshots for their own."""

    def __init__(self, dsn: str, *, seed: int = 1, secret: str = "") -> None:
        self.dsn = dsn
        self.clock = Clock()
        self.random = random.Random(seed)
        self.store = GroupCommitRecorder(datastore_of(dsn), seal_key=seal_key_of(secret) if secret else b"")
        self.store.create_table()
        with closing(Tail(dsn)) as tail:
            self.log_id = tail.identity()
        self.accounts = [self.clock.new_id() for _ in range(WALLETS)]
        self.wallets = [wallet_of(account_id) for account_id in self.accounts]
        self.markets = [derived("market", f"bench {seed} {number}") for number in range(MARKETS)]
        self.versions = [1] * MARKETS
        self.prices = [self.new_prices() for _ in range(MARKETS)]
        self.wallet_versions = [2] * WALLETS

    def new_prices(self) -> dict[str, Odds]:
        """Return prices for the three selections."""
        return new_prices(self.random)

    def open_accounts(self) -> None:
        """Give every account a wallet with funds, written as history."""
        for start in range(0, WALLETS, 1000):
            appends = [
                Append(
                    [
                        NewFact(wallet_id, 1, WalletOpened(account_id, "EUR", SINCE)),
                        NewFact(wallet_id, 2, FundsDeposited(account_id, FUNDS_MINOR, "bench", FUNDS_MINOR, SINCE)),
                    ]
                )
                for account_id, wallet_id in zip(self.accounts[start : start + 1000], self.wallets[start : start + 1000], strict=True)
            ]
            assert all(verdict.accepted for verdict in self.store.append_many(appends).verdicts)

    def open_markets(self, dispatcher: Dispatcher, grace_ms: int = 3000) -> None:
        """Schedule a fixture for every market and open it."""
        now = self.clock.now()
        kick_off = now + timedelta(hours=1)
        fixtures = [derived("fixture", market_id) for market_id in self.markets]
        dispatcher.call_many(
            [ScheduleFixture(f, "football", "Bench", f"Home {n}", f"Away {n}", kick_off, False, now) for n, f in enumerate(fixtures)]
        )
        dispatcher.call_many(
            [
                OpenMarket(market_id, fixture_id, "match_result", {}, SELECTIONS, prices, grace_ms, now)
                for market_id, fixture_id, prices in zip(self.markets, fixtures, self.prices, strict=True)
            ]
        )

    def schedule(self, dispatcher: Dispatcher, fixture_id: str, home: str) -> None:
        """Schedule one more match, in an hour."""
        now = self.clock.now()
        dispatcher.call(ScheduleFixture(fixture_id, "football", "Bench", home, "Away", now + timedelta(hours=1), False, now))

    def end_matches(self, dispatcher: Dispatcher, markets: Sequence[str]) -> None:
        """Play the fixtures of some markets, to the end at 2-1."""
        now = self.clock.now()
        fixtures = [derived("fixture", market_id) for market_id in markets]
        dispatcher.call_many([KickOff(fixture_id, now) for fixture_id in fixtures])
        dispatcher.call_many([EndFixture(fixture_id, 2, 1, 2, 1, now) for fixture_id in fixtures])

    def dispatcher(self) -> Dispatcher:
        """Return a started dispatcher over the log, with room for a whole round in its queue."""
        return Dispatcher(self.store, USE_CASES, queue_commands_max=1_000_000).start()

    def move_price(self, number: int | None = None) -> PriceMarket:
        """Return a command that moves the prices of a market, any or a certain one; bets after it are asked at the new ones."""
        number = self.random.randrange(MARKETS) if number is None else number
        self.versions[number] += 1
        self.prices[number] = self.new_prices()
        return PriceMarket(self.markets[number], self.prices[number], self.clock.now())

    def bet(self, account: int | None = None) -> PlaceBet:
        """Return a command for a bet at the odds shown, by any account or a certain one."""
        number = self.random.randrange(MARKETS)
        account = self.random.randrange(WALLETS) if account is None else account
        name = NAMES[self.random.randrange(3)]
        leg = AskedLeg(self.markets[number], name, self.prices[number][name], self.versions[number])
        return PlaceBet(self.clock.new_id(), self.accounts[account], 5_00, "EUR", "single", (leg,), "exact", self.clock.now())

    def bets_with_moving_prices(self, bets: int, *, bets_per_move: int = 50) -> Iterator[PlaceBet | PriceMarket]:
        """Return bets to place, with a market's prices moving every so many of them."""
        for number in range(bets):
            if number % bets_per_move == bets_per_move - 1:
                yield self.move_price()
            yield self.bet()

    def recorded_bets(self, bets: int, versions: list[int]) -> list[list[NewFact]]:
        """Return bets as the facts that placing them would record; `versions` are the wallets' last, and move on."""
        pairs = []
        for _ in range(bets):
            number = self.random.randrange(WALLETS)
            versions[number] += 1
            bet_id, version = self.clock.new_id(), versions[number]
            leg = Leg(self.markets[self.random.randrange(MARKETS)], "home", Odds(2350, 1000), 1)
            placed = BetPlaced(self.accounts[number], 1, "EUR", "single", (leg,), "exact", 2, SINCE)
            left_minor = FUNDS_MINOR - (version - 2)
            reserved = StakeReserved(self.accounts[number], bet_id, 1, left_minor, SINCE)
            pairs.append([NewFact(self.wallets[number], version, reserved), NewFact(bet_id, 1, placed)])
        return pairs

    def appends(self, bets: int, versions: list[int] | None = None) -> list[Append]:
        """Return the same bets as appends, each with its market as a read."""
        pairs = self.recorded_bets(bets, versions or self.wallet_versions)
        return [Append(pair, [Read(cast("BetPlaced", pair[1].body).legs[0].market_id, 1)]) for pair in pairs]

    def warm(self, rows: int = ROWS_WARM) -> None:
        """Fill the log up to a number of rows, the fastest way there is: it is the table that must be warm, not the path to it."""
        with psycopg.connect(self.dsn) as connection:
            log = ChainedLog(connection)
            while log.position < rows:
                for pairs in batches(self.recorded_bets(min(20_480, max(1, (rows - log.position) // 2)), self.wallet_versions), 512):
                    facts = [fact for pair in pairs for fact in pair]
                    log.copy_in(numbered_rows(copy_heads(facts), log.position), [2] * len(pairs), commit=False)
                connection.commit()
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(
                "VACUUM (ANALYZE) stored_events, stored_events_batches"
            )  # or autovacuum would, on one of our cores, while we measure
            connection.execute("CHECKPOINT")

    @staticmethod
    def head(connection: psycopg.Connection) -> int:
        """Return the last position."""
        row = connection.execute("SELECT position FROM stored_events_head").fetchone()
        assert row is not None, "the head is one row"
        return int(row[0])


def new_prices(rng: random.Random) -> dict[str, Odds]:
    """Return prices for the three selections of a match that add up to a book of 105 %."""
    home, draw = rng.randrange(200, 600), rng.randrange(150, 300)
    shares = {"home": home, "draw": draw, "away": 1050 - home - draw}
    return {name: Odds(1_000_000 // share, 1000) for name, share in shares.items()}


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut a sequence into batches."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
