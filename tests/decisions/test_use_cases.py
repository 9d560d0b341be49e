"""The use cases: which facts on which streams become one append, and on what it depends."""

from collections.abc import Iterable
from typing import Any

import pytest

from commands.move_money import MoveMoney, TransferReceipt
from commands.open_account import AccountReceipt, Credentials, FindCredentials, OpenAccount
from commands.place_bet import BetReceipt, PlaceBet
from commands.ports import Append, NewFact, Read
from commands.settle_bet import SettleBet, Settlement
from commands.states import States
from commands.streams import Streams
from commands.trade import FinishFixture
from commands.use_cases import USE_CASES
from domain.account.commands import GrantRole, SignIn
from domain.account.decider import HandleTaken
from domain.bet.commands import AskedLeg
from domain.bet.decider import BetKeyReused, PricesMoved, StakeOutOfRange
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled
from domain.fact import Fact
from domain.fixture.commands import AbandonFixture, EndFixture, KickOff, ScheduleFixture
from domain.fixture.decider import FixtureNotLive, FixtureUnknown
from domain.fixture.facts import FixtureEnded
from domain.ids import derived, email_claim_of, handle_claim_of, transfer_of, wallet_of
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketClosed, Selection
from domain.market.outcomes import ResultContradictsFixture
from domain.market.state import MarketNotOpen, MarketSuspendedNow, MarketUnknown
from domain.odds import parse
from domain.refused import Refused
from domain.settling import LOST, VOID, WON, LegResult
from domain.wallet.decider import InsufficientFunds, ReferenceReused, WalletUnknown
from domain.wallet.facts import FundsDeposited, ReturnsPaid, StakeLost, StakeRefunded, StakeReserved
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later, single
from tests.decisions.loading import handled, load

ANN, BOB = derived("account", "ann"), derived("account", "bob")
F1, F2, M1, M2 = (derived("test", name) for name in ("f1", "f2", "m1", "m2"))
BET_1, BET_2 = derived("bet", "1"), derived("bet", "2")


class Book:
    """The use cases over a log in memory, one command at a time."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()

    def decide(self, command: Any) -> tuple[Any, Append]:
        outcome, streams = handled(USE_CASES[type(command)], command, States(self.store))
        return outcome.receipt, streams.append(outcome.key)

    def do(self, *commands: Any) -> Any:
        receipt = None
        for command in commands:
            receipt, append = self.decide(command)
            assert self.store.append_many([append]).verdicts[0].accepted
        return receipt

    def record(self, facts: Iterable[NewFact]) -> None:
        """Record what nobody would decide today."""
        assert self.store.append_many([Append(list(facts))]).verdicts[0].accepted

    def record_in(self, stream_id: str, facts: Iterable[Fact]) -> None:
        """Record the first facts of a stream."""
        self.record(NewFact(stream_id, version, fact) for version, fact in enumerate(facts, 1))

    def refused(self, refusal: type[Refused], command: Any, **evidence: Any) -> None:
        head = self.store.head()
        with pytest.raises(refusal) as raised:
            self.do(command)
        shown = raised.value.evidence()
        assert {name: shown[name] for name in evidence} == evidence
        assert self.store.head() == head

    def facts(self, stream_id: str) -> list[Any]:
        return [recorded.body for recorded in self.store.load({stream_id: 0}).get(stream_id, [])]


def account(account_id: str = ANN, handle: str = "ann", email: str = "ann@example.org") -> OpenAccount:
    return OpenAccount(account_id, handle, email, "argon2", "EUR", NOON)


def deposit(amount_minor: int = 100_00, reference: str = "ref-1", account_id: str = ANN) -> MoveMoney:
    return MoveMoney("deposit", account_id, amount_minor, "EUR", reference, NOON)


def market(market_id: str, fixture_id: str) -> list[Any]:
    selections = (Selection("home", "Brazil"), Selection("away", "Norway"))
    return [
        ScheduleFixture(fixture_id, "football", "Friendly", "Brazil", "Norway", NOON, False, NOON),
        OpenMarket(market_id, fixture_id, "winner", {}, selections, {"home": parse("2.1"), "away": parse("1.7")}, 3_000, NOON),
    ]


def bet(bet_id: str = BET_1, stake_minor: int = 10_00, account_id: str = ANN, odds: str = "2.1", version: int = 1) -> PlaceBet:
    return single(bet_id, account_id, stake_minor, AskedLeg(M1, "home", parse(odds), version), later(seconds=1))


def double(bet_id: str = BET_2) -> PlaceBet:
    legs = (AskedLeg(M1, "home", parse("2.1"), 1), AskedLeg(M2, "away", parse("1.7"), 1))
    return PlaceBet(bet_id, ANN, wallet_of(ANN), 10_00, "EUR", "multiple", legs, "exact", NOON)


def settle(bet_id: str, market_id: str, result: LegResult) -> SettleBet:
    return SettleBet(bet_id, ANN, wallet_of(ANN), market_id, result, later(hours=2))


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    return book


def test_an_account_its_claims_and_its_wallet_are_one_append():
    receipt, append = Book().decide(account())
    assert receipt == AccountReceipt(ANN, "ann", "EUR", ("bettor",))
    assert [fact.stream_id for fact in append.facts] == [handle_claim_of("ANN"), email_claim_of("ANN@example.org"), wallet_of(ANN), ANN]


def test_opening_an_account_again_is_a_repeat_with_the_same_answer(book: Book):
    receipt, append = book.decide(account())
    assert receipt == AccountReceipt(ANN, "ann", "EUR", ("bettor",))
    assert append == Append([], [Read(ANN, 1)])


def test_a_handle_belongs_to_one_account_whatever_its_case(book: Book):
    book.refused(HandleTaken, account(BOB, "ANN", "bob@example.org"), handle="ANN")
    book.do(account(BOB, "bob", "bob@example.org"))


def test_an_address_that_another_account_has_is_answered_as_any_other_and_stays_with_the_first(book: Book):
    receipt, append = book.decide(account(BOB, "bob", "ANN@example.org"))
    assert receipt == AccountReceipt(BOB, "bob", "EUR", ("bettor",))
    assert [fact.stream_id for fact in append.facts] == [handle_claim_of("bob"), wallet_of(BOB), BOB]
    assert Read(email_claim_of("ann@example.org"), 1) in append.reads
    book.record(append.facts)
    assert book.do(account(BOB, "bob", "ANN@example.org")) == receipt
    assert book.decide(account(BOB, "bob", "ANN@example.org"))[1].facts == []


def test_credentials_are_found_by_handle_and_nobody_has_none(book: Book):
    found, append = book.decide(FindCredentials("Ann"))
    assert found == Credentials(ANN, "argon2", "ann", "EUR", ("bettor",))
    assert append.facts == []
    assert {read.stream_id for read in append.reads} == {ANN, handle_claim_of("ann")}
    assert book.decide(FindCredentials("nobody"))[0] == Credentials("", "", "nobody", "", ())


def test_a_role_is_told_once_granted(book: Book):
    assert book.do(GrantRole(ANN, "trader", "console", NOON)).roles == ("bettor", "trader")
    assert book.do(SignIn(ANN, NOON)).roles == ("bettor", "trader")


def test_a_payment_reference_moves_money_once(book: Book):
    receipt, append = book.decide(deposit())
    assert receipt == TransferReceipt(transfer_of(ANN, "ref-1"), "deposit", 100_00, "EUR", "ref-1")
    assert append.facts == []
    book.refused(ReferenceReused, deposit(99_00), amount_minor=100_00)
    assert [type(fact) for fact in book.facts(wallet_of(ANN))].count(FundsDeposited) == 1


def test_the_same_reference_of_another_account_is_another_transfer(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB))
    assert book.facts(wallet_of(BOB))[-1].available_minor == 100_00


def test_what_cannot_be_withdrawn_leaves_its_reference_unused(book: Book):
    book.refused(InsufficientFunds, MoveMoney("withdrawal", ANN, 100_01, "EUR", "ref-2", NOON))
    book.do(MoveMoney("withdrawal", ANN, 100_00, "EUR", "ref-2", NOON))
    assert book.facts(wallet_of(ANN))[-1].available_minor == 0


def test_a_bet_and_its_stake_are_one_append_with_the_market_as_a_read(book: Book):
    receipt, append = book.decide(bet())
    assert [(fact.stream_id, fact.version, type(fact.body)) for fact in append.facts] == [
        (wallet_of(ANN), 3, StakeReserved),
        (BET_1, 1, BetPlaced),
    ]
    assert append.reads == [Read(M1, 1)]
    assert receipt == BetReceipt(BET_1, append.facts[-1].body)
    assert receipt.placed.potential_returns_minor == 21_00


def test_a_multiple_depends_on_every_one_of_its_markets(book: Book):
    _, append = book.decide(double())
    assert append.reads == [Read(M1, 1), Read(M2, 1)]
    assert append.facts[-1].body.potential_returns_minor == 35_70


def test_a_bet_placed_again_is_the_first_bet_even_after_its_market_closed_and_it_was_settled(book: Book):
    first = book.do(bet())
    book.do(SuspendMarket(M1, "goal", NOON), settle(BET_1, M1, LOST))
    again, append = book.decide(bet())
    assert again == first
    assert append == Append([], [Read(BET_1, 2)])


def test_a_bet_key_stands_for_one_bet(book: Book):
    book.do(bet(), account(BOB, "bob", "bob@example.org"))
    book.refused(BetKeyReused, bet(stake_minor=11_00), bet_id=BET_1)
    book.refused(BetKeyReused, bet(account_id=BOB), bet_id=BET_1)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (bet(stake_minor=0, odds="9", version=99), StakeOutOfRange),
        (single(BET_1, ANN, 999_00, AskedLeg(BET_2, "home", parse("9"), 99), NOON), MarketUnknown),
        (bet(stake_minor=999_00, odds="9"), PricesMoved),
        (bet(stake_minor=999_00), InsufficientFunds),
        (bet(account_id=BOB), WalletUnknown),
    ],
)
def test_a_bet_is_refused_for_its_shape_then_its_prices_then_its_funds(book: Book, command: PlaceBet, refusal: type[Refused]):
    book.refused(refusal, command)
    assert book.facts(BET_1) == []


def test_no_bet_is_struck_on_a_suspended_market(book: Book):
    book.do(SuspendMarket(M1, "goal", NOON))
    book.refused(MarketSuspendedNow, bet(), market_id=M1, version=2)


def test_a_bet_that_is_refused_depends_on_what_it_saw(book: Book):
    states = States(book.store)
    for aggregate, stream_id in USE_CASES[PlaceBet].touches(bet()):
        load(states, aggregate, stream_id)
    streams = Streams(states)
    with pytest.raises(InsufficientFunds):
        USE_CASES[PlaceBet].handle(bet(stake_minor=999_00), streams)
    assert sorted(streams.conditions().reads, key=lambda read: read.stream_id) == sorted(
        [Read(M1, 1), Read(BET_1, 0), Read(wallet_of(ANN), 2)], key=lambda read: read.stream_id
    )
    assert streams.conditions().facts == ()


@pytest.mark.parametrize(
    ("result", "money", "status", "returns_minor", "available_minor"),
    [
        (WON, ReturnsPaid, "won", 21_00, 111_00),
        (LOST, StakeLost, "lost", 0, 90_00),
        (VOID, StakeRefunded, "void", 10_00, 100_00),
    ],
)
def test_a_settlement_is_one_append_on_bet_and_wallet(
    book: Book, *, result: LegResult, money: type, status: str, returns_minor: int, available_minor: int
):
    book.do(bet())
    receipt, append = book.decide(settle(BET_1, M1, result))
    assert receipt == Settlement(BET_1, status, returns_minor)
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(wallet_of(ANN), money), (BET_1, BetSettled)]
    book.do(settle(BET_1, M1, result))
    assert book.facts(wallet_of(ANN))[-1].available_minor == available_minor


def test_a_bet_settled_again_moves_nothing(book: Book):
    book.do(bet(), settle(BET_1, M1, WON))
    receipt, append = book.decide(settle(BET_1, M1, LOST))
    assert receipt == Settlement(BET_1, "won", 21_00)
    assert append == Append([], [Read(BET_1, 2)])


def test_a_multiple_moves_money_with_its_last_leg_only(book: Book):
    book.do(double())
    receipt, append = book.decide(settle(BET_2, M2, WON))
    assert receipt == Settlement(BET_2, "open", 0)
    assert [type(fact.body) for fact in append.facts] == [BetLegResulted]
    book.do(settle(BET_2, M2, WON))
    assert book.do(settle(BET_2, M1, VOID)) == Settlement(BET_2, "won", 17_00)
    assert book.facts(wallet_of(ANN))[-1].available_minor == 107_00


def test_a_market_is_opened_only_on_a_fixture_that_exists(book: Book):
    command = market(derived("test", "m3"), derived("test", "f3"))[1]
    book.refused(FixtureUnknown, command, fixture_id=derived("test", "f3"))


ENDED = [KickOff(F1, NOON), EndFixture(F1, 2, 1, 2, 1, NOON)]
PRICES = {"home": parse("9"), "away": parse("1.01")}


@pytest.mark.parametrize(("over", "status"), [(ENDED, "ended"), ([AbandonFixture(F1, "fog", NOON)], "abandoned")])
def test_no_price_is_offered_on_a_fixture_that_is_over(book: Book, over: list[Any], status: str):
    book.do(*over)
    book.refused(FixtureNotLive, PriceMarket(M1, PRICES, NOON), fixture_id=F1, status=status)
    book.do(SuspendMarket(M1, "over", NOON))
    book.refused(FixtureNotLive, ResumeMarket(M1, PRICES, NOON), fixture_id=F1, status=status)
    book.do(PriceMarket(M2, PRICES, NOON), CloseMarket(M1, NOON))


def test_the_final_whistle_closes_the_markets_that_stand_in_one_append_before_it(book: Book):
    book.do(KickOff(F1, NOON))
    whistle = FinishFixture(EndFixture(F1, 2, 1, 2, 1, NOON), (M1, M2, BET_1, M1))
    receipt, append = book.decide(whistle)
    assert receipt.status == "ended"
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(M1, MarketClosed), (F1, FixtureEnded)]
    book.do(whistle)
    assert book.decide(whistle)[1].facts == []
    book.refused(MarketNotOpen, bet(), status="closed")


def test_a_whistle_that_is_refused_closes_nothing(book: Book):
    book.refused(FixtureNotLive, FinishFixture(EndFixture(F1, 2, 1, 2, 1, NOON), (M1,)), status="scheduled")
    book.do(FinishFixture(AbandonFixture(F1, "fog", NOON), (M1,)))
    assert type(book.facts(M1)[-1]) is MarketClosed


def test_a_market_is_graded_on_the_score_with_which_its_fixture_ended(book: Book):
    graded, selections = derived("test", "graded"), (Selection("yes", "Yes"), Selection("no", "No"))
    book.do(OpenMarket(graded, F1, "both_teams_to_score", {}, selections, {"yes": parse("2")}, 0, NOON), *ENDED)
    results = {"yes": WON, "no": LOST}
    book.refused(ResultContradictsFixture, ResultMarket(graded, results, 1, 1, NOON), home=2, away=1)
    book.do(ResultMarket(graded, results, 2, 1, NOON), ResultMarket(M1, {"home": WON, "away": LOST}, 0, 0, NOON))


def test_no_market_is_opened_on_a_fixture_that_is_over(book: Book):
    book.do(AbandonFixture(F1, "fog", NOON))
    command = market(derived("test", "m3"), F1)[1]
    book.refused(FixtureNotLive, command, fixture_id=F1, status="abandoned")


def test_the_feed_is_told_where_things_stand(book: Book):
    assert book.do(KickOff(F1, NOON)).status == "live"
    assert book.do(PriceMarket(M1, {"home": parse("3")}, NOON)).version == 2
