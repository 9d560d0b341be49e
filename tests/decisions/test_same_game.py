"""Legs of one match in a bet: quoted, struck at the price on the screen or at what was agreed to, settled as one leg, and audited."""

from typing import Any

import msgspec
import pytest

from commands.audit import verify
from commands.audit.violations import ReturnsWrong
from commands.betting.cash_out import QuoteCashOut
from commands.betting.place_bet import PlaceBet, SameGameWouldWait
from commands.betting.same_game import QuotedLeg, QuoteSameGame, SameGameQuote
from commands.betting.settle_bet import SettleBet
from commands.ports import NewFact
from commands.social.share_slip import ShareBet
from commands.social.tail_slip import TailSlip
from domain.bet.cash_out import CashOutRelatedLegs
from domain.bet.commands import AskedLeg, AskedSameGame
from domain.bet.decider import BetKeyReused, TooManyLegs
from domain.bet.facts import BetPlaced, BetSettled
from domain.bet.same_game import SameGameInSeveralLines, SameGameMalformed, SameGamePriceMoved
from domain.bet.striking import RelatedLegs
from domain.fixture.commands import ChangeScore, EndFixture, KickOff
from domain.gate.commands import StopBetting
from domain.gate.decider import BettingSuspended
from domain.ids import derived, slip_of, wallet_of
from domain.market.commands import OpenMarket, PriceMarket, ResultMarket, SetBetDelay, SuspendMarket
from domain.market.facts import MarketResulted, Selection
from domain.market.state import MarketSuspendedNow, SelectionWithdrawn
from domain.odds import Odds, parse
from domain.pricing import FOOTBALL_MARKETS, Books, Expectation, MatchMoment, PricedMarket, books_of, selections_of_market
from domain.pricing.same_game import LegsCannotAllWin, LegsOfDifferentScores, LegsOnOneMarket, LegWithoutModel
from domain.score_model import MILLIONTHS, ScoreModel, ScoreModelMalformed
from domain.settling import LOST, WON, LegResult
from domain.slip.facts import SlipShared
from domain.wallet.facts import ReturnsPaid, StakeLost, StakeRefunded
from tests.contracts.test_audit_house_rules import story_of
from tests.decisions.given import NOON
from tests.decisions.test_use_cases import ANN, BET_1, BOB, F1, F2, M2, Book, account, deposit, market

RESULT, BOTH, OVER = PricedMarket("match_result"), PricedMarket("both_teams_to_score"), PricedMarket("total_goals", ("total", "2.5"))
NO_DRAW = PricedMarket("draw_no_bet")
MARKETS = (RESULT, BOTH, OVER, NO_DRAW)
BEFORE = ScoreModel(1_450_000, 1_150_000, -150_000, 950_000)
HOME_LIKELIER = ScoreModel(1_900_000, 1_150_000, -150_000, 950_000)
HOME_LESS_LIKELY = ScoreModel(1_200_000, 1_150_000, -150_000, 950_000)
NUMBERS = (0, 1)


def books(model: ScoreModel) -> Books:
    expected = Expectation(*[part / MILLIONTHS for part in (model.home_millionths, model.away_millionths, model.rho_millionths)])
    return books_of(FOOTBALL_MARKETS, [expected], [MatchMoment(model.minutes_gone, model.home, model.away)])[0]


def id_of(of: PricedMarket) -> str:
    return derived("market", F1, of.type)


def opened(of: PricedMarket, model: ScoreModel | None = BEFORE) -> OpenMarket:
    selections = tuple([Selection(name, name) for name in selections_of_market(of)])
    prices = books(BEFORE)[of].prices
    return OpenMarket(id_of(of), F1, of.type, of.specifiers, selections, prices, 3_000, NOON, actor="replay", model=model)


def repriced(model: ScoreModel, *markets: PricedMarket) -> list[PriceMarket]:
    return [
        PriceMarket(id_of(each), books(model)[each].prices, NOON, books(model)[each].withdrawn, actor="replay", model=model)
        for each in markets
    ]


def quote(*legs: tuple[PricedMarket, str]) -> QuoteSameGame:
    return QuoteSameGame(tuple([QuotedLeg(id_of(each), name) for each, name in legs]), NOON)


HOME_AND_BOTH = quote((RESULT, "home"), (BOTH, "yes"))


def placed(quoted: SameGameQuote, *others: AskedLeg, accept: str = "exact", **changes: Any) -> PlaceBet:
    """A bet of ten on what was quoted, and on other legs; groups are numbered as they stand there."""
    group = AskedSameGame(tuple(range(len(quoted.legs))), quoted.odds)
    what = {"type": "multiple", "same_game": (group,), **changes}
    legs = (*quoted.legs, *others)
    return PlaceBet(BET_1, ANN, 10_00, "EUR", what.pop("type"), legs, accept, NOON, **what)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(), *market(M2, F2), *market(derived("other", "f1"), F1)[:1], *[opened(each) for each in MARKETS])
    return book


def struck(book: Book) -> BetPlaced:
    fact: BetPlaced = book.facts(BET_1)[0]
    return fact


def test_what_was_quoted_is_struck_and_the_fact_says_at_which_chance_and_versions(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    receipt = book.do(placed(quoted))
    fact = struck(book)
    (group,) = fact.same_game
    assert (group.legs, group.odds, group.asked) == (NUMBERS, quoted.odds, None)
    assert 0 < group.chance_millionths * quoted.odds.numerator <= MILLIONTHS * quoted.odds.denominator
    assert [(leg.odds, leg.version) for leg in fact.legs] == [(leg.odds, 1) for leg in quoted.legs]
    assert fact.potential_returns_minor == 10_00 * quoted.odds.numerator // quoted.odds.denominator
    assert receipt.placed == fact
    assert verify(book.store).violation is None


def test_a_quote_appends_nothing_and_says_what_each_leg_costs_alone(book: Book):
    head = book.store.head()
    quoted = book.do(HOME_AND_BOTH)
    assert book.store.head() == head
    assert quoted.fixture_id == F1
    assert [leg.odds for leg in quoted.legs] == [books(BEFORE)[RESULT].prices["home"], books(BEFORE)[BOTH].prices["yes"]]
    assert quoted.odds > max(leg.odds for leg in quoted.legs)


def test_legs_of_one_match_that_are_not_named_as_a_group_are_refused(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.refused(RelatedLegs, placed(quoted, same_game=()), fixture_id=F1)
    third = book.do(quote((RESULT, "home"), (BOTH, "yes"), (OVER, "over")))
    book.refused(RelatedLegs, placed(third, same_game=(AskedSameGame((0, 1), quoted.odds),)), fixture_id=F1)


def test_a_group_and_other_matches_multiply(book: Book):
    quoted, other = book.do(HOME_AND_BOTH), AskedLeg(M2, "no", parse("1.7"), 1)
    book.do(placed(quoted, other))
    whole = quoted.odds.times(other.odds)
    assert struck(book).potential_returns_minor == (2 * 10_00 * whole.numerator + whole.denominator) // (2 * whole.denominator)
    assert verify(book.store).violation is None


@pytest.mark.parametrize(
    ("groups", "kind", "each_way", "refusal"),
    [
        ((AskedSameGame((0,), parse("3")),), "multiple", "", SameGameMalformed),
        ((AskedSameGame((), parse("3")),), "multiple", "", SameGameMalformed),
        ((AskedSameGame((1, 0), parse("3")),), "multiple", "", SameGameMalformed),
        ((AskedSameGame((0, 5), parse("3")),), "multiple", "", SameGameMalformed),
        ((AskedSameGame((0, 1), parse("3")), AskedSameGame((1, 2), parse("3"))), "multiple", "", SameGameMalformed),
        ((AskedSameGame((0, 2), parse("3")),), "multiple", "", SameGameMalformed),
        ((AskedSameGame((0, 1), parse("3")),), "roundrobin:2", "", SameGameInSeveralLines),
        ((AskedSameGame((0, 1), parse("3")),), "multiple", "win_to_win", SameGameInSeveralLines),
    ],
)
def test_groups_that_no_price_could_save_are_refused(book: Book, groups, kind, each_way, refusal):
    bet = placed(book.do(HOME_AND_BOTH), AskedLeg(M2, "no", parse("1.7"), 1), same_game=groups, type=kind, each_way=each_way)
    book.refused(refusal, msgspec.structs.replace(bet, stake_minor=9_00))


def test_a_repeat_gets_the_first_answer_and_the_key_fits_no_other_group(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    first = book.do(placed(quoted))
    book.do(*repriced(HOME_LIKELIER, RESULT, BOTH))
    head = book.store.head()
    assert book.do(placed(quoted)) == first
    assert book.store.head() == head
    book.refused(BetKeyReused, placed(quoted, same_game=(AskedSameGame(NUMBERS, parse("3")),)))


def test_a_price_that_was_replaced_is_struck_for_its_grace_and_no_longer(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.do(*repriced(HOME_LIKELIER, RESULT, BOTH))
    now = book.do(HOME_AND_BOTH)
    assert now.odds < quoted.odds
    book.wait(4_000)
    book.refused(SameGamePriceMoved, placed(quoted), asked=quoted.odds.text, current=now.odds.text, current_versions=(2, 2))


def test_within_its_grace_it_is_struck_at_the_versions_on_the_screen(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.do(*repriced(HOME_LIKELIER, RESULT, BOTH))
    book.wait(1_000)
    book.do(placed(quoted))
    fact = struck(book)
    assert fact.same_game[0].odds == quoted.odds
    assert [leg.version for leg in fact.legs] == [1, 1]
    assert verify(book.store).violation is None


@pytest.mark.parametrize(
    ("model", "accept", "is_struck"),
    [
        (HOME_LESS_LIKELY, "better", True),
        (HOME_LESS_LIKELY, "any", True),
        (HOME_LIKELIER, "any", True),
        (HOME_LIKELIER, "better", False),
        (HOME_LIKELIER, "exact", False),
    ],
)
def test_after_its_grace_what_was_agreed_to_decides(book: Book, model: ScoreModel, accept: str, is_struck: bool):
    quoted = book.do(HOME_AND_BOTH)
    book.do(*repriced(model, RESULT, BOTH))
    book.wait(4_000)
    now = book.do(HOME_AND_BOTH)
    if not is_struck:
        book.refused(SameGamePriceMoved, placed(quoted, accept=accept))
        return
    book.do(placed(quoted, accept=accept))
    (group,) = struck(book).same_game
    assert (group.odds, group.asked) == (now.odds, quoted.odds)
    assert [(leg.odds, leg.version) for leg in struck(book).legs] == [(leg.odds, leg.version) for leg in now.legs]
    assert verify(book.store).violation is None
    head = book.store.head()
    book.do(placed(quoted, accept=accept))
    assert book.store.head() == head


def test_a_better_price_is_taken_within_the_grace_of_the_old_one(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.do(*repriced(HOME_LESS_LIKELY, RESULT, BOTH))
    book.do(placed(quoted, accept="better"))
    assert struck(book).same_game[0].odds == book.do(HOME_AND_BOTH).odds > quoted.odds
    assert verify(book.store).violation is None


def test_what_the_grid_cannot_relate_is_refused_by_name(book: Book):
    book.refused(LegsOnOneMarket, quote((RESULT, "home"), (RESULT, "away")), market_id=id_of(RESULT))
    book.refused(SameGameMalformed, QuoteSameGame((QuotedLeg(id_of(RESULT), "home"), QuotedLeg(M2, "no")), NOON), legs=NUMBERS)
    book.refused(TooManyLegs, quote((RESULT, "home")), legs=1)
    under = PricedMarket("total_goals", ("total", "1.5"))
    few = OpenMarket(
        derived("market", "1.5"), F1, under.type, under.specifiers, opened(OVER).selections, books(BEFORE)[under].prices, 0, NOON
    )
    book.do(few)
    few_goals = QuotedLeg(few.market_id, "under")
    book.refused(LegWithoutModel, QuoteSameGame((QuotedLeg(id_of(BOTH), "yes"), few_goals), NOON), market_id=few.market_id)
    book.do(PriceMarket(few.market_id, {name: Odds(price.numerator + 10, 1000) for name, price in few.prices.items()}, NOON, model=BEFORE))
    book.refused(LegsCannotAllWin, QuoteSameGame((QuotedLeg(id_of(BOTH), "yes"), few_goals), NOON), fixture_id=F1)


def test_a_traders_price_without_a_model_ends_the_price_together(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.do(PriceMarket(id_of(BOTH), {"yes": parse("1.85"), "no": parse("1.85")}, NOON))
    book.refused(LegWithoutModel, placed(quoted), market_id=id_of(BOTH))


def test_betting_that_stops_stops_the_price_together(book: Book):
    quoted = book.do(HOME_AND_BOTH)
    book.do(SuspendMarket(id_of(BOTH), "injury", NOON))
    book.refused(MarketSuspendedNow, HOME_AND_BOTH, market_id=id_of(BOTH))
    book.refused(MarketSuspendedNow, placed(quoted), market_id=id_of(BOTH))
    book.do(StopBetting("fixture", (F1,), "fog", NOON))
    book.refused(BettingSuspended, quote((RESULT, "home"), (OVER, "over")), scope="fixture")


def test_a_withdrawn_selection_has_no_price_together(book: Book):
    prices = books(BEFORE)[RESULT].prices
    book.do(PriceMarket(id_of(RESULT), {"draw": prices["draw"], "away": prices["away"]}, NOON, model=BEFORE))
    book.refused(SelectionWithdrawn, HOME_AND_BOTH, selection="home")


def test_prices_of_another_score_than_the_matchs_have_no_price_together(book: Book):
    book.do(KickOff(F1, NOON), ChangeScore(F1, home=1, away=0, minute=3, period="first_half", at=NOON))
    book.do(*repriced(BEFORE, RESULT, BOTH))
    book.refused(LegsOfDifferentScores, HOME_AND_BOTH, fixture_id=F1)


def test_a_model_that_cannot_be_is_refused_with_the_prices(book: Book):
    for wrong in ({"home_millionths": 0}, {"exponent_millionths": 0}, {"minutes_gone": 91}, {"home": -1}, {"half_time": (1, 0)}):
        model = ScoreModel(**{**{name: getattr(BEFORE, name) for name in BEFORE.__struct_fields__}, **wrong})
        book.refused(ScoreModelMalformed, PriceMarket(id_of(RESULT), books(HOME_LIKELIER)[RESULT].prices, NOON, model=model))


def result(book: Book, home: int, away: int, *markets: PricedMarket) -> None:
    book.do(KickOff(F1, NOON), EndFixture(F1, home, away, home, away, NOON))
    book.do(*[ResultMarket(id_of(each), NOON) for each in markets])
    book.do(*[SettleBet(BET_1, id_of(each), NOON) for each in markets])


@pytest.mark.parametrize(
    ("score", "outcome", "paid"),
    [((2, 1), "won", ReturnsPaid), ((1, 0), "lost", StakeLost), ((0, 2), "lost", StakeLost), ((1, 1), "void", StakeRefunded)],
)
def test_a_group_is_lost_with_one_leg_else_void_with_one_leg_else_won(book: Book, score: tuple[int, int], outcome: str, paid: type):
    """Draw no bet on the home side, with both teams to score: a draw of 1-1 gives the stake back, whatever the other leg is."""
    quoted = book.do(quote((NO_DRAW, "home"), (BOTH, "yes")))
    book.do(placed(quoted))
    result(book, *score, NO_DRAW, BOTH)
    settled: BetSettled = book.facts(BET_1)[-1]
    returns_minor = {"won": struck(book).potential_returns_minor, "void": 10_00, "lost": 0}[outcome]
    assert (settled.outcome, settled.returns_minor, settled.closing) == (outcome, returns_minor, ())
    assert type(book.facts(wallet_of(ANN))[-1]) is paid
    assert verify(book.store).violation is None


def test_a_void_group_leaves_the_other_legs_of_its_line(book: Book):
    quoted = book.do(quote((NO_DRAW, "home"), (BOTH, "yes")))
    book.do(placed(quoted, AskedLeg(M2, "no", parse("1.7"), 1)))
    result(book, 1, 1, NO_DRAW, BOTH)
    book.do(KickOff(F2, NOON), EndFixture(F2, 0, 0, 0, 0, NOON), ResultMarket(M2, NOON), SettleBet(BET_1, M2, NOON))
    assert book.facts(BET_1)[-1].returns_minor == 17_00
    assert verify(book.store).violation is None


def test_a_corrected_result_settles_it_anew(book: Book):
    book.do(placed(book.do(HOME_AND_BOTH)))
    result(book, 2, 1, RESULT, BOTH)
    won_minor = book.facts(BET_1)[-1].returns_minor
    level: dict[str, LegResult] = {"home": LOST, "draw": WON, "away": LOST}
    book.record([NewFact(id_of(RESULT), 3, MarketResulted(level, 2, 2, NOON, number=2, reason="an own goal"))])
    book.do(SettleBet(BET_1, id_of(RESULT), NOON))
    *_, reversal, settled = book.facts(BET_1)
    assert (reversal.returns_minor, settled.outcome, settled.returns_minor, settled.settlement) == (won_minor, "lost", 0, 2)


def test_a_settlement_by_another_rule_is_found(book: Book):
    """A void leg that is left out, the rest paid at its own price, is not the rule."""
    book.do(placed(book.do(quote((NO_DRAW, "home"), (BOTH, "yes")))))
    result(book, 1, 1, NO_DRAW, BOTH)
    forged = story_of(book.store)
    place = forged.place(BetSettled)
    alone_minor = 10_00 * struck(book).legs[1].odds.numerator // 1000
    found = verify(forged.change(place, returns_minor=alone_minor, outcome="won")).violation
    assert isinstance(found, ReturnsWrong)
    assert (found.position, found.expected_minor) == (place, 10_00)


def test_there_is_no_offer_to_cash_out(book: Book):
    book.do(placed(book.do(HOME_AND_BOTH)))
    book.refused(CashOutRelatedLegs, QuoteCashOut(BET_1, ANN, 100, NOON), fixture_id=F1)


def test_in_play_on_a_market_with_a_delay_it_is_refused_rather_than_waiting_and_so_is_a_tail_of_it(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB, reference="bob"))
    early = placed(book.do(HOME_AND_BOTH))
    other = AskedLeg(M2, "yes", parse("2.1"), 1)
    book.do(early, SetBetDelay(id_of(RESULT), 5, NOON), SetBetDelay(M2, 7, NOON))
    book.do(ShareBet(BET_1, ANN, "public", "hidden", 0, "", (), (), NOON), KickOff(F1, NOON), *repriced(BEFORE, RESULT, BOTH))
    quoted, late = book.do(HOME_AND_BOTH), derived("bet", "late")
    book.refused(SameGameWouldWait, msgspec.structs.replace(placed(quoted), bet_id=late), legs=NUMBERS, delay_s=5)
    tail = TailSlip(derived("bet", "tailed"), BOB, slip_of(BET_1), "tail", 5_00, None, None, NOON)
    book.refused(SameGameWouldWait, tail, legs=NUMBERS, delay_s=5)
    book.do(SetBetDelay(id_of(RESULT), 0, NOON), KickOff(F2, NOON))
    book.refused(SameGameWouldWait, msgspec.structs.replace(placed(quoted, other), bet_id=late), legs=NUMBERS, delay_s=7)
    assert book.do(early).placed == struck(book), "a repeat gets the answer of then"
    assert verify(book.store).violation is None


def test_it_is_shared_with_its_odds_together_and_tailed_at_those_of_the_moment(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB, reference="bob"))
    book.do(placed(book.do(HOME_AND_BOTH)))
    book.do(ShareBet(BET_1, ANN, "public", "hidden", 0, "", (), (), NOON))
    shared: SlipShared = book.facts(slip_of(BET_1))[0]
    assert [(group.legs, group.odds) for group in shared.same_game] == [(NUMBERS, struck(book).same_game[0].odds)]
    book.do(*repriced(HOME_LESS_LIKELY, RESULT, BOTH))
    now, tailed = book.do(HOME_AND_BOTH), derived("bet", "tailed")
    book.do(TailSlip(tailed, BOB, slip_of(BET_1), "tail", 5_00, None, None, NOON))
    fact: BetPlaced = book.facts(tailed)[0]
    assert [(group.legs, group.odds) for group in fact.same_game] == [(NUMBERS, now.odds)]
    assert verify(book.store).violation is None
