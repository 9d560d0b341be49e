"""An audit that finds nothing proves nothing unless it finds everything: each defect is forged into a log and must be named where it is."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from commands.audit import ViewDiffers, balance_at, replay_stream, verify, violations
from commands.audit.books import Books, Wallet
from commands.audit.closed import RECENT_MAX, ClosedStreams
from commands.audit.fold import Fold
from commands.audit.violation import Violation
from commands.audit.violations import PriceStale, VersionOutOfOrder
from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed, SignedIn
from domain.bet.facts import BetLegResulted, BetSettled, Leg
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureAbandoned, KickedOff
from domain.ids import derived, email_claim_of, handle_claim_of, transfer_of, wallet_of
from domain.market.facts import MarketPriced, MarketResulted, MarketResumed
from domain.odds import Odds
from domain.settling import HALF_WON, LOST, VOID, WON
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)
from domain.wallet.postings import HOUSE, PAYMENTS, available, postings, reserved
from tests.audit_story import (
    ALL_VOID,
    ANN,
    BEN,
    BET,
    FIRST,
    FIXTURE,
    HOME_WON,
    MARKET,
    MULTIPLE,
    NOON,
    NOWHERE,
    SECOND,
    Story,
    a_multiple,
    after,
    clean,
    on,
    opened,
    resulted_before_the_end,
    settled_again,
    single,
    struck,
    suspended,
)


def test_a_clean_log_is_clean_and_adds_up():
    found = verify(clean())
    assert found.violation is None
    assert (found.facts, found.accounts, found.bets, found.bets_open) == (19, 1, 1, 0)
    assert msgspec.structs.astuple(found.totals["EUR"]) == (100_00, 0, -13_50, -86_50)


@pytest.mark.parametrize("facts_per_read", [1, 2, 7, 1000])
def test_how_much_is_read_at_once_makes_no_difference(facts_per_read: int):
    assert verify(clean(), facts_per_read=facts_per_read).violation is None
    assert verify(clean().change(16, returns_minor=23_51), facts_per_read=facts_per_read).violation.position == 16


def test_an_empty_log_is_clean():
    assert verify(Story()).violation is None


def test_a_multiple_with_a_void_leg_is_clean():
    assert verify(a_multiple()).violation is None


def test_a_lost_bet_and_a_refunded_bet_are_clean():
    lost = clean().until(14).add(MARKET, MarketResulted({"home": LOST, "draw": LOST, "away": WON}, 0, 1, after(9)))
    lost.change(14, regular_home=0, regular_away=1)
    lost.add(wallet_of(ANN), StakeLost(ANN, BET, 10_00, 90_00, after(9))).add(BET, BetSettled(ANN, "lost", 10_00, 0, (LOST,), 1, after(9)))
    assert verify(lost).violation is None
    void = clean().until(13).add(MARKET, MarketResulted(ALL_VOID, 0, 0, after(9), "abandoned"))
    void.add(wallet_of(ANN), StakeRefunded(ANN, BET, 10_00, 100_00, after(9)))
    void.add(BET, BetSettled(ANN, "void", 10_00, 10_00, (VOID,), 1, after(9)))
    assert verify(void).violation is None


def test_a_market_that_came_out_before_the_end_was_told_is_clean():
    assert verify(resulted_before_the_end()).violation is None


def test_bets_that_wait_only_for_the_settler_are_counted_and_no_violation():
    assert verify(clean()).bets_unsettled == 0
    assert verify(clean().until(14)).bets_unsettled == 0
    late = verify(clean().until(15))
    assert (late.violation, late.bets_open, late.bets_unsettled) == (None, 1, 1)
    half_way = verify(a_multiple().until(15))
    assert (half_way.bets_open, half_way.bets_unsettled) == (2, 1)


def test_wallets_without_an_account_are_counted_and_no_violation():
    story = clean().add(wallet_of(BEN), WalletOpened(BEN, "EUR", NOON))
    found = verify(story)
    assert (found.violation, found.wallets_without_account) == (None, 1)
    assert verify(clean()).wallets_without_account == 0


def test_a_void_market_says_nothing_about_the_score():
    story = clean().until(13).add(MARKET, MarketResulted(ALL_VOID, 0, 0, after(9), "abandoned")).add(FIXTURE, clean().log[13].body)
    assert verify(story).violation is None


def test_a_price_may_be_struck_until_its_grace_has_run_out():
    leg = Leg(MARKET, "home", FIRST["home"], 1)
    assert verify(struck(clean().until(11), on(leg, at=after(5)))).violation is None
    assert isinstance(verify(struck(clean().until(11), on(leg, at=after(5.001)))).violation, PriceStale)


def test_better_odds_than_asked_for_may_be_given_to_whoever_takes_better():
    leg = Leg(MARKET, "away", SECOND["away"], 2, FIRST["away"], 1)
    assert verify(struck(clean().until(11), on(leg, accept="better", at=after(3)))).violation is None


def test_facts_that_the_audit_does_not_follow_are_let_pass_in_the_order_of_their_versions():
    class Whispered(Fact, frozen=True, tag="whispered.v1"):
        text: str

    story = clean().add(NOWHERE, Whispered("psst")).add(NOWHERE, Whispered("again"))
    assert verify(story).violation is None
    assert isinstance(verify(story.put(21, version=3)).violation, VersionOutOfOrder)


SECOND_HOME = Leg(MARKET, "home", SECOND["home"], 2)
STALE = Leg(MARKET, "home", FIRST["home"], 1)
WALLET = wallet_of(ANN)

FORGERIES: list[tuple[str, int, Callable[[], Story]]] = [
    ("PositionOutOfOrder", 8, lambda: Story([fact for fact in clean().log if fact.position != 7])),
    ("PositionOutOfOrder", 6, lambda: clean().put(7, position=6)),
    ("LogCutShort", 20, lambda: Story(clean().log, head_told=20)),
    ("VersionOutOfOrder", 9, lambda: clean().put(9, version=4)),
    ("VersionOutOfOrder", 9, lambda: clean().put(9, version=2)),
    ("VersionOutOfOrder", 7, lambda: clean().put(7, version=2)),
    ("StreamBegunWrong", 5, lambda: clean().until(4).add(wallet_of(BEN), FundsDeposited(BEN, 1, "x", 1, NOON))),
    ("StreamBegunWrong", 9, lambda: clean().until(8).add(NOWHERE, MarketPriced(SECOND, NOON))),
    ("StreamBegunWrong", 20, lambda: clean().add(BET, SignedIn(NOON)).put(20, version=1)),
    ("FactOutOfPlace", 9, lambda: clean().until(8).add(MARKET, opened(FIXTURE))),
    ("FactOutOfPlace", 9, lambda: clean().until(8).add(FIXTURE, SignedIn(NOON))),
    ("StreamMisplaced", 1, lambda: Story().add(NOWHERE, HandleClaimed("ann", ANN, NOON))),
    ("StreamMisplaced", 3, lambda: clean().until(2).add(NOWHERE, WalletOpened(ANN, "EUR", NOON))),
    ("StreamMisplaced", 6, lambda: clean().put(6, stream_id=NOWHERE)),
    ("ClaimedTwice", 20, lambda: clean().add(handle_claim_of("ANN"), HandleClaimed("ANN", BEN, NOON))),
    ("ClaimedTwice", 20, lambda: clean().add(email_claim_of("ann@example.com"), EmailClaimed(BEN, NOON)).put(20, version=1)),
    ("HandleNotClaimed", 4, lambda: clean().change(4, handle="bob")),
    ("HandleNotClaimed", 20, lambda: clean().add(BEN, AccountRegistered("ann", "b@example.com", "-", "EUR", NOON))),
    (
        "ReferenceUsedTwice",
        21,
        lambda: (
            clean()
            .add(WALLET, FundsDeposited(ANN, 1, "visa 1", 100_01, NOON))
            .add(transfer_of(ANN, "visa 1"), TransferRecorded(ANN, "deposit", 1, "EUR", "visa 1", NOON))
        ),
    ),
    ("AmountNotPositive", 5, lambda: clean().change(5, amount_minor=0, available_minor=0)),
    ("AmountNotPositive", 9, lambda: clean().change(9, stake_minor=-10_00, available_minor=110_00)),
    ("AmountNotPositive", 16, lambda: clean().change(16, returns_minor=-1, available_minor=89_99)),
    ("MoneyOfAnother", 9, lambda: clean().change(9, account_id=BEN)),
    ("WalletBelowZero", 9, lambda: clean().change(9, stake_minor=100_01, available_minor=-1)),
    ("WalletBelowZero", 16, lambda: clean().change(16, stake_minor=10_01)),
    ("BalanceWrong", 5, lambda: clean().change(5, available_minor=100_01)),
    ("BalanceWrong", 16, lambda: clean().change(16, available_minor=113_51)),
    ("StakeWithoutBet", 9, lambda: clean().until(9).add(FIXTURE, KickedOff(NOON))),
    ("StakeWithoutBet", 9, lambda: clean().until(9)),
    ("StakeWithoutBet", 9, lambda: clean().put(10, stream_id=NOWHERE)),
    ("StakeNotReserved", 9, lambda: clean().until(8).add(BET, single())),
    ("StakeDiffers", 10, lambda: clean().change(10, stake_minor=20_00, potential_returns_minor=47_00)),
    ("StakeDiffers", 10, lambda: clean().change(10, account_id=BEN)),
    ("StakeDiffers", 10, lambda: clean().change(10, currency="USD")),
    ("PaymentWithoutSettlement", 16, lambda: clean().until(16).add(FIXTURE, KickedOff(NOON))),
    ("PaymentWithoutSettlement", 16, lambda: clean().change(16, bet_id=MULTIPLE)),
    ("PaymentMissing", 16, lambda: clean().until(15).add(BET, clean().log[16].body)),
    ("PaymentDiffers", 17, lambda: clean().change(16, returns_minor=23_51, available_minor=113_51)),
    ("PaymentDiffers", 17, lambda: clean().put(16, body=StakeLost(ANN, BET, 10_00, 90_00, NOON))),
    ("PaymentDiffers", 17, lambda: clean().put(16, body=StakeRefunded(ANN, BET, 10_00, 100_00, NOON))),
    ("MoneyWithoutReference", 5, lambda: clean().until(5).add(FIXTURE, clean().log[6].body)),
    ("MoneyWithoutReference", 18, lambda: clean().until(18)),
    ("TransferNotMoved", 5, lambda: clean().until(4).add(transfer_of(ANN, "visa 1"), clean().log[5].body)),
    ("TransferDiffers", 6, lambda: clean().change(6, amount_minor=100_01)),
    ("TransferDiffers", 6, lambda: clean().change(6, direction="withdrawal")),
    ("TransferDiffers", 6, lambda: clean().change(6, reference="visa 2")),
    ("FixtureMissing", 8, lambda: clean().change(8, fixture_id=NOWHERE)),
    ("FixtureMissing", 8, lambda: clean().change(8, fixture_id=WALLET)),
    ("MarketOutOfOrder", 14, lambda: clean().until(13).add(MARKET, MarketPriced(SECOND, NOON))),
    ("MarketOutOfOrder", 14, lambda: clean().until(13).add(MARKET, MarketResumed(SECOND, NOON))),
    ("MarketOutOfOrder", 16, lambda: clean().until(15).add(MARKET, clean().log[14].body)),
    ("ScoreWrong", 15, lambda: clean().change(15, home=3)),
    ("ScoreWrong", 15, lambda: resulted_before_the_end().change(15, regular_home=0, regular_away=3, final_home=0, final_away=3)),
    ("ScoreWrong", 15, lambda: resulted_before_the_end().change(14, home=3)),
    ("GradeWrong", 15, lambda: clean().change(15, results={"home": LOST, "draw": WON, "away": LOST})),
    ("GradeWrong", 15, lambda: clean().change(15, void_reason="abandoned")),
    ("GradeWrong", 15, lambda: clean().change(15, results={**HOME_WON, "home": HALF_WON})),
    ("MarketMissing", 10, lambda: clean().change(10, legs=(Leg(NOWHERE, "home", FIRST["home"], 1),))),
    ("MarketMissing", 10, lambda: clean().change(10, legs=(Leg(FIXTURE, "home", FIRST["home"], 1),))),
    ("BetAfterSuspension", 12, lambda: struck(suspended(), single())),
    ("BetAfterSuspension", 12, lambda: struck(suspended(), on(Leg(MARKET, "home", FIRST["home"], 2)))),
    ("BetAfterSuspension", 11, lambda: struck(suspended().until(9), single())),
    ("BetAfterSuspension", 15, lambda: struck(clean().until(13), on(Leg(MARKET, "home", SECOND["home"], 2)))),
    ("BetAfterSuspension", 17, lambda: struck(clean().until(15), on(Leg(MARKET, "home", SECOND["home"], 2)))),
    ("BetAfterEnd", 15, lambda: struck(clean().until(12).add(FIXTURE, clean().log[13].body), on(SECOND_HOME))),
    ("BetAfterEnd", 15, lambda: struck(clean().until(12).add(FIXTURE, FixtureAbandoned("fog", after(9))), on(SECOND_HOME))),
    ("VersionFromTheFuture", 10, lambda: clean().change(10, legs=(Leg(MARKET, "home", FIRST["home"], 2),))),
    ("PriceStale", 13, lambda: struck(clean().until(11), on(STALE, at=after(5.5)))),
    ("PriceStale", 14, lambda: struck(clean().until(11).add(MARKET, MarketPriced(FIRST, after(9))), on(STALE, at=after(4)))),
    ("OddsNotShown", 10, lambda: clean().put(10, body=on(Leg(MARKET, "home", Odds(2360, 1000), 1)))),
    ("OddsNotShown", 10, lambda: clean().put(10, body=on(Leg(MARKET, "nobody", FIRST["home"], 1)))),
    ("OddsNotShown", 13, lambda: struck(clean().until(11), on(Leg(MARKET, "home", FIRST["home"], 2)))),
    ("OddsNotAgreed", 10, lambda: clean().put(10, body=on(Leg(MARKET, "home", FIRST["home"], 1, Odds(2400, 1000), 1)))),
    (
        "OddsNotAgreed",
        13,
        lambda: struck(clean().until(11), on(Leg(MARKET, "home", SECOND["home"], 2, FIRST["home"], 1), accept="better")),
    ),
    ("PotentialReturnsWrong", 10, lambda: clean().change(10, potential_returns_minor=23_51)),
    ("LegMissing", 17, lambda: a_multiple().change(17, market_id=NOWHERE)),
    ("LegResultedTwice", 18, lambda: a_multiple().until(17).add(MULTIPLE, a_multiple().log[16].body)),
    ("MarketNotResulted", 16, lambda: clean().until(14).add(WALLET, clean().log[15].body).add(BET, clean().log[16].body)),
    ("MarketNotResulted", 15, lambda: a_multiple().until(14).add(MULTIPLE, BetLegResulted(ANN, MARKET, WON, (WON, None), NOON))),
    ("LegResultWrong", 17, lambda: clean().change(17, results=(VOID,))),
    ("LegResultWrong", 17, lambda: a_multiple().change(17, result=LOST)),
    ("ResultsSoFarWrong", 17, lambda: a_multiple().change(17, results=(LOST, None))),
    ("ResultsSoFarWrong", 17, lambda: a_multiple().change(17, results=(None, WON))),
    ("ResultsSoFarWrong", 17, lambda: a_multiple().change(17, results=(WON, VOID))),
    ("SettlementOfAnother", 17, lambda: a_multiple().change(17, results=(WON,))),
    ("SettlementOfAnother", 17, lambda: a_multiple().change(17, account_id=BEN)),
    ("SettlementOfAnother", 17, lambda: clean().change(17, account_id=BEN)),
    ("SettlementOfAnother", 17, lambda: clean().change(17, stake_minor=1)),
    ("SettlementOfAnother", 17, lambda: clean().change(17, results=(WON, WON))),
    ("ReturnsWrong", 17, lambda: clean().change(16, returns_minor=23_51, available_minor=113_51).change(17, returns_minor=23_51)),
    ("OutcomeWrong", 17, lambda: clean().change(17, outcome="void")),
    ("SettledTwice", 21, settled_again),
    ("SettledTwice", 20, lambda: clean().add(BET, BetLegResulted(ANN, MARKET, WON, (WON, None), NOON))),
]


@pytest.mark.parametrize(("name", "position", "forge"), FORGERIES, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(FORGERIES)])
def test_a_forged_fact_is_named_where_it_stands(name: str, position: int, forge: Callable[[], Story]):
    story = forge()
    found = verify(story).violation
    assert (type(found).__name__, found.position) == (name, position), found
    forged = next((fact for fact in story.log if fact.position == position), None)
    assert forged is None or found.stream_id in {fact.stream_id for fact in story.log if fact.position == position}
    assert str(found)
    assert msgspec.json.decode(msgspec.json.encode(found))["violation"] == found.name


def test_every_violation_has_a_forgery():
    kinds = {name for name, kind in vars(violations).items() if isinstance(kind, type) and issubclass(kind, Violation)}
    assert kinds - {"Violation"} == {name for name, _, _ in FORGERIES} | {"BooksDoNotBalance", "ViewDiffers"}


def test_books_that_do_not_balance_in_the_end_are_named_with_the_account():
    fold = Fold()
    fold.follow(clean().log)
    assert fold.imbalance() is None
    fold.books.house["EUR"] += 1
    assert fold.imbalance().evidence() == {"account": "all EUR", "expected_minor": 0, "found_minor": 1}
    fold.live[WALLET].reserved = 7
    assert fold.imbalance().evidence() == {"account": f"{ANN}:reserved", "expected_minor": 0, "found_minor": 7}


def test_views_are_compared_when_the_log_is_right_and_the_first_difference_is_named():
    differs = ViewDiffers(position=19, stream_id="", fact="", view="portfolio", key=ANN, in_log="100.00", in_view="99.00")
    assert verify(clean(), compare_views=[lambda: (), lambda: [differs]]).violation == differs
    assert verify(clean().change(5, available_minor=1), compare_views=[lambda: [differs]]).violation != differs


def test_progress_is_told_up_to_the_head():
    told: list[tuple[int, int]] = []
    verify(clean(), progress=lambda position, head: told.append((position, head)), facts_per_read=8)
    assert told == [(8, 19), (16, 19), (19, 19)]


MOVEMENTS = [
    FundsDeposited(ANN, 70_00, "r", 170_00, NOON),
    FundsWithdrawn(ANN, 70_00, "r", 30_00, NOON),
    StakeReserved(ANN, BET, 5_00, 95_00, NOON),
    ReturnsPaid(ANN, BET, 5_00, 7_00, 107_00, NOON),
    StakeRefunded(ANN, BET, 5_00, 105_00, NOON),
    StakeLost(ANN, BET, 5_00, 100_00, NOON),
]


@pytest.mark.parametrize("fact", MOVEMENTS, ids=[type(fact).__name__ for fact in MOVEMENTS])
def test_the_audit_moves_money_as_the_postings_say(fact: Any):
    fold, wallet = Fold(), Wallet(ANN, "EUR")
    wallet.available, wallet.reserved = 100_00, 10_00
    fold.live[WALLET] = wallet
    fold.follow([Recorded(1, WALLET, 2, fact)])
    ledger = {available(ANN): 100_00, reserved(ANN): 10_00, HOUSE: 0, PAYMENTS: 0}
    for source, destination, amount_minor in postings(fact):
        ledger[source] -= amount_minor
        ledger[destination] += amount_minor
    books: Books = fold.books
    assert list(ledger.values()) == [wallet.available, wallet.reserved, books.house["EUR"], books.payments["EUR"]]


def test_a_stream_that_is_over_stays_known_after_it_was_packed():
    closed, streams = ClosedStreams(), [derived("bet", str(number)) for number in range(2 * RECENT_MAX + 10)]
    for start in range(0, len(streams), RECENT_MAX + 1):
        closed.recent.update(streams[start : start + RECENT_MAX + 1])
        closed.among([])
    assert len(closed) == len(streams)
    assert streams[0] in closed
    assert streams[-1] in closed
    assert NOWHERE not in closed
    births = [Recorded(1, stream_id, 1, SignedIn(NOON)) for stream_id in (NOWHERE, streams[5], streams[RECENT_MAX])]
    assert set(closed.among(births)) == {streams[5], streams[RECENT_MAX]}


def test_a_balance_is_told_for_any_position():
    story = clean()
    assert balance_at(story, ANN).available_minor == 100_00
    assert msgspec.structs.astuple(balance_at(story, ANN, position=10)) == (ANN, "EUR", 90_00, 10_00, 9)
    assert [recorded.position for recorded in replay_stream(story, BET)] == [10, 17]
