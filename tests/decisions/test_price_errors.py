"""Legs that were struck at a price that was an obvious error pay the odds that were right then, by two traders; that is taken back, too."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.audit.verify import verify
from commands.betting.cash_out import CashOutPriceWrong
from commands.betting.end_bet_delay import EndBetDelay
from commands.betting.place_bet import PlaceBet
from commands.trading.four_eyes import ApproveProposal, AskAsTrader
from commands.trading.previews import preview_of
from commands.trading.proposing import ProposalReceipt
from domain.bet.commands import AnswerReferral, AskedLeg, ResultLegs
from domain.bet.decider import BET
from domain.bet.facts import BetLegResulted, BetPlaced, BetRefused, BetSettled, Leg
from domain.bet.lines import line_count
from domain.fixture.commands import KickOff
from domain.ids import derived
from domain.market.commands import (
    CorrectPrice,
    CorrectResult,
    InContext,
    LimitPayout,
    MarketContext,
    RestorePrice,
    ResumeMarket,
    SetBetDelay,
    VoidBets,
)
from domain.market.decider import MARKET
from domain.market.facts import MarketPriceErrorsSet, MarketSuspended, PriceError, VoidWindow
from domain.market.price_errors import (
    ERRORS_MAX,
    PRICE_ERROR_RULES,
    PriceCorrectedAlready,
    PriceErrorMalformed,
    PriceErrorNeedsApproval,
    PriceErrorUnknown,
    PriceNotObvious,
    PriceStillOffered,
    TooManyPriceErrors,
    is_obvious,
)
from domain.market.state import MarketSuspendedNow, SelectionUnknown
from domain.odds import Odds, OddsOutOfRange, exact, parse
from domain.proposal.facts import ActionProposed
from domain.proposal.preview import PreviewedMoney, PreviewOutdated
from domain.settling import LOST, VOID, WON
from domain.settling.same_game import SameGame
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, later
from tests.decisions.previewed import approval
from tests.decisions.test_bonuses import crediting, of_bonus
from tests.decisions.test_cash_out import accept, ask
from tests.decisions.test_free_bets import free, granting
from tests.decisions.test_previews import TIM, TOM, balance, opened_book
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, bet, double, graded, settle

ERROR = PriceError("yes", 1, 1, parse("2.1"), parse("1.4"))
WHY = "three others stood at 1.40"
OTHERS = derived("bet", "of bob")


@pytest.fixture
def fresh() -> Iterator[Book]:
    """Two open markets and no bets; the audit is asked in the end."""
    book = opened_book()
    yield book
    proven(book)


@pytest.fixture
def book(fresh: Book) -> Book:
    """A single and a double at the wrong price, and Bob's single."""
    fresh.do(bet(), double(), bet(OTHERS, 5_00, BOB))
    return fresh


def proven(book: Book) -> None:
    found = verify(book.store)
    assert found.violation is None, found.violation


def correct(error: PriceError = ERROR, reason: str = WHY, actor: str = TOM) -> CorrectPrice:
    return CorrectPrice(M1, error, reason, NOON, actor)


def restore(error: PriceError = ERROR) -> RestorePrice:
    return RestorePrice(M1, error, "it was right", NOON, TOM)


def proposed(book: Book, command: Any) -> str:
    receipt = book.do(AskAsTrader(command))
    assert isinstance(receipt, ProposalReceipt), receipt
    return receipt.proposal_id


def agree(book: Book, command: Any) -> Any:
    return book.do(approval(book.store, proposed(book, command), TIM))


def resumed(book: Book) -> None:
    book.do(ResumeMarket(M1, {"yes": parse("1.4"), "no": parse("2.7")}, NOON))


def settle_all(book: Book) -> None:
    book.do(settle(BET_1, M1), settle(BET_2, M1), settle(OTHERS, M1, BOB))


def returns(book: Book, bet_id: str = BET_1) -> list[int]:
    return [fact.returns_minor for fact in book.facts(bet_id) if isinstance(fact, BetSettled)]


def test_a_proposal_stops_the_betting_at_that_price_and_changes_no_bet(book: Book):
    _, append = book.decide(AskAsTrader(correct()))
    assert [type(new.body) for new in append.facts] == [MarketSuspended, ActionProposed]
    proposal_id = proposed(book, correct())
    book.refused(MarketSuspendedNow, bet(derived("bet", "late")))
    assert proposed(book, correct()) == proposal_id
    preview = preview_of(book.store, proposal_id)
    assert preview is not None
    assert preview.money == (PreviewedMoney("EUR", 3, 25_00, 0, 0, 0, 0),)


def test_open_bets_are_settled_at_the_right_odds_when_the_market_comes_out(book: Book):
    agree(book, correct())
    assert book.facts(M1)[-1] == MarketPriceErrorsSet((ERROR,), 0, 1, WHY, NOON, TOM)
    resumed(book)
    later_bet = msgspec.structs.replace(bet(derived("bet", "right"), odds="1.4", version=4), account_id=BOB)
    book.do(later_bet, *graded(M1, F1, WON))
    settle_all(book)
    book.do(settle(later_bet.bet_id, M1, BOB))
    assert (returns(book), returns(book, OTHERS), returns(book, later_bet.bet_id)) == ([14_00], [7_00], [14_00])
    settled, told = book.facts(BET_1)[-1], book.facts(BET_2)[-1]
    assert (settled.repriced, settled.outcome) == ((parse("1.4"),), "won")
    assert isinstance(told, BetLegResulted)
    assert told.repriced == (parse("1.4"), None)
    book.do(*graded(M2, F2, LOST), settle(BET_2, M2))
    assert (returns(book, BET_2), book.facts(BET_2)[-1].repriced) == ([23_80], (parse("1.4"), None))


def test_settled_bets_are_settled_anew_with_the_difference_and_what_is_not_there_is_owed(book: Book):
    book.do(*graded(M1, F1, WON), *graded(M2, F2, LOST))
    settle_all(book)
    book.do(settle(BET_2, M2), MoveMoney("withdrawal", BOB, 105_00, "EUR", "out", NOON))
    held = balance(book, ANN)
    preview = preview_of(book.store, proposed(book, correct()))
    assert preview is not None
    assert (preview.version, preview.money) == (1, (PreviewedMoney("EUR", 3, 25_00, 3, -22_40, 1, 3_00, 0, 22_40),))
    agree(book, correct())
    settle_all(book)
    assert (returns(book), returns(book, BET_2), returns(book, OTHERS)) == ([21_00, 14_00], [35_70, 23_80], [10_50, 7_00])
    assert (balance(book, ANN)[0] - held[0], balance(book, BOB)[0]) == (-18_90, -3_00)
    proven(book)
    agree(book, restore())
    settle_all(book)
    assert (balance(book, ANN), balance(book, BOB)[0], book.facts(BET_1)[-1].repriced) == (held, 50, ())


def test_a_correction_of_the_result_and_a_void_window_go_with_the_right_odds(book: Book):
    agree(book, correct())
    book.do(*graded(M1, F1, WON))
    settle_all(book)
    agree(book, CorrectResult(M1, 1, 0, "told wrong", NOON, actor=TOM))
    settle_all(book)
    agree(book, CorrectResult(M1, 2, 1, "it was right", NOON, actor=TOM))
    settle_all(book)
    assert (returns(book), book.facts(BET_1)[-1].repriced) == ([14_00, 0, 14_00], (parse("1.4"),))
    book.wait(1_000)
    agree(book, VoidBets(M1, VoidWindow(NOON, later(seconds=1)), "a goal unseen", NOON, TOM))
    settle_all(book)
    assert (returns(book)[-1], book.facts(BET_1)[-1].repriced, book.facts(BET_1)[-1].results) == (10_00, (), (VOID,))


def test_what_is_no_obvious_error_or_no_price_there_is_refused(book: Book):
    def change(**fields: Any) -> AskAsTrader:
        return AskAsTrader(correct(msgspec.structs.replace(ERROR, **fields)))

    book.refused(PriceNotObvious, change(right=parse("1.6")), odds="2.10", right_odds="1.60", times_percent=150, chance_percent=15)
    book.refused(PriceErrorMalformed, change(right=parse("2.1")))
    book.refused(PriceErrorMalformed, change(right=parse("3")))
    for first, last in ((0, 1), (2, 1), (1, 3)):
        book.refused(PriceErrorMalformed, change(first=first, last=last), market_id=M1)
    book.refused(SelectionUnknown, change(selection="maybe"), selection="maybe")
    book.refused(OddsOutOfRange, change(right=Odds(1, 1)))
    book.refused(ReasonMalformed, AskAsTrader(correct(reason="")))
    book.refused(PriceErrorUnknown, AskAsTrader(restore()), errors=[])
    agree(book, correct())
    book.refused(PriceCorrectedAlready, change(right=parse("1.3"), last=2), right_odds="1.40")
    assert not isinstance(book.do(AskAsTrader(correct())), ProposalReceipt)
    told = "yes 2.10 from version 1 to 1, right 1.40"
    book.refused(PriceErrorUnknown, AskAsTrader(restore(msgspec.structs.replace(ERROR, right=parse("1.3")))), errors=[told])
    for number in range(1, ERRORS_MAX):
        agree(book, correct(msgspec.structs.replace(ERROR, odds=exact(30 + number, 10))))
    book.refused(TooManyPriceErrors, change(odds=parse("9")), errors_max=ERRORS_MAX)


def test_a_price_is_an_error_only_where_it_is_gone_and_two_traders_say_so():
    market, ask = MARKET.initial, InContext(correct(), MarketContext())
    for fact in opened_book().facts(M1):
        market = MARKET.evolve(market, fact)
    with pytest.raises(PriceStillOffered):
        MARKET.decide(market, ask)
    market = MARKET.evolve(market, MarketSuspended("price error proposed", NOON))
    with pytest.raises(PriceErrorNeedsApproval):
        MARKET.decide(market, ask)


@pytest.mark.parametrize(
    ("odds", "right", "expected"), [("3", "2", True), ("2.99", "2", True), ("1.6", "1.3", False), ("1.65", "1.3", True)]
)
def test_what_is_obvious_is_half_as_much_again_or_a_chance_that_is_far_lower(odds: str, right: str, expected: bool):
    assert is_obvious(PRICE_ERROR_RULES[1], parse(odds), parse(right)) == expected


@given(st.integers(1_001, 60_000), st.integers(1_001, 60_000))
def test_what_is_obvious_is_decided_exactly(odds: int, right: int):
    one, other = Fraction(odds, 1_000), Fraction(right, 1_000)
    expected = one / other >= Fraction(3, 2) or 1 / other - 1 / one >= Fraction(15, 100)
    assert is_obvious(PRICE_ERROR_RULES[1], Odds(odds, 1_000), Odds(right, 1_000)) == expected


def test_an_approval_is_outdated_once_the_market_came_out(book: Book):
    proposal_id = proposed(book, correct())
    preview = preview_of(book.store, proposal_id)
    book.do(*graded(M1, F1, WON))
    book.refused(PreviewOutdated, ApproveProposal(proposal_id, TIM, NOON, preview, preview))


def test_legs_struck_together_pay_their_own_odds_and_do_not_stop_the_correction(fresh: Book):
    legs = (Leg(M1, "yes", parse("2.1"), 1, fixture_id=F1), Leg(M2, "no", parse("1.7"), 1, fixture_id=F1))
    fact = BetPlaced(ANN, 10_00, "EUR", "multiple", legs, "exact", 30_00, NOON, same_game=(SameGame((0, 1), parse("3"), 300_000),))
    fresh.record_in(BET_1, [fact])
    fresh.do(bet(OTHERS, 5_00, BOB))
    preview = preview_of(fresh.store, proposed(fresh, correct()))
    assert preview is not None
    assert preview.money == (PreviewedMoney("EUR", 1, 5_00, 0, 0, 0, 0),)
    agree(fresh, correct())
    fresh.do(*graded(M1, F1, WON), settle(BET_1, M1), settle(OTHERS, M1, BOB))
    assert (fresh.facts(BET_1)[-1].repriced, returns(fresh, OTHERS)) == ((), [7_00])
    fresh.store = opened_book().store  # nobody could have struck that bet: the audit is asked of another log


def test_a_leg_at_the_wrong_price_is_not_cashed_out_and_a_part_that_was_stays_paid(book: Book):
    offer = book.do(ask(BET_1, 50))
    book.do(accept(offer))
    agree(book, correct())
    resumed(book)
    book.refused(CashOutPriceWrong, ask(BET_1), market_id=M1)
    book.do(*graded(M1, F1, WON))
    settle_all(book)
    settled = book.facts(BET_1)[-1]
    assert (settled.returns_minor, settled.stake_minor, settled.cashed_out_minor) == (7_00, 5_00, offer.offer_minor)
    half = book.do(ask(BET_2, 50))
    assert half.potential_returns_minor == 11_90
    book.do(accept(half))


def test_a_bet_that_was_cashed_out_whole_stays_so(book: Book):
    offer = book.do(ask(BET_1))
    book.do(accept(offer), *graded(M1, F1, WON))
    before = book.facts(BET_1)
    agree(book, correct())
    settle_all(book)
    assert book.facts(BET_1) == before


def test_a_bet_that_waited_pays_the_right_odds_and_one_that_waits_is_not_struck_at_the_wrong_price(fresh: Book):
    fresh.do(SetBetDelay(M1, 5, NOON), LimitPayout(M1, 21_00, "few know it", NOON, TOM, 105_00, 60), KickOff(F1, NOON), bet())
    fresh.wait(6_000)
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1),)
    referred = PlaceBet(BET_2, ANN, 40_00, "EUR", "single", legs, "exact", NOON, refer=True)
    fresh.do(EndBetDelay(BET_1, NOON), bet(OTHERS, 5_00, BOB), referred)
    agree(fresh, correct())
    fresh.wait(6_000)
    fresh.do(EndBetDelay(OTHERS, NOON), AnswerReferral(BET_2, 10_00, TOM, NOON))
    refused = [fresh.facts(each)[-1] for each in (OTHERS, BET_2)]
    assert [(type(fact), fact.reason) for fact in refused] == [(BetRefused, "market-suspended-now")] * 2
    fresh.do(*graded(M1, F1, WON)[1:], settle(BET_1, M1))
    assert returns(fresh) == [14_00]


def test_of_several_selections_of_the_market_just_the_one_that_was_mispriced_pays_the_right_odds(fresh: Book):
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M1, "no", parse("1.7"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    fresh.do(PlaceBet(BET_1, ANN, 10_00, "EUR", "multiple", legs, "exact", NOON), *graded(M1, F1, WON), *graded(M2, F2, LOST))
    fresh.do(settle(BET_1, M1), settle(BET_1, M2))
    agree(fresh, correct())
    fresh.do(settle(BET_1, M1))
    assert (returns(fresh), fresh.facts(BET_1)[-1].repriced) == ([17_85, 11_90], (parse("1.4"), None, None))


def test_a_free_bet_and_a_bonus_are_paid_at_the_right_odds(fresh: Book):
    fresh.do(granting(), crediting(), free(), of_bonus(BET_2), *graded(M1, F1, WON), settle(BET_1, M1), settle(BET_2, M1))
    held = balance(fresh, ANN)
    agree(fresh, correct())
    fresh.do(settle(BET_1, M1), settle(BET_2, M1))
    assert (returns(fresh), returns(fresh, BET_2)) == ([11_00, 4_00], [21_00, 14_00])
    agree(fresh, restore())
    fresh.do(settle(BET_1, M1), settle(BET_2, M1))
    assert balance(fresh, ANN) == held


SHAPES = st.sampled_from([("single", 1, ""), ("multiple", 3, ""), ("trixie", 3, ""), ("lucky15", 4, ""), ("patent", 3, "win_to_win")])
LEG = st.tuples(st.sampled_from([WON, WON, LOST, VOID]), st.sampled_from([WON, LOST]), st.booleans())


@settings(max_examples=60)
@given(SHAPES, st.lists(LEG, min_size=4, max_size=4))
def test_a_bet_of_any_type_pays_what_it_would_have_paid_struck_at_the_right_odds(shape: tuple[str, int, str], drawn: list[Any]):
    bet_type, count, each_way = shape
    legs_drawn = drawn[:count]
    lines = line_count(bet_type, count) * (2 if each_way else 1)

    def paid(*, is_told: bool) -> int:
        struck = [parse("2") if not is_wrong else parse("9" if is_told else "1.5") for _, _, is_wrong in legs_drawn]
        legs = tuple(Leg(str(n), "a", odds, 1, place_terms=(1, 5) if each_way else None) for n, odds in enumerate(struck))
        bet = BET.evolve(BET.initial, BetPlaced("ann", lines * 7, "EUR", bet_type, legs, "exact", 0, NOON, lines, 3, each_way))
        for n, (result, place, is_wrong) in enumerate(legs_drawn):
            right = {n: parse("1.5")} if is_wrong and is_told else {}
            for fact in BET.decide(bet, ResultLegs("b", str(n), {"a": result}, NOON, (), {"a": place}, {}, right)):
                bet = BET.evolve(bet, fact)
        return bet.returns_minor

    assert paid(is_told=True) == paid(is_told=False)
