"""Cash-out: an offer follows from the bet and the prices as they stand, is accepted once, and what it paid is never touched again."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from commands.audit.verify import verify
from commands.betting.cash_out import (
    CashOut,
    CashOutBookIncomplete,
    CashOutMarketUnsupported,
    CashOutPricedByHand,
    CashOutReceipt,
    CashOutWouldWait,
    QuoteCashOut,
)
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import Settlement
from commands.ports import NewFact
from domain.account.commands import GrantRole
from domain.account_gate.commands import TimeOut
from domain.account_gate.state import StaffDoNotBet
from domain.bet.cash_out import (
    BetIsCashedOut,
    BetIsSettled,
    CashOutExpired,
    CashOutKeyReused,
    CashOutMoved,
    CashOutNotOffered,
    CashOutOffer,
    CashOutRelatedLegs,
    CashOutShareMalformed,
    CashOutVersionMalformed,
    CashOutWorthless,
    TooManyCashOuts,
    offer_of,
)
from domain.bet.commands import AskedLeg, PricedLeg
from domain.bet.decider import BET
from domain.bet.facts import BetCashedOut, BetPlaced, BetSettled, BetSettlementReversed, CashOutLeg
from domain.bet.state import BetUnknown
from domain.fixture.commands import KickOff
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.decider import BettingSuspended
from domain.ids import cash_out_of, derived, producer_of, wallet_of
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResumeMarket, SetBetDelay, SuspendMarket
from domain.market.facts import MarketOpened, MarketResulted, Selection
from domain.market.state import MarketNotOpen, MarketSuspendedNow, PricesAwaited
from domain.odds import parse
from domain.pricing.chances import chance_millionths, has_one_winner
from domain.producer.commands import Beat
from domain.settling import LOST, VOID, WON
from domain.wallet.facts import CashOutPaid, ReturnsPaid, StakeLost, StakeRefunded
from tests.decisions.given import NOON, given
from tests.decisions.test_use_cases import (
    ANN,
    BET_1,
    BET_2,
    BOB,
    F1,
    F2,
    GATES_1,
    M1,
    M2,
    ODDS,
    SELECTIONS,
    Book,
    account,
    bet,
    deposit,
    double,
    graded,
    market,
    settle,
)

TESS, TOM = derived("account", "tess"), derived("account", "tom")
SHORTER = {"yes": parse("1.5"), "no": parse("2.5")}
LONGER = {"yes": parse("4"), "no": parse("1.2")}


def ask(bet_id: str = BET_1, share: int = 100, account_id: str = ANN) -> QuoteCashOut:
    return QuoteCashOut(bet_id, account_id, share, NOON)


def accept(offer: CashOutOffer, key: str = "k", least_minor: int | None = None, account_id: str = ANN) -> CashOut:
    asked_minor = offer.offer_minor if least_minor is None else least_minor
    return CashOut(offer.bet_id, account_id, cash_out_of(offer.bet_id, key), offer.share_percent, asked_minor, offer.version, NOON)


def available_minor(book: Book) -> int:
    amount: int = book.facts(wallet_of(ANN))[-1].available_minor
    return amount


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    return book


def test_an_offer_is_the_fair_value_less_the_margin_rounded_down(book: Book):
    book.do(bet(), PriceMarket(M1, SHORTER, NOON))
    offer = book.do(ask())
    chance = chance_millionths(SHORTER, ("yes", "no"), "yes")
    fair = 10_00 * Fraction(21, 10) * Fraction(chance, 1_000_000)
    assert offer.offer_minor == int(fair * Fraction(95, 100)) == 12_72
    assert (offer.stake_minor, offer.stake_left_minor, offer.currency) == (10_00, 0, "EUR")


def test_a_leg_that_came_out_counts_at_its_result_and_the_open_one_at_its_chance(book: Book):
    book.do(double(), *graded(M2, F2, VOID), settle(BET_2, M2))
    chance = chance_millionths(ODDS, ("yes", "no"), "yes")
    assert book.do(ask(BET_2)).offer_minor == 10_00 * 21 * chance * 95 // (10 * 1_000_000 * 100)


def test_nothing_is_offered_for_a_multiple_that_has_lost_a_leg(book: Book):
    book.do(double(), *graded(M2, F2, WON), settle(BET_2, M2))
    book.refused(CashOutWorthless, ask(BET_2), bet_id=BET_2)


def test_a_cash_out_and_its_money_are_one_append_that_rests_on_the_market(book: Book):
    book.do(bet(), PriceMarket(M1, SHORTER, NOON))
    offer = book.do(ask())
    receipt, append = book.decide(accept(offer))
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(wallet_of(ANN), CashOutPaid), (BET_1, BetCashedOut)]
    assert {M1, *(fact.stream_id for fact in append.facts)} <= {read.stream_id for read in append.all_reads} | {BET_1, wallet_of(ANN)}
    fact = append.facts[-1].body
    assert receipt == CashOutReceipt(BET_1, "EUR", fact)
    assert fact.legs == (CashOutLeg(M1, 2, chance_millionths(SHORTER, ("yes", "no"), "yes")),)
    assert (fact.bet_version, fact.rules, fact.actor, fact.expires_at) == (1, 2, ANN, offer.expires_at)
    book.do(accept(offer))
    assert available_minor(book) == 90_00 + offer.offer_minor


def test_a_bet_that_was_cashed_out_whole_is_not_settled_nor_offered_again(book: Book):
    book.do(bet())
    offer = book.do(ask())
    book.do(accept(offer), *graded(M1, F1, WON))
    assert book.do(settle(BET_1, M1)) == Settlement(BET_1, "cashed_out", offer.offer_minor)
    assert [type(fact) for fact in book.facts(BET_1)] == [BetPlaced, BetCashedOut]
    book.refused(BetIsCashedOut, ask(), cashed_out_minor=offer.offer_minor)
    assert available_minor(book) == 90_00 + offer.offer_minor


@pytest.mark.parametrize("result", [WON, LOST, VOID])
def test_the_rest_of_a_bet_is_settled_for_the_rest_of_its_stake(book: Book, result: Any):
    book.do(bet())
    offer = book.do(ask(share=40))
    assert (offer.stake_minor, offer.stake_left_minor, offer.potential_returns_minor) == (4_00, 6_00, 12_60)
    book.do(accept(offer), *graded(M1, F1, result), settle(BET_1, M1))
    settled = book.facts(BET_1)[-1]
    returned = {WON: 12_60, LOST: 0, VOID: 6_00}[result]
    assert (settled.stake_minor, settled.returns_minor) == (6_00, returned)
    assert (settled.stake_closed_minor, settled.cashed_out_minor) == (4_00, offer.offer_minor)
    kind = {WON: ReturnsPaid, LOST: StakeLost, VOID: StakeRefunded}[result]
    assert type(book.facts(wallet_of(ANN))[-1]) is kind
    assert available_minor(book) == 90_00 + offer.offer_minor + returned


def test_a_correction_settles_the_rest_anew_and_leaves_what_was_cashed_out(book: Book):
    book.do(bet())
    offer = book.do(ask(share=50))
    book.do(accept(offer), *graded(M1, F1, WON), settle(BET_1, M1))
    corrected = MarketResulted({"yes": LOST, "no": WON}, 2, 0, NOON, number=2, reason="the second goal was offside")
    book.record([NewFact(M1, len(book.facts(M1)) + 1, corrected)])
    book.do(settle(BET_1, M1))
    assert [type(fact) for fact in book.facts(BET_1)] == [BetPlaced, BetCashedOut, BetSettled, BetSettlementReversed, BetSettled]
    assert book.facts(BET_1)[-2].stake_minor == 5_00
    assert available_minor(book) == 90_00 + offer.offer_minor


def test_a_repeat_is_answered_as_the_first_and_moves_nothing(book: Book):
    book.do(bet())
    offer = book.do(ask())
    first = book.do(accept(offer))
    book.do(SuspendMarket(M1, "goal", NOON))
    again, append = book.decide(accept(offer))
    assert again == first
    assert append.facts == []
    book.refused(CashOutKeyReused, accept(offer, least_minor=1), bet_id=BET_1)


def test_of_two_acceptances_of_one_offer_one_is_paid(book: Book):
    book.do(bet())
    offer = book.do(ask(share=50))
    _, first = book.decide(accept(offer, "one"))
    _, second = book.decide(accept(offer, "two"))
    verdicts = [book.store.append_many([append]).verdicts[0].accepted for append in (first, second)]
    assert verdicts == [True, False]
    book.refused(CashOutMoved, accept(offer, "two"), bet_id=BET_1)


def test_a_lower_offer_is_refused_with_what_it_is_now_and_a_higher_one_is_paid(book: Book):
    book.do(bet())
    offer = book.do(ask())
    book.do(PriceMarket(M1, LONGER, NOON))
    now = book.do(ask())
    assert now.offer_minor < offer.offer_minor
    evidence = {"asked_minor": offer.offer_minor, "offer_minor": now.offer_minor, "version": now.version, "expires_at": now.expires_at}
    book.refused(CashOutMoved, accept(offer), **evidence)
    book.do(PriceMarket(M1, SHORTER, NOON))
    better = book.do(ask())
    assert book.do(accept(offer)).fact.amount_minor == better.offer_minor > offer.offer_minor


def test_an_offer_ends_with_its_lifetime(book: Book):
    book.do(bet())
    offer = book.do(ask())
    assert offer.expires_at == NOON + timedelta(seconds=10)
    _, append = book.decide(accept(offer))
    book.wait(10_001)
    assert not book.store.append_many([append]).verdicts[0].accepted
    book.refused(CashOutExpired, accept(offer), offer_minor=offer.offer_minor)
    later_version = f"1-1-{int(offer.version.rpartition('-')[2]) + 60_000}"
    book.refused(CashOutExpired, CashOut(BET_1, ANN, cash_out_of(BET_1, "k"), 100, 1, later_version, NOON))


@pytest.mark.parametrize("version", ["", "1", "x-1-2", "1-1-", "-", "1--2", "1-²-3", "9" * 700])
def test_what_is_no_offer_is_refused(book: Book, version: str):
    book.do(bet())
    book.refused(CashOutVersionMalformed, CashOut(BET_1, ANN, cash_out_of(BET_1, "k"), 100, 1, version, NOON))


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        ([SuspendMarket(M1, "goal", NOON)], MarketSuspendedNow),
        ([CloseMarket(M1, NOON)], MarketNotOpen),
        ([StopBetting("fixture", (F1,), "goal", NOON)], BettingSuspended),
        (graded(M1, F1, WON), MarketNotOpen),
        ([*graded(M1, F1, WON), settle(BET_1, M1)], BetIsSettled),
    ],
)
def test_there_is_no_offer_and_none_is_accepted_where_no_bet_would_be_taken(book: Book, happens: list[Any], refusal: type[Any]):
    book.do(bet())
    offer = book.do(ask())
    _, on_its_way = book.decide(accept(offer))
    book.do(*happens)
    book.refused(refusal, ask())
    book.refused(refusal, accept(offer))
    assert not book.store.append_many([on_its_way]).verdicts[0].accepted


def test_prices_hold_no_longer_than_their_producers_lease():
    book = Book()
    scheduled, opened = market(M1, F1)
    book.do(account(), deposit(), scheduled, Beat("model", 3_000, NOON))
    fields = {name: getattr(opened, name) for name in opened.__struct_fields__} | {"producer": "model"}
    book.do(OpenMarket(**fields), bet())
    offer = book.do(ask())
    _, on_its_way = book.decide(accept(offer))
    book.wait(3_001)
    assert book.facts(producer_of("model"))
    book.refused(PricesAwaited, ask())
    book.refused(PricesAwaited, accept(offer))
    assert not book.store.append_many([on_its_way]).verdicts[0].accepted


def test_another_accounts_bet_is_not_there(book: Book):
    book.do(bet(), account(BOB, "bob", "bob@example.org"))
    book.refused(BetUnknown, ask(account_id=BOB))
    book.refused(BetUnknown, accept(book.do(ask()), account_id=BOB))


def test_whoever_took_a_time_out_may_take_money_out_of_risk(book: Book):
    book.do(bet(), TimeOut(ANN, NOON + timedelta(hours=24), ANN, NOON))
    assert book.do(accept(book.do(ask()))).fact.stake_left_minor == 0


def test_whoever_moves_prices_takes_no_offer_for_an_own_bet(book: Book):
    book.do(bet())
    offer = book.do(ask())
    book.do(GrantRole(ANN, "trader", "console", NOON))
    book.refused(StaffDoNotBet, ask(), roles=("trader",))
    book.refused(StaffDoNotBet, accept(offer), roles=("trader",))
    assert verify(book.store).violation is None


def traders(book: Book) -> None:
    for trader_id, name in ((TESS, "tess"), (TOM, "tom")):
        book.do(account(trader_id, name, f"{name}@example.org"), GrantRole(trader_id, "trader", "console", NOON))


def test_nothing_is_offered_at_prices_that_one_trader_alone_has_set(book: Book):
    traders(book)
    book.do(bet())
    offer = book.do(ask())
    book.do(PriceMarket(M1, SHORTER, NOON, actor=TESS))
    book.refused(CashOutPricedByHand, ask(), market_id=M1)
    book.refused(CashOutPricedByHand, accept(offer), market_id=M1)
    head = book.store.head()
    book.do(PriceMarket(M1, SHORTER, NOON, actor=TESS))
    assert book.store.head() == head, "who set them says nothing new"
    book.do(PriceMarket(M1, SHORTER, NOON, actor=TOM))
    assert book.do(ask()).offer_minor == 12_72
    for again in (TESS, TOM):
        book.do(PriceMarket(M1, SHORTER, NOON, actor=again))
    assert book.store.head() == head + 1, "prices that two traders gave are repeated by either"
    assert book.do(accept(offer)).fact.amount_minor == 12_72
    assert verify(book.store).violation is None


@pytest.mark.parametrize(
    "then",
    [
        [PriceMarket(M1, LONGER, NOON, actor=derived("account", "tom"))],
        [SuspendMarket(M1, "goal", NOON), ResumeMarket(M1, SHORTER, NOON, actor=derived("account", "tom"))],
        [
            StopBetting("fixture", (F1,), "goal", NOON),
            ReopenBetting("fixture", (F1,), NOON),
            PriceMarket(M1, SHORTER, NOON, actor=derived("account", "tom")),
        ],
    ],
)
def test_a_second_trader_agrees_only_with_what_stands(book: Book, then: list[Any]):
    traders(book)
    book.do(bet(), PriceMarket(M1, SHORTER, NOON, actor=TESS), *then)
    book.refused(CashOutPricedByHand, ask(), market_id=M1)
    assert verify(book.store).violation is None


def test_a_price_of_a_process_is_nobodys_hand(book: Book):
    traders(book)
    book.do(bet(), PriceMarket(M1, LONGER, NOON, actor=TESS), PriceMarket(M1, SHORTER, NOON))
    assert book.do(ask()).offer_minor == 12_72


def test_what_was_struck_at_a_replaced_price_is_cashed_out_at_what_stood_and_paid_as_struck(book: Book):
    book.do(PriceMarket(M1, SHORTER, NOON), bet(), bet(BET_2, odds="1.5", version=2))
    placed = book.facts(BET_1)[0]
    assert (placed.legs[0].odds, placed.standing, placed.potential_returns_minor) == (parse("2.1"), (parse("1.5"),), 21_00)
    assert book.facts(BET_2)[0].standing == ()
    offer = book.do(ask())
    assert offer.offer_minor == book.do(ask(BET_2)).offer_minor < 10_00
    book.do(accept(book.do(ask(share=50))))
    assert verify(book.store).violation is None
    book.do(*graded(M1, F1, WON), settle(BET_1, M1))
    assert book.facts(BET_1)[-1].returns_minor == 10_50


def test_a_replaced_price_that_is_lower_than_what_stands_is_what_counts(book: Book):
    book.do(PriceMarket(M1, LONGER, NOON), bet())
    assert (book.facts(BET_1)[0].standing, book.facts(BET_1)[0].legs[0].odds) == ((), parse("2.1"))


def test_where_bets_wait_in_play_there_is_no_offer_until_they_wait_no_more(book: Book):
    book.do(bet(), SetBetDelay(M1, 5, NOON))
    offer = book.do(ask())
    book.do(KickOff(F1, NOON))
    book.do(PriceMarket(M1, ODDS, NOON))
    book.refused(CashOutWouldWait, ask(), bet_id=BET_1, delay_s=5)
    book.refused(CashOutWouldWait, accept(offer), delay_s=5)
    book.do(SetBetDelay(M1, 0, NOON))
    assert book.do(accept(offer)).fact.stake_left_minor == 0
    assert verify(book.store).violation is None


def test_an_acceptance_from_before_the_kick_off_is_not_committed_after_it(book: Book):
    book.do(bet(), SetBetDelay(M1, 5, NOON))
    _, on_its_way = book.decide(accept(book.do(ask())))
    book.do(KickOff(F1, NOON))
    assert not book.store.append_many([on_its_way]).verdicts[0].accepted


@pytest.mark.parametrize("share", [0, -1, 101])
def test_a_share_is_1_to_100_percent(book: Book, share: int):
    book.do(bet())
    book.refused(CashOutShareMalformed, ask(share=share), share_percent=share)


def test_a_share_of_less_than_a_minor_unit_is_none(book: Book):
    book.do(bet(stake_minor=3))
    book.refused(CashOutShareMalformed, ask(share=33))


def test_a_bet_is_cashed_out_in_part_twenty_times_at_most(book: Book):
    book.do(bet())
    for number in range(20):
        book.do(accept(book.do(ask(share=1)), str(number)))
    book.refused(TooManyCashOuts, ask(share=1), cash_outs_max=20)


def test_systems_and_each_way_bets_are_not_cashed_out(book: Book):
    f3, m3 = derived("test", "f3"), derived("test", "m3")
    legs = tuple(AskedLeg(market_id, "yes", parse("2.1"), 1) for market_id in (M1, M2, m3))
    book.do(*market(m3, f3), PlaceBet(BET_1, ANN, 4_00, "EUR", "trixie", legs, "exact", NOON))
    book.refused(CashOutNotOffered, ask(), type="trixie")


def test_markets_that_give_stakes_back_are_not_cashed_out(book: Book):
    m3 = derived("test", "m3")
    sides, odds = (Selection("home", "Brazil"), Selection("away", "Norway")), {"home": parse("1.9"), "away": parse("1.9")}
    book.do(OpenMarket(m3, F1, "draw_no_bet", {}, sides, odds, 3_000, NOON))
    book.do(PlaceBet(BET_1, ANN, 4_00, "EUR", "single", (AskedLeg(m3, "home", parse("1.9"), 1),), "exact", NOON))
    book.refused(CashOutMarketUnsupported, ask(), type="draw_no_bet")


def test_where_a_selection_has_no_price_the_chances_of_the_others_are_not_known(book: Book):
    m3 = derived("test", "m3")
    opened = MarketOpened(F1, "both_teams_to_score", {}, SELECTIONS, {"yes": ODDS["yes"]}, 3_000, NOON, 500, GATES_1, (0, 0, 0))
    book.record_in(m3, [opened])
    book.do(PlaceBet(BET_1, ANN, 4_00, "EUR", "single", (AskedLeg(m3, "yes", ODDS["yes"], 1),), "exact", NOON))
    book.refused(CashOutBookIncomplete, ask(), market_id=m3)


@pytest.mark.parametrize(
    ("market_type", "specifiers", "is_one"),
    [
        ("match_result", {}, True),
        ("correct_score", {}, True),
        ("total_goals", {"total": "2.5"}, True),
        ("total_goals", {"total": "2"}, False),
        ("total_goals", {"total": "2.25"}, False),
        ("asian_handicap", {"hcp": "-0.5"}, True),
        ("asian_handicap", {"hcp": "0"}, False),
        ("double_chance", {}, False),
        ("first_half_draw_no_bet", {}, False),
        ("race_winner", {}, True),
        ("match_winner", {}, True),
        ("set_betting", {"bestof": "3"}, True),
        ("total_games", {"total": "22.5"}, True),
        ("total_games", {"total": "22"}, False),
        ("total_points", {"total": "220.5"}, True),
        ("point_spread", {"hcp": "-7"}, False),
        ("money_line", {}, False),
    ],
)
def test_chances_are_told_where_exactly_one_selection_wins(market_type: str, specifiers: dict[str, str], *, is_one: bool):
    assert has_one_winner(market_type, specifiers) is is_one


def test_related_legs_have_no_offer():
    placed = double()
    legs = tuple(PricedLeg(F1, CashOutLeg(leg.market_id, 1, 500_000)) for leg in placed.legs)
    state = given(BET, *_struck()).state
    with pytest.raises(CashOutRelatedLegs):
        offer_of(state, state.placed, BET_2, 1, legs, 100, NOON)


def _struck() -> list[Any]:
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2), double())
    return book.facts(BET_2)
