"""What the product itself writes is clean, whatever it is asked; and no change to it goes unnoticed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from commands.audit import verify
from commands.dispatch import Dispatcher
from commands.move_money import MoveMoney
from commands.open_account import OpenAccount
from commands.place_bet import PlaceBet
from commands.settle_bet import SettleBet
from commands.use_cases import USE_CASES
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced, BetSettled
from domain.fact import Recorded
from domain.fixture.commands import ScheduleFixture
from domain.ids import derived, wallet_of
from domain.market.commands import OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketResulted
from domain.odds import Odds
from domain.refused import Refused
from domain.settling.grading import FinalScore, grade
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
)
from infra.eventstore.memory import MemoryEventStore
from tests.audit_story import ALL_VOID, FIRST, GRACE_MS, HOME_WON, NOON, SELECTIONS, Story

HANDLES = ("ann_1", "ben_2", "cat_3")
ACCOUNTS = tuple(derived("account", handle) for handle in HANDLES)
FIXTURES = tuple(derived("fixture", name) for name in "abc")
MARKETS = tuple(derived("market", name) for name in "abc")
which = st.integers(0, 2)
prices = st.fixed_dictionaries({name: st.integers(1_010, 9_000).map(lambda n: Odds(n, 1000)) for name in HOME_WON})
steps = st.one_of(
    st.tuples(st.just("move"), which, st.sampled_from(["deposit", "withdrawal"]), st.integers(1, 50_00)),
    st.tuples(st.just("price"), which, prices),
    st.tuples(st.sampled_from(["suspend", "result", "void", "wait"]), which),
    st.tuples(st.just("resume"), which, prices),
    st.tuples(
        st.just("bet"), which, st.lists(which, min_size=1, max_size=3, unique=True), st.sampled_from(["exact", "better", "any"]), which
    ),
)


class Bookmaker:
    """Runs a history through the real dispatcher and settles as the role does; what is refused is refused."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.at = NOON
        self.count = 0
        for handle, account_id in zip(HANDLES, ACCOUNTS, strict=True):
            self.ask(OpenAccount(account_id, handle, f"{handle}@example.com", "-", "EUR", self.at))
            self.ask(MoveMoney("deposit", account_id, 100_00, "EUR", "first", self.at))
        for fixture_id, market_id in zip(FIXTURES, MARKETS, strict=True):
            self.ask(ScheduleFixture(fixture_id, "football", "Cup", "Reds", "Blues", self.at, neutral=False, at=self.at))
            self.ask(OpenMarket(market_id, fixture_id, "match_result", {}, SELECTIONS, FIRST, GRACE_MS, self.at))

    def ask(self, command: Any) -> None:
        try:
            self.dispatcher.call(command)
        except Refused:
            self.count += 1

    def take(self, step: tuple[Any, ...]) -> None:
        self.at += timedelta(milliseconds=700)
        self.count += 1
        match step:
            case ("move", account, direction, amount_minor):
                self.ask(MoveMoney(direction, ACCOUNTS[account], amount_minor, "EUR", f"ref {self.count}", self.at))
            case ("price", market, new):
                self.ask(PriceMarket(MARKETS[market], new, self.at))
            case ("suspend", market):
                self.ask(SuspendMarket(MARKETS[market], "goal", self.at))
            case ("resume", market, new):
                self.ask(ResumeMarket(MARKETS[market], new, self.at))
            case ("result", market):
                score = FinalScore(self.count % 3, self.count % 2)
                self.ask(ResultMarket(MARKETS[market], grade("match_result", {}, score), score.home, score.away, self.at))
            case ("void", market):
                self.ask(ResultMarket(MARKETS[market], ALL_VOID, 0, 0, self.at, "abandoned"))
            case ("bet", account, markets, accept, back):
                self.bet(ACCOUNTS[account], [MARKETS[market] for market in markets], accept, back)
            case _:
                self.at += timedelta(seconds=3)
        self.settle()

    def bet(self, account_id: str, markets: Sequence[str], accept: str, back: int) -> None:
        """Ask for what some version of each market showed, not always the newest."""
        legs = []
        for market_id in markets:
            history = self.store.load({market_id: 0})[market_id]
            shown = [fact for fact in history if hasattr(fact.body, "prices")][-1 - back :][0]
            selection = tuple(HOME_WON)[self.count % 3]
            legs.append(AskedLeg(market_id, selection, shown.body.prices[selection], shown.version))
        kind = "single" if len(legs) == 1 else "multiple"
        bet_id, wallet_id = derived("bet", str(self.count)), wallet_of(account_id)
        self.ask(PlaceBet(bet_id, account_id, wallet_id, 1 + self.count * 37 % 20_00, "EUR", kind, tuple(legs), accept, self.at))

    def settle(self) -> None:
        results = {fact.stream_id: fact.body.results for fact in self.log() if isinstance(fact.body, MarketResulted)}
        for fact in self.log():
            if isinstance(fact.body, BetPlaced):
                for leg in fact.body.legs:
                    if leg.market_id in results:
                        placed, result = fact.body, results[leg.market_id][leg.selection]
                        wallet_id = wallet_of(placed.account_id)
                        self.ask(SettleBet(fact.stream_id, placed.account_id, wallet_id, leg.market_id, result, self.at))

    def log(self) -> Sequence[Recorded[Any]]:
        return self.store.read(0, 1_000_000)


def told(history: Sequence[tuple[Any, ...]]) -> list[Recorded[Any]]:
    bookmaker = Bookmaker()
    for step in history:
        bookmaker.take(step)
    bookmaker.dispatcher.stop()
    return list(bookmaker.log())


@given(st.lists(steps, max_size=25))
def test_whatever_is_asked_the_log_is_clean(history: list[tuple[Any, ...]]):
    assert verify(Story(told(history)), facts_per_read=16).violation is None


AMOUNTS = ("amount_minor", "stake_minor", "available_minor", "returns_minor", "potential_returns_minor")


@given(st.lists(steps, min_size=5, max_size=20), st.data())
def test_an_amount_that_was_changed_anywhere_is_found(history: list[tuple[Any, ...]], data: st.DataObject):
    log = told(history)
    places = [(fact.position, name) for fact in log for name in AMOUNTS if hasattr(fact.body, name)]
    position, name = data.draw(st.sampled_from(places))
    by = data.draw(st.integers(-50_00, 50_00).filter(bool))
    found = verify(Story(log).change(position, **{name: getattr(log[position - 1].body, name) + by})).violation
    assert found is not None
    assert found.position in (position, position + 1)


MONEY = (FundsDeposited, FundsWithdrawn, StakeReserved, ReturnsPaid, StakeRefunded, StakeLost, TransferRecorded, BetPlaced, BetSettled)


@given(st.lists(steps, max_size=20), st.data())
def test_a_movement_of_money_that_was_taken_out_is_found(history: list[tuple[Any, ...]], data: st.DataObject):
    log = told(history)
    position = data.draw(st.sampled_from([fact.position for fact in log if isinstance(fact.body, MONEY)]))
    closed_up = [msgspec.structs.replace(fact, position=fact.position - 1) for fact in log[position:]]
    assert verify(Story(log[: position - 1] + closed_up)).violation is not None
