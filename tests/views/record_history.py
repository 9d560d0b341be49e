"""Bets that are shared, tailed, settled and corrected over many days, and a plain model of what records must say of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from domain.bet.facts import BetSettled, BetSettlementReversed
from domain.fact import Fact, micros
from domain.ids import wallet_of
from domain.market.facts import MarketOpened
from domain.odds import parse
from domain.settling import LOST, VOID, WON
from domain.slip.facts import SlipLeg
from domain.wallet.facts import ReturnsPaid, SettlementReversed, StakeLost, StakeRefunded
from infra.eventstore.memory import MemoryEventStore
from tests.views.history import MARKS, NOON, SELECTIONS, named, priced
from tests.views.social_history import SocialHistory

DAY_S = 86_400
RESULTS = {"won": WON, "lost": LOST, "void": VOID}
ODDS = {"home": "2.35", "draw": "3.4", "away": "10/11"}
SPORTS, TYPES = ("football", "tennis"), ("match_result", "total_goals")


class ToldBet(NamedTuple):
    """A bet, as the model knows it."""

    account_id: str
    bet_id: str
    stake_minor: int
    leg: SlipLeg
    sport: str
    type: str
    author_id: str = ""


class ToldEnd(NamedTuple):
    """How a bet came out the last time, and when."""

    outcome: str
    returns_minor: int
    settlement: int
    at: datetime
    was_shared: bool


class RecordHistory(SocialHistory):
    """The verbs of a social history, and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryEventStore(clock_us=lambda: micros(self.now))

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._seconds)

    def pass_days(self, days: int) -> None:
        self._seconds += days * DAY_S

    def market_of(self, market_id: str, fixture_id: str, market_type: str) -> None:
        prices = priced(*ODDS.values())
        self.add(market_id, MarketOpened(fixture_id, market_type, {}, SELECTIONS, prices, 3_000, self.at(), 500, ("gate",), MARKS[:1]))

    def resettle(self, bet: ToldBet, before: ToldEnd, outcome: str, paid_minor: int) -> None:
        """Undo a settlement and settle a bet anew, from a wallet that has what is taken back."""
        at, number, wallet = self.at(), before.settlement, wallet_of(bet.account_id)
        account_id, bet_id, stake_minor = bet.account_id, bet.bet_id, bet.stake_minor
        left = self._move(account_id, -before.returns_minor)
        undone = SettlementReversed(account_id, bet_id, number, stake_minor, before.returns_minor, 0, left, at)
        self.add(bet_id, BetSettlementReversed(account_id, number, bet.leg.market_id, stake_minor, before.returns_minor, at))
        self.add(bet_id, BetSettled(account_id, outcome, stake_minor, paid_minor, (RESULTS[outcome],), number + 1, at))
        left = self._move(account_id, paid_minor)
        if outcome == "void":
            fact: Fact = StakeRefunded(account_id, bet_id, stake_minor, left, at, number + 1)
        elif paid_minor:
            fact = ReturnsPaid(account_id, bet_id, stake_minor, paid_minor, left, at, number + 1)
        else:
            fact = StakeLost(account_id, bet_id, stake_minor, left, at, number + 1)
        self.add(wallet, undone, fact)


class RecordStory:
    """A history of bets among a few accounts, and what a plain model says of it. The same seed gives the same one."""

    def __init__(self, seed: int) -> None:
        self.rng, self.history = Random(seed), RecordHistory()  # noqa: S311  (a story, not a secret)
        self.accounts = [named("account", number) for number in range(4)]
        for number, account_id in enumerate(self.accounts):
            self.history.account(account_id, f"Player{number}")
            self.history.wallet(account_id, 1_000_000_00)
        self.legs: list[tuple[SlipLeg, str, str]] = []
        for number in range(4):
            fixture_id, sport = named("fixture", number), SPORTS[number % 2]
            self.history.fixture(fixture_id, sport=sport)
            for kind in TYPES:
                market_id = named("market", number * 2 + TYPES.index(kind))
                self.history.market_of(market_id, fixture_id, kind)
                self.legs += [(SlipLeg(fixture_id, market_id, each, parse(odds), 1), sport, kind) for each, odds in ODDS.items()]
        self.bets: list[ToldBet] = []
        self.shared: set[str] = set()
        self.ends: dict[str, ToldEnd] = {}
        self.order: list[str] = []

    def go_on(self, turns: int) -> None:
        moves = (self.bet, self.share, self.settle, self.correct, self.wait, self.remove)
        for _ in range(turns):
            self.rng.choices(moves, (40, 30, 40, 12, 6, 3))[0]()

    def bet(self) -> None:
        leg, sport, kind = self.rng.choice(self.legs)
        account_id, bet_id, stake_minor = self.rng.choice(self.accounts), named("bet", len(self.bets)), self.rng.randint(1, 50) * 100
        self.history.bet(account_id, bet_id, stake_minor, (leg.market_id, leg.selection, ODDS[leg.selection], 1))
        tailed = [each for each in self.bets if each.bet_id in self.shared and each.account_id != account_id]
        author_id = ""
        if tailed and self.rng.random() < 0.4:
            slip, side = self.rng.choice(tailed), self.rng.choice(("tail", "tail", "fade"))
            self.history.tail(account_id, bet_id, slip.bet_id, slip.account_id, side)
            author_id = slip.account_id if side == "tail" else ""
        self.bets.append(ToldBet(account_id, bet_id, stake_minor, leg, sport, kind, author_id))

    def share(self) -> None:
        left = [each for each in self.bets if each.bet_id not in self.shared]
        if left:
            bet = self.rng.choice(left)
            unit_minor = self.rng.choice((0, 5_00))
            shown = "units" if unit_minor else "amount"
            self.history.share(bet.account_id, bet.bet_id, bet.stake_minor, bet.leg, shown=shown, unit_minor=unit_minor)
            self.shared.add(bet.bet_id)

    def settle(self) -> None:
        left = [each for each in self.bets if each.bet_id not in self.ends]
        if left:
            bet = self.rng.choice(left)
            outcome, paid_minor = self._came_out(bet)
            self.history.settle(bet.account_id, bet.bet_id, outcome, bet.stake_minor, paid_minor, RESULTS[outcome])
            self.ends[bet.bet_id] = ToldEnd(outcome, paid_minor, 1, self.history.now, bet.bet_id in self.shared)
            self.order.append(bet.bet_id)

    def correct(self) -> None:
        settled = [each for each in self.bets if each.bet_id in self.ends]
        if settled:
            bet = self.rng.choice(settled)
            before, (outcome, paid_minor) = self.ends[bet.bet_id], self._came_out(bet)
            self.history.resettle(bet, before, outcome, paid_minor)
            self.ends[bet.bet_id] = ToldEnd(outcome, paid_minor, before.settlement + 1, self.history.now, before.was_shared)

    def wait(self) -> None:
        self.history.pass_days(self.rng.choice((1, 1, 3, 8)))

    def remove(self) -> None:
        left = [each for each in self.bets if each.bet_id in self.shared]
        if left:
            bet = self.rng.choice(left)
            self.history.remove(bet.account_id, bet.bet_id)

    def counted(self, account_id: str, since: datetime | None = None) -> Sequence[tuple[ToldBet, ToldEnd]]:
        """The bets in a record, in the order of their first settlement; those whose last one was not before `since`."""
        by_id = {each.bet_id: each for each in self.bets}
        found = [(by_id[bet_id], self.ends[bet_id]) for bet_id in self.order if by_id[bet_id].account_id == account_id]
        return [(bet, end) for bet, end in found if end.was_shared and (since is None or end.at >= since)]

    def _came_out(self, bet: ToldBet) -> tuple[str, int]:
        outcome = self.rng.choice(("won", "lost", "lost", "void"))
        odds = bet.leg.odds
        won_minor = bet.stake_minor * odds.numerator // odds.denominator
        return outcome, {"won": won_minor, "lost": 0, "void": bet.stake_minor}[outcome]
