"""Any order of prices, suspensions, goals, answers and ends: a bet that waits is struck or refused once, and no cent is lost by it."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.audit import verify
from commands.betting.end_bet_delay import EndBetDelay
from commands.betting.place_bet import PlaceBet
from domain.account.commands import GrantRole, RevokeRole
from domain.account_gate.commands import ExcludeSelf, SetStakeFactor, TimeOut
from domain.bet.commands import AnswerReferral, AskedLeg
from domain.bet.facts import BetPending, BetPlaced, BetRefused, ReferralAnswered
from domain.fixture.commands import ChangeScore, EndFixture, KickOff
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import derived, wallet_of
from domain.market.commands import CloseMarket, LimitPayout, PriceMarket, ResultMarket, ResumeMarket, SetBetDelay, SuspendMarket
from domain.market.facts import MarketOpened, MarketPriced, MarketResumed
from domain.odds import parse
from domain.producer.commands import Beat
from domain.refused import Refused
from domain.wallet.facts import StakeReleased, StakeReserved
from tests.decisions.given import NOON, later
from tests.decisions.test_use_cases import ANN, F1, M1, Book, account, deposit, market

BOOKS = ({"yes": parse("2.1"), "no": parse("1.7")}, {"yes": parse("2"), "no": parse("1.8")}, {"yes": parse("2.5"), "no": parse("1.6")})
CARRIERS = (MarketOpened, MarketPriced, MarketResumed)
SEASONED = ("", "feed")
STAKE_MINOR, OVER_LIMIT_MINOR, LIMIT_MINOR = 1_00, 4_00, 2_60
TOM = derived("account", "tom")
ANSWERED = ([BetPending, ReferralAnswered, BetPlaced], [BetPending, ReferralAnswered, BetRefused])

WAITS_MS_MAX = 42_001
"""A delay of at most 12 s, and 30 s for a trader."""


class DelayedBets(RuleBasedStateMachine):
    """One market in play that makes bets wait, and those over its limit for a trader; the audit, which shares nothing with the deciders,
    reads the log after each step.
    """

    @initialize(delay_s=st.integers(1, 12))
    def open_book(self, delay_s: int):
        self.book = Book()
        self.book.do(account(), deposit(), *market(M1, F1), SetBetDelay(M1, delay_s, NOON), KickOff(F1, NOON))
        self.book.do(account(TOM, "tom", "tom@example.org"), GrantRole(TOM, "trader", "console", NOON))
        self.book.do(LimitPayout(M1, LIMIT_MINOR, "few know it", NOON, TOM, 20_00, 10))
        self.bets: list[str] = []
        self.now_ms, self.asked_ms = 0, dict[str, int]()

    def ask(self, command: Any) -> Any:
        """Ask for it, and let the commit judge whether it is too early or too late; return the answer, None where it is refused."""
        try:
            receipt, append = self.book.decide(command)
        except Refused:
            return None
        return receipt if self.book.store.append_many([append]).verdicts[0].accepted else None

    def pass_by(self, ms: int) -> None:
        """Let time pass, and have every bet decided that nobody asked for until long after its time, as the managers do."""
        self.book.wait(ms)
        self.now_ms += ms
        for bet_id, asked_ms in self.asked_ms.items():
            if self.now_ms - asked_ms > WAITS_MS_MAX:
                self.ask(EndBetDelay(bet_id, NOON))

    @rule(ms=st.sampled_from([1, 499, 1_000, 3_000, 5_000, 12_001]))
    def wait(self, ms: int):
        self.pass_by(ms)

    @rule(prices=st.sampled_from(BOOKS), producer=st.sampled_from(SEASONED))
    def price(self, prices: dict[str, Any], producer: str):
        if producer:
            self.ask(Beat("feed", 10_000, NOON))
        self.ask(PriceMarket(M1, prices, NOON, producer=producer))

    @rule(prices=st.sampled_from(BOOKS))
    def suspend_and_resume(self, prices: dict[str, Any]):
        self.ask(SuspendMarket(M1, "goal", NOON))
        self.ask(ResumeMarket(M1, prices, NOON))

    @rule()
    def suspend(self):
        self.ask(SuspendMarket(M1, "a doubt", NOON))

    @rule(prices=st.sampled_from(BOOKS))
    def resume(self, prices: dict[str, Any]):
        self.ask(ResumeMarket(M1, prices, NOON))

    @rule(home=st.integers(0, 2))
    def goal(self, home: int):
        self.ask(ChangeScore(F1, home, 0, 7, "first_half", NOON))

    @rule(opens=st.booleans())
    def gate(self, opens: bool):
        self.ask(StopBetting("sport", ("football",), "storm", NOON))
        if opens:
            self.ask(ReopenBetting("sport", ("football",), NOON))

    @rule(delay_s=st.integers(0, 12))
    def change_the_delay(self, delay_s: int):
        self.ask(SetBetDelay(M1, delay_s, NOON))

    @rule(factor=st.sampled_from(["0.000001", "1"]))
    def limit(self, factor: str):
        self.ask(SetStakeFactor(ANN, factor, "a doubt", "console", NOON))

    @rule(ask=st.sampled_from([(None, 20_00, 30), (LIMIT_MINOR, None, 60), (LIMIT_MINOR, 20_00, 10), (LIMIT_MINOR, 5_00, 20)]))
    def refer(self, ask: tuple[int | None, int | None, int]):
        payout_minor_max, referral_minor_max, referral_s = ask
        self.ask(LimitPayout(M1, payout_minor_max, "a doubt", NOON, "console", referral_minor_max, referral_s))

    @rule(has_role=st.booleans(), seldom=st.integers(0, 3))
    def office(self, has_role: bool, seldom: int):
        if not seldom:
            self.ask(GrantRole(TOM, "trader", "console", NOON) if has_role else RevokeRole(TOM, "trader", "console", NOON))

    @rule(ms=st.sampled_from([0, 3_000, 9_999, 12_001]), stake_minor=st.sampled_from([None, 0, 1, 1_50, 4_00, 4_01]))
    def answer(self, ms: int, stake_minor: int | None):
        self.pass_by(ms)
        for bet_id in self.bets[-2:]:
            self.ask(AnswerReferral(bet_id, stake_minor, TOM, NOON))

    @rule(
        prices=st.sampled_from(BOOKS),
        accept=st.sampled_from(["exact", "better", "any"]),
        ms=st.sampled_from([0, 9_999]),
        stake_minor=st.sampled_from([None, 0, 1_50]),
    )
    def refer_and_answer(self, prices: dict[str, Any], accept: str, ms: int, stake_minor: int | None):
        self.gate(opens=True)
        self.resume(prices)
        self.price(prices, "")
        self.bet(0, accept, OVER_LIMIT_MINOR, refer=True)
        self.answer(ms, stake_minor)

    @rule(command=st.sampled_from([TimeOut(ANN, later(days=2), ANN, NOON), ExcludeSelf(ANN, None, ANN, NOON)]), seldom=st.integers(0, 5))
    def stay_away(self, command: Any, seldom: int):
        if not seldom:
            self.ask(command)

    @rule(seldom=st.integers(0, 9), closed=st.booleans())
    def end(self, seldom: int, closed: bool):
        if not seldom:
            self.ask(CloseMarket(M1, NOON) if closed else EndFixture(F1, 2, 0, 2, 0, NOON))
            self.ask(ResultMarket(M1, NOON))

    @rule(
        back=st.integers(0, 2),
        accept=st.sampled_from(["exact", "better", "any"]),
        stake_minor=st.sampled_from([STAKE_MINOR, OVER_LIMIT_MINOR]),
        refer=st.booleans(),
    )
    def bet(self, back: int, accept: str, stake_minor: int = STAKE_MINOR, *, refer: bool = False):
        facts = self.book.facts(M1)
        version = max(1, len(facts) - back)
        shown = next(fact.prices["yes"] for fact in reversed(facts[:version]) if isinstance(fact, CARRIERS))
        bet_id = derived("bet", str(len(self.bets)))
        leg = AskedLeg(M1, "yes", shown, version)
        if self.ask(PlaceBet(bet_id, ANN, stake_minor, "EUR", "single", (leg,), accept, NOON, refer=refer)) is not None:
            self.bets.append(bet_id)
            self.asked_ms[bet_id] = self.now_ms

    @rule(prices=st.sampled_from(BOOKS), accept=st.sampled_from(["exact", "better", "any"]))
    def open_and_bet(self, prices: dict[str, Any], accept: str):
        self.gate(opens=True)
        self.resume(prices)
        self.price(prices, "")
        self.bet(0, accept)

    @rule(prices=st.sampled_from(BOOKS), accept=st.sampled_from(["exact", "better", "any"]), ms=st.sampled_from([4_000, 12_001]))
    def bet_and_see(self, prices: dict[str, Any], accept: str, ms: int):
        self.open_and_bet(prices, accept)
        self.decide(ms, twice=True)

    @rule(ms=st.sampled_from([0, 1_000, 5_001, 12_001]), twice=st.booleans())
    def decide(self, ms: int, twice: bool):
        self.pass_by(ms)
        for bet_id in self.bets[-3:] * (2 if twice else 1):
            self.ask(EndBetDelay(bet_id, NOON))

    @invariant()
    def the_audit_finds_nothing(self):
        if hasattr(self, "book"):
            assert verify(self.book.store).violation is None

    @invariant()
    def each_bet_was_asked_for_and_then_struck_or_refused_once(self):
        for bet_id in getattr(self, "bets", ()):
            kinds = [type(fact) for fact in self.book.facts(bet_id)]
            assert kinds in ([BetPlaced], [BetPending], [BetPending, BetPlaced], [BetPending, BetRefused], *ANSWERED)

    @invariant()
    def what_is_reserved_is_the_stakes_of_bets_that_were_not_refused(self):
        if not hasattr(self, "book"):
            return
        money = [type(fact) for fact in self.book.facts(wallet_of(ANN))]
        began, last = zip(*[(facts[0], facts[-1]) for facts in map(self.book.facts, self.bets)], strict=True) if self.bets else ((), ())
        open_minor = [0 if isinstance(fact, BetRefused) else fact.stake_minor for fact in last]
        released = sum(asked.stake_minor != left for asked, left in zip(began, open_minor, strict=True))
        assert (money.count(StakeReserved), money.count(StakeReleased)) == (len(self.bets), released)
        assert self.book.facts(wallet_of(ANN))[-1].available_minor == 100_00 - sum(open_minor)

    def teardown(self):
        """However it went on, all are decided once somebody asks after their delay."""
        if not hasattr(self, "book"):
            return
        self.book.wait(WAITS_MS_MAX)
        for bet_id in self.bets:
            self.ask(EndBetDelay(bet_id, NOON))
            assert not isinstance(self.book.facts(bet_id)[-1], BetPending)
        assert verify(self.book.store).violation is None


TestDelayedBets = DelayedBets.TestCase
TestDelayedBets.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
