"""Any order of prices, gates, goals, heartbeats and waits: a bet is struck only at a price that holds, judged by the log's time alone."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.betting.place_bet import PlaceBet
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff
from domain.fixture.facts import KickedOff
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped
from domain.ids import derived
from domain.market.commands import PriceMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketOpened, MarketPriced, MarketResumed
from domain.odds import parse
from domain.producer.commands import Beat
from domain.producer.facts import SessionBegun
from domain.refused import Refused
from tests.decisions.given import NOON
from tests.decisions.test_use_cases import ANN, F1, M1, Book, account, deposit, market

BOOKS = ({"yes": parse("2.1"), "no": parse("1.7")}, {"yes": parse("2"), "no": parse("1.8")}, {"yes": parse("2.5"), "no": parse("1.6")})
SCOPES: tuple[tuple[str, tuple[str, ...]], ...] = (("fixture", (F1,)), ("competition", ("football", "Friendly")), ("sport", ("football",)))
STANDINGS = (BettingStopped, BettingReopened, BettingEnded)
CARRIERS = (MarketOpened, MarketPriced, MarketResumed)


class GatedBets(RuleBasedStateMachine):
    """One market below its gates. What is struck is held against the recorded facts, by rules that share nothing with the deciders."""

    @initialize()
    def open_book(self):
        self.book = Book()
        self.book.do(account(), deposit(), *market(M1, F1))
        self.bets = 0
        self.checked = 0

    def ask(self, command: Any) -> None:
        try:
            self.book.do(command)
        except Refused:
            return

    @rule(ms=st.sampled_from([1, 400, 501, 2_999, 3_001, 9_000, 10_001]))
    def wait(self, ms: int):
        self.book.wait(ms)

    @rule(prices=st.sampled_from(BOOKS), producer=st.sampled_from(["", "feed"]))
    def price(self, prices: dict[str, Any], producer: str):
        self.ask(PriceMarket(M1, prices, NOON, producer=producer))

    @rule(prices=st.sampled_from(BOOKS))
    def resume(self, prices: dict[str, Any]):
        self.ask(ResumeMarket(M1, prices, NOON))

    @rule()
    def suspend(self):
        self.ask(SuspendMarket(M1, "goal", NOON))

    @rule()
    def beat(self):
        self.ask(Beat("feed", 10_000, NOON))

    @rule(scope=st.sampled_from(SCOPES))
    def stop(self, scope: tuple[str, tuple[str, ...]]):
        self.ask(StopBetting(*scope, "storm", NOON))

    @rule(scope=st.sampled_from(SCOPES))
    def reopen(self, scope: tuple[str, tuple[str, ...]]):
        self.ask(ReopenBetting(*scope, NOON))

    @rule(home=st.integers(0, 2))
    def goal(self, home: int):
        self.ask(KickOff(F1, NOON))
        self.ask(ChangeScore(F1, home, 0, 7, "first_half", NOON))

    @rule(over=st.sampled_from([AbandonFixture(F1, "fog", NOON), EndFixture(F1, 2, 0, 2, 0, NOON)]), seldom=st.integers(0, 9))
    def end(self, over: Any, seldom: int):
        if not seldom:
            self.ask(over)

    @rule(prices=st.sampled_from(BOOKS))
    def feed(self, prices: dict[str, Any]):
        self.ask(Beat("feed", 10_000, NOON))
        self.ask(PriceMarket(M1, prices, NOON, producer="feed"))

    @rule(ms=st.sampled_from([0, 0, 400, 2_999, 3_001, 10_001]), back=st.integers(0, 2), accept=st.sampled_from(["exact", "better", "any"]))
    def bet(self, ms: int, back: int, accept: str):
        """Ask for what the market showed lately, some time later."""
        self.bets += 1
        self.book.wait(ms)
        facts = self.book.facts(M1)
        version = max(1, len(facts) - back)
        shown = next(fact.prices["yes"] for fact in reversed(facts[:version]) if isinstance(fact, CARRIERS))
        self.ask(PlaceBet(derived("bet", str(self.bets)), ANN, 1, "EUR", "single", (AskedLeg(M1, "yes", shown, version),), accept, NOON))

    @rule(prices=st.sampled_from(BOOKS), ms=st.sampled_from([0, 2_999, 3_001]), accept=st.sampled_from(["exact", "better", "any"]))
    def price_and_bet(self, prices: dict[str, Any], ms: int, accept: str):
        self.price(prices, "")
        self.bet(ms, 1, accept)

    @rule(prices=st.sampled_from(BOOKS), ms=st.sampled_from([0, 400, 501, 2_999]))
    def price_and_bet_after_kick_off(self, prices: dict[str, Any], ms: int):
        self.price(prices, "")
        self.ask(KickOff(F1, NOON))
        self.bet(ms, 1, "exact")

    @rule(prices=st.sampled_from(BOOKS), ms=st.sampled_from([9_000, 10_000, 10_001]))
    def feed_and_fall_silent(self, prices: dict[str, Any], ms: int):
        self.feed(prices)
        self.book.wait(ms)

    @rule(scope=st.sampled_from(SCOPES))
    def stop_and_reopen(self, scope: tuple[str, tuple[str, ...]]):
        self.stop(scope)
        self.reopen(scope)

    @invariant()
    def somebody_bets_at_what_is_shown(self):
        if hasattr(self, "book"):
            self.bet(0, 0, "any")

    @invariant()
    def every_bet_was_struck_at_a_price_that_held(self):
        if not hasattr(self, "book"):
            return
        log = self.book.store.read(0, 1_000_000)
        for placed in log[self.checked :]:
            if isinstance(placed.body, BetPlaced):
                check_struck(placed, log[: placed.position - 1])
        self.checked = len(log)


def check_struck(placed: Recorded[Any], before: Any) -> None:
    """Claim of one bet what must be so, from the facts before it."""
    of_market = [fact for fact in before if fact.stream_id == M1]
    opened = of_market[0].body
    for gate_id in opened.gates:
        moves = [
            fact.body
            for fact in before
            if fact.stream_id == gate_id and isinstance(fact.body, (BettingStopped, BettingReopened, BettingEnded))
        ]
        assert not moves or isinstance(moves[-1], BettingReopened), "no bet passes a gate that is not open"
    leg = placed.body.legs[0]
    carrier = of_market[leg.version - 1]
    assert isinstance(carrier.body, CARRIERS), "a bet names the version that carries its price"
    assert carrier.body.prices["yes"] == leg.odds, "a bet is struck at a price that stood"
    versions = tuple(sum(1 for fact in before if fact.stream_id == gate_id) for gate_id in opened.gates)
    assert carrier.body.marks == versions, "no gate has moved since the price was given"
    since = of_market[leg.version :]
    assert all(isinstance(fact.body, MarketPriced) for fact in since), "a suspension voids every older price"
    if since:
        is_played = any(fact.stream_id == F1 and isinstance(fact.body, KickedOff) for fact in before)
        grace_ms = min(since[0].body.grace_ms, opened.in_play_grace_ms) if is_played else since[0].body.grace_ms
        assert placed.committed_us - since[0].committed_us <= grace_ms * 1000, "a replaced price is struck within the grace of the moment"
    standing = (since or [carrier])[-1].body
    if placed.body.accept != "exact" and standing.prices["yes"] > (leg.asked or leg.odds):
        assert leg.odds == standing.prices["yes"], "who agreed to better prices gets the better one"
    if carrier.body.producer:
        beats = [fact for fact in before if fact.stream_id == carrier.body.producer]
        session = [fact.body for fact in beats if isinstance(fact.body, SessionBegun)][-1]
        assert session.session == carrier.body.session, "the session of the price goes on"
        assert placed.committed_us - beats[-1].committed_us <= session.lease_ms * 1000, "the lease has not lapsed"


TestGatedBets = GatedBets.TestCase
TestGatedBets.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
