"""What people, feeds and settlement ask for in a history, drawn from the seed's generator."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.trading.previews import PreviewedLog
from commands.trading.producer_heartbeat import Beat
from domain.account_gate.commands import CloseAccount, ExcludeSelf, ReopenAccount, TimeOut
from domain.bet.commands import AskedLeg
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff, ScheduleFixture
from domain.free_bet.commands import GrantFreeBet
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import derived, transfer_of
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import Selection
from domain.odds import Odds, exact
from tests.simulation.judge.judge import Judge
from tests.simulation.traders import CONSOLE, Make, Traders

ACCOUNTS = [derived("sim account", str(n)) for n in range(4)]
FIXTURES = [derived("sim fixture", str(n)) for n in range(5)]
PRODUCERS = ("left feed", "right feed")
LEASE_MS = 4_000


class Played(NamedTuple):
    """A market of the simulation: its fixture and type, and books of prices in thousandths that add up."""

    fixture_id: str
    type: str
    specifiers: dict[str, str]
    names: tuple[str, ...]
    books: Sequence[tuple[int, ...]]


TWO_WAYS = ((1_200, 4_000), (1_909, 1_900), (2_350, 1_600), (9_000, 1_050))
THREE_WAYS = ((2_100, 3_300, 3_400), (1_300, 5_000, 9_000), (4_333, 3_500, 1_800))
TYPES: Sequence[tuple[str, dict[str, str], tuple[str, ...], Sequence[tuple[int, ...]]]] = (
    ("both_teams_to_score", {}, ("yes", "no"), TWO_WAYS),
    ("total_goals", {"total": "2.25"}, ("over", "under"), TWO_WAYS),
    ("match_result", {}, ("home", "draw", "away"), THREE_WAYS),
    ("draw_no_bet", {}, ("home", "away"), TWO_WAYS),
    ("total_goals", {"total": "1.75"}, ("over", "under"), TWO_WAYS),
    ("total_goals", {"total": "2"}, ("over", "under"), TWO_WAYS),
)
MARKETS = {derived("sim market", str(n)): Played(FIXTURES[n % len(FIXTURES)], *what) for n, what in enumerate(TYPES)}

KINDS = {1: ("single",), 2: ("multiple", "singles and a double"), 3: ("multiple", "trixie", "patent", "roundrobin:2")}
"""Types of bet by their legs; what the product does not offer yet is known to tests (`tests.bet_types`)."""

MEANWHILE, AFTERWARDS = (30, 5, 20, 7, 1, 3, 3, 0, 3), (1, 15, 1, 1, 1, 15, 20, 8, 1)
"""How often people ask for what, while matches are played, and once everything came out and results are corrected."""

Ask = Callable[[str, Make], None]


class People:
    """Asks one thing at a time: `send(key, make)` takes a command as its client keeps it, to be sent again under the same key."""

    def __init__(self, rng: Random, judge: Judge, send: Ask, log: PreviewedLog) -> None:
        self._rng, self._judge, self._send = rng, judge, send
        self._asked = 0
        self.is_afterwards = False
        self.traders = Traders(rng, judge, self._once, log)

    def ask(self) -> None:
        """Ask for something."""
        self._asked += 1
        asks = (self._bet, self._money, self._trade, self._beat, self._pause, self.traders.correct, self.traders.decide)
        asks = (*asks, self.settle, self._grant)
        self._rng.choices(asks, AFTERWARDS if self.is_afterwards else MEANWHILE)[0]()

    def _bet(self) -> None:
        rng, account_id = self._rng, self._rng.choice(ACCOUNTS)
        shown = [market_id for market_id in sorted(MARKETS) if self._is_open(market_id)] if rng.randrange(5) else sorted(MARKETS)
        if not shown:
            return
        legs = tuple(self._leg(market_id) for market_id in rng.sample(shown, min(len(shown), rng.choice([1, 1, 1, 2, 3]))))
        bet_id = derived("sim bet", str(self._asked))
        stake_minor, accept = rng.choice([1, 7_00, 7_00, 20_33, 84_00, 840_00]), rng.choice(["exact", "better", "any"])
        kind = rng.choice(KINDS[len(legs)])
        free_bet_id, usable = "", self._judge.free_bets.usable(self._judge.committed_us)
        if usable and rng.randrange(3) == 0:
            free_bet_id = rng.choice(usable)
            token = self._judge.free_bets.tokens[free_bet_id]
            account_id, stake_minor = token.account_id, token.amount_minor
        ask = (bet_id, account_id, stake_minor, "EUR", kind, legs, accept)
        self._send(bet_id, lambda at: PlaceBet(*ask, at, free_bet_id=free_bet_id))

    def _grant(self) -> None:
        """Grant somebody a free bet, which may expire at once."""
        rng, account_id = self._rng, self._rng.choice(ACCOUNTS)
        free_bet_id, amount_minor = derived("sim free bet", str(self._asked)), rng.choice([12, 8_40])
        seconds = rng.choice([1, 60, 86_400])
        ask = (free_bet_id, account_id, amount_minor, "EUR")
        self._once("grant", lambda at: GrantFreeBet(*ask, at + timedelta(seconds=seconds), "welcome", CONSOLE, at))

    def _is_open(self, market_id: str) -> bool:
        trading = self._judge.trading
        return market_id in trading.markets and trading.shown(market_id)[0] == "open"

    def _leg(self, market_id: str) -> AskedLeg:
        """Ask for what is, or lately was, on the screen."""
        market, selection = self._judge.trading.markets.get(market_id), self._rng.choice(MARKETS[market_id].names)
        if market is None:
            return AskedLeg(market_id, selection, exact(2, 1), 1)
        version = max(1, len(market.facts) - self._rng.choice([0, 0, 0, 0, 1, 2, 5]))
        prices = [price.prices for price in market.prices if price.entry.version <= version][-1]
        odds = prices.get(selection)
        return AskedLeg(market_id, selection, exact(2, 1) if odds is None else exact(*odds.as_integer_ratio()), version)

    def _money(self) -> None:
        account_id, reference = self._rng.choice(ACCOUNTS), str(self._asked)
        direction, amount_minor = self._rng.choice(["deposit", "withdrawal"]), self._rng.choice([1, 33_00, 250_00])
        self._transfer(account_id, direction, amount_minor, reference)

    def _transfer(self, account_id: str, direction: Any, amount_minor: int, reference: str) -> None:
        key = transfer_of(account_id, reference)
        self._send(key, lambda at: MoveMoney(direction, account_id, amount_minor, "EUR", reference, at))

    def _beat(self) -> None:
        name = self._rng.choice(PRODUCERS)
        self._once("beat", lambda at: Beat(name, LEASE_MS, at))

    def _pause(self) -> None:
        """Take a pause, or be shut out and let in again."""
        rng, account_id = self._rng, self._rng.choice(ACCOUNTS)
        seconds = rng.choice([1, 5, 20])
        make: Make = rng.choices(
            [
                lambda at: TimeOut(account_id, at + timedelta(seconds=seconds), account_id, at),
                lambda at: CloseAccount(account_id, "asked for", CONSOLE, at),
                lambda at: ReopenAccount(account_id, CONSOLE, at),
                lambda at: ExcludeSelf(account_id, at + timedelta(days=200), account_id, at),
            ],
            [10, 3, 30, 1],
        )[0]
        self._once("pause", make)

    def _trade(self) -> None:
        rng = self._rng
        market_id = rng.choice(sorted(MARKETS))
        fixture_id, prices, producer = MARKETS[market_id].fixture_id, self.prices(market_id), rng.choice(("", *PRODUCERS))
        home, away = rng.randrange(4), rng.randrange(3)
        later = rng.choice([0, 0, 1])
        scope: tuple[str, tuple[str, ...]] = rng.choice(
            [("fixture", (fixture_id,)), ("fixture", (fixture_id,)), ("competition", ("football", "Cup")), ("sport", ("football",))]
        )
        reason = rng.choice(["storm", "fog"])
        makes: list[tuple[int, Make]] = [
            (150, lambda at: PriceMarket(market_id, prices, at, producer=producer)),
            (9, lambda at: SuspendMarket(market_id, reason, at)),
            (45, lambda at: ResumeMarket(market_id, prices, at, producer=producer)),
            (1, lambda at: CloseMarket(market_id, at)),
            (10, lambda at: ResultMarket(market_id, at)),
            (3, lambda at: ResultMarket(market_id, at, reason)),
            (20, lambda at: KickOff(fixture_id, at)),
            (14, lambda at: ChangeScore(fixture_id, home, away, 1, "first_half", at)),
            (2, lambda at: EndFixture(fixture_id, home, away, home + later, away, at)),
            (2, lambda at: AbandonFixture(fixture_id, reason, at)),
            (1, lambda at: StopBetting(*scope, reason, at)),
            (20, lambda at: ReopenBetting(*scope, at)),
        ]
        self._once("trade", rng.choices([make for _, make in makes], [weight for weight, _ in makes])[0])

    def _once(self, what: str, make: Make) -> None:
        """Ask for what has no key of its own: asked again it is a repeat, or another thing."""
        self._send(f"once {what} {self._asked}", make)

    def prices(self, market_id: str) -> dict[str, Odds]:
        """Return prices of all selections, that add up to a book; now and then one is withdrawn."""
        played, rng = MARKETS[market_id], self._rng
        prices = {name: exact(price, 1_000) for name, price in zip(played.names, rng.choice(played.books), strict=True)}
        if rng.randrange(12) == 0 and market_id in self._judge.trading.markets:
            del prices[rng.choice(played.names)]
        return prices

    def settle(self) -> None:
        """Ask to settle what can be settled, again and again and in any order, as whoever reads the log does."""
        for bet_id, account_id, market_id in self._judge.bets.settlements.unsettled():
            self._send(
                f"once settle {bet_id} {market_id}",
                lambda at, bet_id=bet_id, account_id=account_id, market_id=market_id: SettleBet(bet_id, market_id, at, account_id),
            )

    # The beginning and the end.

    def beginning(self) -> list[Callable[[], None]]:
        """Return what has to be there first, to be asked one after the other."""
        producer, kick_off = PRODUCERS[0], datetime.fromisoformat("2026-03-01T12:00:00+00:00")

        def accounts() -> None:
            for n, a in enumerate(ACCOUNTS):
                handle, email = f"bettor_{n}", f"bettor{n}@example.org"
                self._send(f"once account {n}", lambda at, a=a, h=handle, e=email: OpenAccount(a, h, e, "argon2", "EUR", at))
            for name in PRODUCERS:
                self._send(f"once beat {name}", lambda at, name=name: Beat(name, LEASE_MS, at))
            for n, f in enumerate(FIXTURES):
                what = ("football", "Cup", f"H{n}", f"A{n}", kick_off, False)
                self._send(f"once fixture {n}", lambda at, f=f, what=what: ScheduleFixture(f, *what, at))
            self.traders.open_accounts()

        def markets() -> None:
            for n, (m, played) in enumerate(MARKETS.items()):
                selections, prices = tuple(Selection(name, name) for name in played.names), self.prices(m)
                what = (m, played.fixture_id, played.type, played.specifiers, selections, prices, 3_000)
                by = producer if n % 2 else ""
                self._send(f"once market {n}", lambda at, what=what, by=by: OpenMarket(*what, at, producer=by))
            for account_id in ACCOUNTS:
                self._transfer(account_id, "deposit", 300_00, "first")
            self.traders.take_office()

        return [accounts, markets]

    def take_money_out(self) -> None:
        """Let some withdraw all that they have, so that what a correction takes back is not there any more."""
        for account_id, available_minor in sorted(self._judge.money.available.items()):
            if available_minor and account_id in ACCOUNTS and self._rng.randrange(2):
                self._transfer(account_id, "withdrawal", available_minor, f"all of {self._asked}")

    def bring_money_in(self) -> None:
        """Let everybody deposit something; who owes repays of it."""
        for account_id in ACCOUNTS:
            self._transfer(account_id, "deposit", self._rng.choice([1, 20_00]), f"late {self._asked}")

    def corrections(self) -> list[Callable[[], None]]:
        """Return what corrects results once all came out and bets are settled, to be asked one after the other."""
        self._asked += 1
        return [self.take_money_out, self.traders.correct_many, *[self.traders.decide] * 3, self.traders.approve_all]

    def end(self, *, is_managed: bool) -> list[Callable[[], None]]:
        """Return what brings every match to its end and every market to its result, to be asked one after the other.

        Where process managers are at work, they void what was abandoned, and a match that did not begin yet never will.
        """

        def each(what: str, ids: Sequence[str], make: Callable[[str, datetime], Any]) -> Callable[[], None]:
            def ask() -> None:
                for one in ids:
                    self._send(f"once {what} {one}", lambda at, one=one: make(one, at))

            return ask

        markets = sorted(MARKETS)
        whistle = each("whistle", FIXTURES, lambda one, at: EndFixture(one, 3, 3, 4, 3, at))
        result = each("result", markets, ResultMarket)
        if is_managed:
            return [whistle, result]
        void = each("void", markets, lambda one, at: ResultMarket(one, at, "fog"))
        return [each("kick off", FIXTURES, KickOff), whistle, result, void]
