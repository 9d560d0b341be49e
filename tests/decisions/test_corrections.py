"""A result that was wrong is corrected by two traders; whatever was settled by it is settled anew, and no cent gets lost on the way."""

from typing import Any

import pytest

from commands.accounts.move_money import MoveMoney
from commands.betting.settle_bet import Settlement
from commands.trading.four_eyes import CORRECTION_CAUSE, AskAsTrader, ProposalOvertaken
from commands.trading.previews import preview_of
from commands.trading.proposing import ProposalReceipt
from commands.trading.run_market import MarketReceipt
from domain.account.commands import GrantRole
from domain.bet.facts import BetLegResulted, BetSettled, BetSettlementReversed
from domain.ids import derived, wallet_of
from domain.market.commands import CorrectResult, InContext, MarketContext
from domain.market.decider import MARKET
from domain.market.facts import MarketResulted
from domain.market.outcomes import CorrectionNeedsApproval, NothingToCorrect, ScoreImpossible
from domain.market.state import MarketUnknown
from domain.odds import Odds
from domain.settling import LOST, VOID, WON
from domain.settling.grading import HalfTimeScoreUnknown
from domain.text import ReasonMalformed
from domain.wallet.facts import ReturnsPaid, SettlementReversed, StakeLost, StakeRefunded
from tests.decisions.given import NOON, given, later
from tests.decisions.previewed import approval
from tests.decisions.test_market import opened as market_opened
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, F1, F2, M1, M2, Book, account, bet, deposit, double, graded, market, settle

TOM, TIM = derived("account", "tom"), derived("account", "tim")
WALLET = wallet_of(ANN)
AT = later(hours=2)
"""When bets are settled."""


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


def correction(home: int, away: int, market_id: str = M1, **told: Any) -> AskAsTrader:
    return AskAsTrader(CorrectResult(market_id, home, away, told.pop("reason", "told wrong"), NOON, actor=TOM, **told))


def correct(book: Book, home: int, away: int, market_id: str = M1, **told: Any) -> MarketReceipt:
    receipt = book.do(correction(home, away, market_id, **told))
    assert isinstance(receipt, ProposalReceipt)
    return book.do(approval(book.store, receipt.proposal_id, TIM)).market


def test_a_correction_changes_nothing_before_another_trader_agrees(book: Book):
    book.do(*graded(M1, F1, WON))
    receipt = book.do(correction(1, 0))
    assert (receipt.status, receipt.action) == ("open", "correct_result")
    assert book.facts(receipt.proposal_id)[0].cause == CORRECTION_CAUSE
    assert [type(fact) for fact in book.facts(M1)].count(MarketResulted) == 1
    book.do(approval(book.store, receipt.proposal_id, TIM))
    assert book.facts(M1)[-1] == MarketResulted({"yes": LOST, "no": WON}, 1, 0, NOON, actor=TOM, number=2, reason="told wrong")


def test_a_correction_to_what_stands_is_no_correction(book: Book):
    book.do(*graded(M1, F1, WON))
    stands = book.facts(M1)[-1]
    assert isinstance(book.do(correction(stands.home + 1, stands.away)), MarketReceipt)
    first, second = book.do(correction(1, 0)), book.do(correction(2, 0))
    book.do(approval(book.store, first.proposal_id, TIM))
    with pytest.raises(ProposalOvertaken):
        preview_of(book.store, second.proposal_id)


def test_what_nobody_could_approve_is_refused_when_it_is_asked_for(book: Book):
    book.refused(NothingToCorrect, correction(1, 0))
    book.refused(MarketUnknown, correction(1, 0, derived("market", "none")))
    book.do(*graded(M1, F1, WON))
    book.refused(ReasonMalformed, correction(1, 0, reason=""))
    book.refused(ReasonMalformed, correction(1, 0, void_reason="\n"))
    for goals in ((-1, 0, None), (0, 201, None), (1, 0, (0, 1)), (1, 0, (2, 0)), (1, 0, (-1, 0))):
        book.refused(ScoreImpossible, correction(*goals[:2], half_time=goals[2]))


def test_nobody_but_the_feed_corrects_a_result_alone(book: Book):
    book.do(*graded(M1, F1, WON))
    book.refused(CorrectionNeedsApproval, CorrectResult(M1, 1, 0, "told wrong", NOON))
    market = MARKET.initial
    for fact in book.facts(M1):
        market = MARKET.evolve(market, fact)
    with pytest.raises(CorrectionNeedsApproval):
        MARKET.decide(market, InContext(CorrectResult(M1, 1, 0, "told wrong", NOON), MarketContext()))


def test_a_half_is_corrected_on_its_own_goals():
    opened = market_opened(type="first_half_match_result")
    first = MarketResulted({"home": WON, "draw": LOST, "away": LOST}, 1, 0, NOON, half_time=(1, 0))
    approved = MarketContext(is_approved=True)
    half = given(MARKET, opened, first)
    half.when(InContext(CorrectResult("m", 1, 0, "told wrong", NOON), approved)).refused(HalfTimeScoreUnknown)
    half.when(InContext(CorrectResult("m", 1, 0, "told wrong", NOON, (0, 0)), approved)).then(
        MarketResulted({"home": LOST, "draw": WON, "away": LOST}, 1, 0, NOON, half_time=(0, 0), number=2, reason="told wrong")
    )
    half.when(InContext(CorrectResult("m", 1, 0, "told wrong", NOON, void_reason="fog"), approved)).then(
        MarketResulted(dict.fromkeys(first.results, VOID), 1, 0, NOON, "fog", number=2, reason="told wrong")
    )


def test_a_bet_is_settled_anew_in_one_append_that_undoes_the_settlement_before(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1))
    correct(book, 1, 0)
    receipt, append = book.decide(settle(BET_1, M1))
    assert receipt == Settlement(BET_1, "lost", 0)
    assert [(fact.stream_id, fact.body) for fact in append.facts] == [
        (WALLET, SettlementReversed(ANN, BET_1, 1, 10_00, 21_00, 0, 90_00, NOON)),
        (WALLET, StakeLost(ANN, BET_1, 10_00, 90_00, NOON, 2)),
        (BET_1, BetSettlementReversed(ANN, 1, M1, 10_00, 21_00, AT)),
        (BET_1, BetSettled(ANN, "lost", 10_00, 0, (LOST,), 2, AT, (Odds(2100, 1000),))),
    ]
    assert append.reads[0].stream_id == M1


def test_a_bet_that_was_settled_anew_is_a_repeat_from_then_on(book: Book):
    book.do(bet(), *graded(M1, F1, LOST), settle(BET_1, M1))
    correct(book, 2, 2)
    book.do(settle(BET_1, M1))
    assert book.facts(WALLET)[-1] == ReturnsPaid(ANN, BET_1, 10_00, 21_00, 111_00, NOON, 2)
    _, append = book.decide(settle(BET_1, M1))
    assert append.facts == []


def test_a_second_correction_undoes_the_second_settlement(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1))
    correct(book, 1, 0)
    book.do(settle(BET_1, M1))
    correct(book, 0, 0, void_reason="played twice")
    book.do(settle(BET_1, M1))
    assert [fact.settlement for fact in book.facts(BET_1) if isinstance(fact, BetSettlementReversed)] == [1, 2]
    assert book.facts(WALLET)[-1] == StakeRefunded(ANN, BET_1, 10_00, 100_00, NOON, 3)


def test_what_is_not_there_any_more_is_owed_and_repaid_by_whatever_comes_in_next(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1))
    book.do(MoveMoney("withdrawal", ANN, 100_00, "EUR", "out", NOON))
    correct(book, 1, 0)
    book.do(settle(BET_1, M1))
    assert book.facts(WALLET)[-2] == SettlementReversed(ANN, BET_1, 1, 10_00, 21_00, 10_00, 0, NOON)
    book.do(deposit(4_00, "in 1"), deposit(10_00, "in 2"))
    assert [(fact.repaid_minor, fact.available_minor) for fact in book.facts(WALLET)[-2:]] == [(4_00, 0), (6_00, 4_00)]


def test_an_open_multiple_is_told_anew_and_settled_by_what_was_told_last(book: Book):
    book.do(double(), *graded(M1, F1, LOST), settle(BET_2, M1))
    correct(book, 2, 2)
    book.do(settle(BET_2, M1))
    assert book.facts(BET_2)[-1] == BetLegResulted(ANN, M1, WON, (WON, None), AT, 0)
    book.do(*graded(M2, F2, LOST))
    assert book.do(settle(BET_2, M2)).status == "won"
    assert book.facts(BET_2)[-1].settlement == 1


def test_a_multiple_that_was_settled_before_a_correction_reached_it_is_put_right_by_it(book: Book):
    book.do(double(), *graded(M1, F1, LOST), settle(BET_2, M1))
    correct(book, 2, 2)
    book.do(*graded(M2, F2, LOST))
    assert book.do(settle(BET_2, M2)).status == "lost"
    assert book.do(settle(BET_2, M1)).status == "won"
    assert [fact.settlement for fact in book.facts(BET_2) if isinstance(fact, BetSettled)] == [1, 2]
