"""A history told fact by fact, and what people see of it: the words in which every view is tested."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from commands.ports import Append, NewFact
from domain.bet.facts import BetPending, BetPlaced, BetRefused, BetSettled, BetSettlementReversed, Leg, ReferralAnswered
from domain.bet.lines import folds_of, line_count
from domain.bonus.facts import BonusBetSettled, BonusConverted, BonusCredited, BonusExpired, BonusStakeReserved
from domain.fact import Fact, micros
from domain.fixture.facts import ClockAdvanced, FixtureEnded, FixtureScheduled, KickedOff, ScoreChanged
from domain.follow.facts import Followed, Unfollowed
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetUsed
from domain.gate.facts import BettingReopened, BettingStopped, PricesVoided
from domain.ids import derived, follow_of, gate_of, producer_of, reaction_of, slip_of, wallet_of
from domain.market.facts import (
    MarketBetDelaySet,
    MarketClosed,
    MarketOpened,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
    Selection,
)
from domain.odds import Odds, parse
from domain.producer.facts import HeartBeat, SessionBegun
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.reaction.facts import Reacted
from domain.settling import LOST, VOID, WON, LegResult, potential_of_folds_minor
from domain.slip.facts import SlipLeg, SlipShared
from domain.wallet.facts import (
    BonusReceived,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReleased,
    StakeReserved,
    WalletOpened,
)
from infra.eventstore.memory import MemoryEventStore
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.accounts import alerts, statement
from projections.betting import board, portfolio
from projections.notifications import registry as notifications
from projections.ports import ReadModels
from projections.social import registry as social
from projections.trading import exposure, liability, proposals, referrals

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
VIEWS = (
    portfolio.VIEW,
    statement.VIEW,
    board.VIEW,
    proposals.VIEW,
    liability.VIEW,
    exposure.VIEW,
    referrals.VIEW,
    alerts.VIEW,
    *social.VIEWS,
    *notifications.VIEWS,
)
SELECTIONS = (Selection("home", "Norway"), Selection("draw", "Draw"), Selection("away", "Wales"))

GATES_ABOVE = (gate_of("competition", "football", "World Cup"), gate_of("sport", "football"))
MARKS = (0, 0, 0)
"""The versions of the gates that nobody touched."""

Answer = TypeVar("Answer")


def named(kind: str, number: int) -> str:
    """The id of a thing that a test speaks about."""
    return derived(kind, str(number))


ANN = named("account", 1)


class History:
    """What happened, in order. Each verb adds the facts that the product would, at one second after the other."""

    def __init__(self) -> None:
        self.log = MemoryEventStore(clock_us=lambda: micros(NOON + timedelta(seconds=self._seconds)))
        self._versions: dict[str, int] = {}
        self._available: dict[str, int] = {}
        self._fixtures: dict[str, str] = {}
        self._pending: dict[str, BetPending] = {}
        self._seconds = 0

    def at(self) -> datetime:
        self._seconds += 1
        return NOON + timedelta(seconds=self._seconds)

    def add(self, stream_id: str, *facts: Fact) -> int:
        """Record facts on a stream and return the position of the last."""
        start = self._versions.get(stream_id, 0)
        news = [NewFact(stream_id, start + nth, fact) for nth, fact in enumerate(facts, 1)]
        self._versions[stream_id] = start + len(facts)
        (verdict,) = self.log.append_many([Append(news)]).verdicts
        assert verdict.accepted
        return verdict.position

    def wallet(self, account_id: str, deposit_minor: int = 0) -> None:
        self._available[account_id] = 0
        self.add(wallet_of(account_id), WalletOpened(account_id, "EUR", self.at()))
        if deposit_minor:
            self.deposit(account_id, deposit_minor)

    def deposit(self, account_id: str, amount_minor: int) -> None:
        left = self._move(account_id, amount_minor)
        self.add(wallet_of(account_id), FundsDeposited(account_id, amount_minor, f"in-{self._seconds}", left, self.at()))

    def withdraw(self, account_id: str, amount_minor: int) -> None:
        left = self._move(account_id, -amount_minor)
        self.add(wallet_of(account_id), FundsWithdrawn(account_id, amount_minor, f"out-{self._seconds}", left, self.at()))

    def bet(self, account_id: str, bet_id: str, stake_minor: int, *legs: tuple[str, str, str, int], bet_type: str = "") -> int:
        """Strike a bet on legs of (market, selection, odds, version); by default all in one line."""
        at, left = self.at(), self._move(account_id, -stake_minor)
        struck = tuple(
            Leg(market_id, selection, parse(odds), version, fixture_id=self._fixtures.get(market_id, ""))
            for market_id, selection, odds, version in legs
        )
        kind = bet_type or ("single" if len(legs) == 1 else "multiple")
        folds, lines = folds_of(kind, len(legs)), line_count(kind, len(legs))
        potential_minor = potential_of_folds_minor(stake_minor // lines, folds, [leg.odds for leg in struck])
        position = self.add(bet_id, BetPlaced(account_id, stake_minor, "EUR", kind, struck, "exact", potential_minor, at, lines))
        self.add(wallet_of(account_id), StakeReserved(account_id, bet_id, stake_minor, left, at))
        return position

    def pend(
        self, account_id: str, bet_id: str, stake_minor: int, leg: tuple[str, str, str, int], delay_s: int = 5, refer_s: int = 0
    ) -> None:
        """Have a single wait, for its delay or for a trader."""
        at, left = self.at(), self._move(account_id, -stake_minor)
        market_id, selection, odds, version = leg
        struck = Leg(market_id, selection, parse(odds), version, fixture_id=self._fixtures.get(market_id, ""))
        potential_minor = potential_of_folds_minor(stake_minor, folds_of("single", 1), [struck.odds])
        fact = BetPending(account_id, stake_minor, "EUR", "single", (struck,), "exact", potential_minor, delay_s, at, refer_s=refer_s)
        self.add(bet_id, fact)
        self.add(wallet_of(account_id), StakeReserved(account_id, bet_id, stake_minor, left, at))
        self._pending[bet_id] = fact

    def strike_pending(self, bet_id: str) -> None:
        """Strike a bet that waits, as it was asked for."""
        fact = self._pending.pop(bet_id)
        what = (fact.account_id, fact.stake_minor, fact.currency, fact.type, fact.legs, fact.accept, fact.potential_returns_minor)
        self.add(bet_id, BetPlaced(*what, self.at()))

    def take_pending(self, bet_id: str, stake_minor: int) -> None:
        """Have a trader take a part of a bet that waits for one, at what it was asked for; the rest comes back."""
        fact = self._pending.pop(bet_id)
        at, rest_minor = self.at(), fact.stake_minor - stake_minor
        left, potential_minor = self._move(fact.account_id, rest_minor), fact.potential_returns_minor * stake_minor // fact.stake_minor
        self.add(wallet_of(fact.account_id), StakeReleased(fact.account_id, bet_id, rest_minor, left, fact.at, at))
        self.add(bet_id, ReferralAnswered(fact.account_id, stake_minor, stake_minor, named("account", 99), at))
        what = (fact.account_id, stake_minor, fact.currency, fact.type, fact.legs, fact.accept, potential_minor)
        self.add(bet_id, BetPlaced(*what, at))

    def refuse_pending(self, bet_id: str, reason: str = "prices-moved") -> None:
        """Refuse a bet that waits."""
        fact = self._pending.pop(bet_id)
        at, left = self.at(), self._move(fact.account_id, fact.stake_minor)
        self.add(bet_id, BetRefused(fact.account_id, fact.stake_minor, reason, "A price moved.", {}, at))
        self.add(wallet_of(fact.account_id), StakeReleased(fact.account_id, bet_id, fact.stake_minor, left, fact.at, at))

    def settle(
        self,
        account_id: str,
        bet_id: str,
        outcome: str,
        stake_minor: int,
        paid_minor: int,
        *results: LegResult,
        closing: tuple[Odds, ...] = (),
    ) -> None:
        at, left = self.at(), self._move(account_id, paid_minor)
        self.add(bet_id, BetSettled(account_id, outcome, stake_minor, paid_minor, results, 1, at, closing))
        if outcome == "void":
            fact: Fact = StakeRefunded(account_id, bet_id, stake_minor, left, at)
        elif paid_minor:
            fact = ReturnsPaid(account_id, bet_id, stake_minor, paid_minor, left, at)
        else:
            fact = StakeLost(account_id, bet_id, stake_minor, left, at)
        self.add(wallet_of(account_id), fact)

    def grant(self, account_id: str, free_bet_id: str, amount_minor: int = 10_00, days: int = 7) -> None:
        at = self.at()
        self.add(free_bet_id, FreeBetGranted(account_id, amount_minor, "EUR", at + timedelta(days=days), "welcome", "tom", at))

    def bet_freely(self, account_id: str, bet_id: str, free_bet_id: str, leg: tuple[str, str, str, int], stake_minor: int = 10_00) -> None:
        """Strike a single with a free bet, at odds of two."""
        market_id, selection, odds, version = leg
        at, struck = self.at(), (Leg(market_id, selection, parse(odds), version, fixture_id=self._fixtures.get(market_id, "")),)
        self.add(free_bet_id, FreeBetUsed(account_id, bet_id, at))
        self.add(bet_id, BetPlaced(account_id, stake_minor, "EUR", "single", struck, "exact", stake_minor, at, free_bet_id=free_bet_id))

    def settle_freely(
        self, account_id: str, bet_id: str, free_bet_id: str, result: LegResult, paid_minor: int = 0, stake_minor: int = 10_00
    ) -> None:
        """Settle a single that was struck with a free bet: it pays, or gives the free bet back where it is void."""
        at = self.at()
        if paid_minor:
            self.add(wallet_of(account_id), ReturnsPaid(account_id, bet_id, 0, paid_minor, self._move(account_id, paid_minor), at))
        if result == VOID:
            self.add(free_bet_id, FreeBetGivenBack(account_id, bet_id, 1, at))
        outcome = "void" if result == VOID else "won" if paid_minor else "lost"
        self.add(bet_id, BetSettled(account_id, outcome, stake_minor, paid_minor, (result,), 1, at))

    def credit(self, account_id: str, bonus_id: str, amount_minor: int = 10_00, times: int = 1) -> None:
        at, terms = self.at(), (times, amount_minor * times, parse("1.5"), amount_minor)
        self.add(bonus_id, BonusCredited(account_id, amount_minor, "EUR", *terms, at + timedelta(days=7), 1, "welcome", "tom", at))

    def bet_of_bonus(
        self, account_id: str, bet_id: str, bonus_id: str, market_id: str, stake_minor: int = 4_00, left_minor: int = 6_00
    ) -> None:
        """Strike a single from a bonus, at odds of two."""
        at, struck = self.at(), (Leg(market_id, "home", parse("2"), 1, fixture_id=self._fixtures.get(market_id, "")),)
        self.add(bonus_id, BonusStakeReserved(account_id, bet_id, stake_minor, left_minor, at))
        self.add(bet_id, BetPlaced(account_id, stake_minor, "EUR", "single", struck, "exact", 2 * stake_minor, at, bonus_id=bonus_id))

    def settle_of_bonus(
        self, account_id: str, bet_id: str, bonus_id: str, result: LegResult, stake_minor: int = 4_00, left_minor: int = 6_00
    ) -> None:
        """Settle such a single; of a win the bonus becomes cash, of a loss the rest of it expires."""
        at, paid_minor = self.at(), {WON: 2 * stake_minor, VOID: stake_minor}.get(result, 0)
        counted_minor, left_minor = 0 if result == VOID else stake_minor, left_minor + paid_minor
        what = (account_id, bet_id, 1, stake_minor, paid_minor, "bonus", counted_minor, counted_minor, left_minor, at)
        self.add(bonus_id, BonusBetSettled(*what))
        if result == WON:
            received = BonusReceived(account_id, bonus_id, bet_id, left_minor, self._move(account_id, left_minor), at)
            self.add(wallet_of(account_id), received)
            self.add(bonus_id, BonusConverted(account_id, bet_id, left_minor, at))
        self.add(
            bet_id,
            BetSettled(
                account_id, "void" if result == VOID else "won" if paid_minor else "lost", stake_minor, paid_minor, (result,), 1, at
            ),
        )
        if result == LOST:
            self.add(bonus_id, BonusExpired(account_id, left_minor, 0, self.at()))

    def resettle_as_lost(self, account_id: str, bet_id: str, stake_minor: int, paid_minor: int) -> None:
        """Undo the first settlement of a single, which paid so much, and settle it as lost; what is not there any more is owed."""
        at, taken_minor = self.at(), min(self._available[account_id], paid_minor)
        left = self._move(account_id, -taken_minor)
        undone = SettlementReversed(account_id, bet_id, 1, stake_minor, paid_minor, paid_minor - taken_minor, left, at)
        self.add(bet_id, BetSettlementReversed(account_id, 1, named("market", 1), stake_minor, paid_minor, at))
        self.add(bet_id, BetSettled(account_id, "lost", stake_minor, 0, (LOST,), 2, at))
        self.add(wallet_of(account_id), undone, StakeLost(account_id, bet_id, stake_minor, left, at, 2))

    def fixture(self, fixture_id: str, *, sport: str = "football", kick_off: datetime = NOON) -> None:
        self.add(fixture_id, FixtureScheduled(sport, "World Cup", "Norway", "Wales", kick_off, True, self.at()))

    def kick_off(self, fixture_id: str) -> None:
        self.add(fixture_id, KickedOff(self.at()))

    def end(self, fixture_id: str, home: int = 2, away: int = 1) -> None:
        self.add(fixture_id, FixtureEnded(home, away, home, away, self.at()))

    def market(self, market_id: str, fixture_id: str, *odds: str) -> None:
        self._fixtures[market_id] = fixture_id
        prices, gates = priced(*odds), (gate_of("fixture", fixture_id), *GATES_ABOVE)
        fact = MarketOpened(fixture_id, "match_result", {}, SELECTIONS, prices, 3_000, self.at(), 500, gates, MARKS)
        self.add(market_id, fact)

    def _move(self, account_id: str, by_minor: int) -> int:
        self._available[account_id] += by_minor
        assert self._available[account_id] >= 0
        return self._available[account_id]


def priced(*odds: str) -> dict[str, Odds]:
    return {selection.selection: parse(text) for selection, text in zip(SELECTIONS, odds, strict=False)}


def seen(history: History, ask: Callable[[ReadModels], Coroutine[Any, Any, Answer]]) -> Answer:
    """What a query answers once every view has seen the whole history."""
    models = MemoryModels()
    Projector(history.log, models, VIEWS).catch_up()
    return asyncio.run(ask(MemoryReads(models)))


def busy(seed: int, facts_min: int = 400) -> History:
    """A lively history: accounts that bet, markets that move, matches that end. The same seed gives the same one."""
    rng, history = random.Random(seed), History()  # noqa: S311  (a story, not a secret)
    accounts = [named("account", number) for number in range(6)]
    for account_id in accounts:
        history.wallet(account_id, 100_000_00)
    story = _Story(rng, history, accounts)
    while history.log.head() < facts_min:
        rng.choices(story.turns, story.weights)[0]()
    return history


def markets_of_football(history: History) -> set[str]:
    """The markets that the gates of a busy history are above."""
    log = history.log.read(0, 1_000)
    scheduled = {fact.stream_id: fact.body for fact in log if isinstance(fact.body, FixtureScheduled)}
    opened = {fact.stream_id: fact.body for fact in log if isinstance(fact.body, MarketOpened)}
    return {market_id for market_id, fact in opened.items() if scheduled[fact.fixture_id].sport == "football"}


class _Story:
    def __init__(self, rng: random.Random, history: History, accounts: Sequence[str]) -> None:
        self.rng, self.history, self.accounts = rng, history, accounts
        self.live: list[tuple[str, str]] = []
        self.open: list[tuple[str, str, int, str]] = []
        self.pending: list[tuple[str, str, int, str]] = []
        self.numbers = 0
        self.sessions = 0
        self.shared: set[str] = set()
        self.turns = (self.match, self.bet, self.reprice, self.clock, self.suspend, self.final, self.cash, self.gate, self.feed)
        self.turns += (self.free, self.delay)
        self.weights = (6, 50, 20, 5, 3, 3, 5, 3, 8, 4, 12)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def match(self) -> None:
        fixture_id, market_id = named("fixture", self.number()), named("market", self.numbers)
        self.history.fixture(fixture_id, sport=self.rng.choice(("football", "tennis")), kick_off=NOON + timedelta(hours=self.numbers % 7))
        self.history.market(market_id, fixture_id, "2.35", "3.4", "10/11")
        if self.rng.random() < 0.8:
            self.history.kick_off(fixture_id)
            self.live.append((fixture_id, market_id))

    def bet(self) -> None:
        if self.live:
            account_id, (_, market_id) = self.rng.choice(self.accounts), self.rng.choice(self.live)
            stake_minor, bet_id = self.rng.randint(1, 50), named("bet", self.number())
            self.history.bet(account_id, bet_id, stake_minor, (market_id, self.rng.choice(("home", "draw", "away")), "2.35", 1))
            self.open.append((account_id, bet_id, stake_minor, market_id))

    def delay(self) -> None:
        """A market makes bets wait, and a bet waits; some that wait are struck or refused."""
        if self.live:
            account_id, (_, market_id) = self.rng.choice(self.accounts), self.rng.choice(self.live)
            stake_minor, bet_id = self.rng.randint(1, 50), named("bet", self.number())
            self.history.add(market_id, MarketBetDelaySet(self.rng.randint(0, 12), self.history.at()))
            self.history.add(market_id, MarketVoidWindowsSet((), 0, "seen after all", self.history.at()))
            self.history.add(market_id, MarketPriceErrorsSet((), 0, 1, "right after all", self.history.at()))
            self.history.pend(account_id, bet_id, stake_minor, (market_id, "home", "2.35", 1))
            self.pending.append((account_id, bet_id, stake_minor, market_id))
        while self.pending and self.rng.random() < 0.6:
            waiting = self.pending.pop(self.rng.randrange(len(self.pending)))
            if waiting[3] in {market_id for _, market_id in self.live} and self.rng.random() < 0.6:
                self.history.strike_pending(waiting[1])
                self.open.append(waiting)
            else:
                self.history.refuse_pending(waiting[1])

    def reprice(self) -> None:
        if self.live:
            _, market_id = self.rng.choice(self.live)
            self.history.add(market_id, MarketPriced(priced(f"2.{self.rng.randint(10, 99)}", "3.5", "4"), self.history.at(), marks=MARKS))

    def clock(self) -> None:
        if self.live:
            fixture_id, _ = self.rng.choice(self.live)
            minute, at = self.rng.randint(1, 90), self.history.at()
            goal: Fact = ScoreChanged(self.rng.randint(0, 4), 1, minute, "second_half", at)
            self.history.add(fixture_id, goal if self.rng.random() < 0.3 else ClockAdvanced(minute, "second_half", at))

    def suspend(self) -> None:
        if self.live:
            _, market_id = self.rng.choice(self.live)
            self.history.add(market_id, MarketSuspended("goal", self.history.at()))
            if self.rng.random() < 0.7:
                self.history.add(market_id, MarketResumed(priced("1.5", "4"), self.history.at(), marks=MARKS))

    def final(self) -> None:
        if self.live:
            fixture_id, market_id = self.live.pop(self.rng.randrange(len(self.live)))
            self.history.end(fixture_id)
            results = {"home": WON, "draw": LOST, "away": LOST}
            self.history.add(market_id, MarketClosed(self.history.at()), MarketResulted(results, 2, 1, self.history.at()))
            for account_id, bet_id, stake_minor, _ in [each for each in self.open if each[3] == market_id]:
                outcome, paid_minor, result = self.rng.choice(
                    (("won", stake_minor * 2, WON), ("lost", 0, LOST), ("void", stake_minor, VOID))
                )
                self.history.settle(account_id, bet_id, outcome, stake_minor, paid_minor, result)
            self.open = [each for each in self.open if each[3] != market_id]

    def gate(self) -> None:
        """A gate is stopped and opened again, a goal voids prices, a feed beats, a trader proposes: what lies over many markets."""
        at, rng = self.history.at(), self.rng
        above = ("sport", ("football",)), ("competition", ("football", "World Cup"))
        scope, subject = rng.choice((*above, ("fixture", (named("fixture", 1),))))
        gate_id, feed, proposal_id = gate_of(scope, *subject), producer_of("feed"), named("proposal", self.number())
        self.history.add(gate_id, BettingStopped(scope, subject, "storm", "tom", at), BettingReopened(scope, subject, "tom", at))
        self.history.add(gate_id, PricesVoided(scope, subject, "goal", "feed", at))
        self.sessions += 1
        self.history.add(feed, SessionBegun("feed", self.sessions, 10_000, at), HeartBeat(self.sessions, at))
        self.history.add(proposal_id, ActionProposed("price_market", named("market", 1), "{}", "Why.", "tom", at, at))
        if rng.random() < 0.5:
            self.history.add(proposal_id, ProposalApproved("tim", at) if rng.random() < 0.5 else ProposalRejected("tom", "tim", "no", at))

    def feed(self) -> None:
        """An open bet is shown to others, who follow and repost."""
        if self.open:
            (account_id, bet_id, stake_minor, market_id), other = self.rng.choice(self.open), self.rng.choice(self.accounts)
            slip_id, leg = slip_of(bet_id), SlipLeg(named("fixture", 1), market_id, "home", parse("2.35"), 1)
            if slip_id not in self.shared:
                self.shared.add(slip_id)
                fact = SlipShared(account_id, "single", (leg,), "public", "amount", self.history.at(), bet_id, stake_minor, "EUR")
                self.history.add(slip_id, fact)
            if other != account_id:
                at = self.history.at()
                follow: Fact = Followed(other, account_id, at) if self.rng.random() < 0.8 else Unfollowed(other, account_id, at)
                self.history.add(follow_of(other, account_id), follow)
                kind = self.rng.choice(("like", "repost"))
                self.history.add(reaction_of(kind, other, slip_id), Reacted(kind, other, slip_id, account_id, 9, at))

    def free(self) -> None:
        """A free bet is granted, and perhaps used at once in a bet that is settled at once, as is then one of a bonus."""
        account_id, free_bet_id = self.rng.choice(self.accounts), named("free bet", self.number())
        self.history.grant(account_id, free_bet_id)
        if self.live and self.rng.random() < 0.7:
            (_, market_id), bet_id = self.rng.choice(self.live), named("bet", self.number())
            self.history.bet_freely(account_id, bet_id, free_bet_id, (market_id, "home", "2", 1))
            result = self.rng.choice((WON, LOST, VOID))
            self.history.settle_freely(account_id, bet_id, free_bet_id, result, 10_00 if result == WON else 0)
            bonus_id, of_bonus = named("bonus", self.numbers), named("bet of bonus", self.numbers)
            self.history.credit(account_id, bonus_id)
            self.history.bet_of_bonus(account_id, of_bonus, bonus_id, market_id)
            self.history.settle_of_bonus(account_id, of_bonus, bonus_id, result)

    def cash(self) -> None:
        account_id = self.rng.choice(self.accounts)
        self.history.deposit(account_id, self.rng.randint(1, 100))
        self.history.withdraw(account_id, self.rng.randint(1, 100))
