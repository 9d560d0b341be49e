"""The use cases: which facts on which streams become one append, and on what it depends."""

from collections.abc import Iterable
from typing import Any

import pytest

from commands.accounts.move_money import MoveMoney, TransferReceipt
from commands.accounts.open_account import AccountReceipt, Credentials, FindCredentials, OpenAccount
from commands.betting.place_bet import BetReceipt, PlaceBet
from commands.betting.settle_bet import MarketNotResulted, SettleBet, Settlement
from commands.dispatch.state_cache import StateCache
from commands.dispatch.unit_of_work import UnitOfWork
from commands.ports import Append, NewFact, Read
from commands.registry import USE_CASES
from commands.trading.run_market import ProducerSilent
from domain.account.commands import GrantRole, SignIn
from domain.account.decider import HandleTaken
from domain.account_gate.commands import TimeOut
from domain.account_gate.state import StaffDoNotBet, TimedOutNow
from domain.bet.commands import AskedLeg
from domain.bet.decider import BetKeyReused, StakeOutOfRange
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled
from domain.bet.state import BetUnknown, LegUnknown
from domain.bet.striking import PricesMoved
from domain.fact import Fact, micros
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff, ScheduleFixture
from domain.fixture.decider import FixtureNotLive, FixtureUnknown, ScoreBelowConfirmed
from domain.fixture.facts import ScoreChanged, ScoreConfirmed
from domain.fixture_limit.decider import FIXTURE_LIMIT
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.decider import GATE, BettingOver, BettingSuspended
from domain.gate.facts import BettingEnded, PricesVoided
from domain.ids import (
    account_gate_of,
    derived,
    email_claim_of,
    fixture_limit_of,
    gate_of,
    handle_claim_of,
    producer_of,
    skeleton_claim_of,
    transfer_of,
    wallet_of,
)
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketOpened, MarketResulted, Selection
from domain.market.outcomes import ResultContradictsFixture, ResultNotDecided
from domain.market.state import MarketSuspendedNow, MarketUnknown, PricesAwaited
from domain.odds import parse
from domain.producer.commands import Beat
from domain.producer.facts import HeartBeat, SessionBegun
from domain.refused import Refused
from domain.settling import LOST, VOID, WON, LegResult
from domain.wallet.decider import InsufficientFunds, WalletUnknown
from domain.wallet.facts import FundsDeposited, ReturnsPaid, StakeLost, StakeRefunded, StakeReserved
from domain.wallet.transfer import ReferenceReused
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later, single
from tests.decisions.loading import handled, load

ANN, BOB = derived("account", "ann"), derived("account", "bob")
F1, F2, M1, M2 = (derived("test", name) for name in ("f1", "f2", "m1", "m2"))
BET_1, BET_2 = derived("bet", "1"), derived("bet", "2")


class Book:
    """The use cases over a log in memory, one command at a time, at a time that is set."""

    def __init__(self) -> None:
        self.now_us = micros(NOON)
        self.store = MemoryEventStore(clock_us=lambda: self.now_us)

    def wait(self, ms: float) -> None:
        self.now_us += int(ms * 1000)

    def decide(self, command: Any) -> tuple[Any, Append]:
        outcome, streams = handled(USE_CASES[type(command)], command, StateCache(self.store), self.now_us)
        append = streams.append(outcome.key)
        streams.resolve(append)
        return outcome.receipt, append

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


SELECTIONS = (Selection("yes", "Yes"), Selection("no", "No"))
ODDS = {"yes": parse("2.1"), "no": parse("1.7")}
GATES_1 = (gate_of("fixture", F1), gate_of("competition", "football", "Friendly"), gate_of("sport", "football"))
LIMIT_1 = fixture_limit_of(F1)


def market(market_id: str, fixture_id: str) -> list[Any]:
    return [
        ScheduleFixture(fixture_id, "football", "Friendly", "Brazil", "Norway", NOON, False, NOON),
        OpenMarket(market_id, fixture_id, "both_teams_to_score", {}, SELECTIONS, ODDS, 3_000, NOON),
    ]


def bet(bet_id: str = BET_1, stake_minor: int = 10_00, account_id: str = ANN, odds: str = "2.1", version: int = 1) -> PlaceBet:
    return single(bet_id, account_id, stake_minor, AskedLeg(M1, "yes", parse(odds), version), later(seconds=1))


def double(bet_id: str = BET_2) -> PlaceBet:
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    return PlaceBet(bet_id, ANN, 10_00, "EUR", "multiple", legs, "exact", NOON)


def ended(fixture_id: str, home: int, away: int) -> list[Any]:
    return [KickOff(fixture_id, NOON), EndFixture(fixture_id, home, away, home, away, NOON)]


def graded(market_id: str, fixture_id: str, result: LegResult) -> list[Any]:
    """The match of a market on its way to a result of "yes"."""
    if result == VOID:
        return [AbandonFixture(fixture_id, "fog", NOON), ResultMarket(market_id, NOON, "fog")]
    return [*ended(fixture_id, 2, 1 if result == WON else 0), ResultMarket(market_id, NOON)]


def settle(bet_id: str, market_id: str, likely_account_id: str = ANN) -> SettleBet:
    return SettleBet(bet_id, market_id, later(hours=2), likely_account_id)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    return book


def test_an_account_its_claims_and_its_wallet_are_one_append():
    receipt, append = Book().decide(account())
    assert receipt == AccountReceipt(ANN, "ann", "EUR", ("bettor",))
    assert [fact.stream_id for fact in append.facts] == [
        handle_claim_of("ANN"),
        skeleton_claim_of("ann"),
        email_claim_of("ANN@example.org"),
        wallet_of(ANN),
        ANN,
    ]


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
    assert [fact.stream_id for fact in append.facts] == [handle_claim_of("bob"), skeleton_claim_of("bob"), wallet_of(BOB), BOB]
    assert Read(email_claim_of("ann@example.org"), 1) in append.reads
    book.record(append.facts)
    assert book.do(account(BOB, "bob", "ANN@example.org")) == receipt
    assert book.decide(account(BOB, "bob", "ANN@example.org"))[1].facts == []


def test_credentials_are_found_by_handle_and_nobody_has_none(book: Book):
    found, append = book.decide(FindCredentials("Ann"))
    assert found == Credentials(ANN, "argon2", "")
    assert append.facts == []
    assert {read.stream_id for read in append.reads} == {ANN, handle_claim_of("ann")}
    assert book.decide(FindCredentials("nobody"))[0] == Credentials("", "", "")


def test_a_role_is_told_once_granted(book: Book):
    assert book.do(GrantRole(ANN, "trader", "console", NOON)).roles == ("bettor", "trader")
    assert book.do(SignIn(ANN, "argon2", "", NOON)).roles == ("bettor", "trader")


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
    below = [Read(one, 0) for one in (*GATES_1, LIMIT_1)]
    assert append.all_reads == [Read(M1, 1), Read(account_gate_of(ANN), 0), *below]
    assert receipt == BetReceipt(BET_1, append.facts[-1].body)
    assert receipt.placed.potential_returns_minor == 21_00


def test_a_multiple_depends_on_every_one_of_its_markets(book: Book):
    _, append = book.decide(double())
    assert append.reads == [Read(M1, 1), Read(M2, 1)]
    assert {Read(gate_of("fixture", F1), 0), Read(gate_of("fixture", F2), 0)} <= {Read(read.stream_id, 0) for read in append.all_reads}
    assert append.facts[-1].body.potential_returns_minor == 35_70


def test_a_bet_placed_again_is_the_first_bet_even_after_its_market_closed_and_it_was_settled(book: Book):
    first = book.do(bet())
    book.do(SuspendMarket(M1, "goal", NOON), *graded(M1, F1, LOST), settle(BET_1, M1))
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
        (single(BET_1, ANN, 999_00, AskedLeg(BET_2, "yes", parse("9"), 99), NOON), MarketUnknown),
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
    states = StateCache(book.store)
    for aggregate, stream_id in [
        *USE_CASES[PlaceBet].streams_of(bet()),
        *((GATE, gate_id) for gate_id in GATES_1),
        (FIXTURE_LIMIT, LIMIT_1),
    ]:
        load(states, aggregate, stream_id)
    streams = UnitOfWork(states)
    with pytest.raises(InsufficientFunds):
        USE_CASES[PlaceBet].handle(bet(stake_minor=999_00), streams)
    unread = [Read(one, 0) for one in (*GATES_1, LIMIT_1)]
    seen = [Read(account_gate_of(ANN), 0), Read(M1, 1), *unread, Read(BET_1, 0), Read(wallet_of(ANN), 2)]
    assert {(read.stream_id, read.version) for read in streams.conditions().reads} == {(read.stream_id, read.version) for read in seen}
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
    book.do(bet(), *graded(M1, F1, result))
    receipt, append = book.decide(settle(BET_1, M1))
    assert receipt == Settlement(BET_1, status, returns_minor)
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(wallet_of(ANN), money), (BET_1, BetSettled)]
    assert append.reads[0].stream_id == M1
    book.do(settle(BET_1, M1))
    assert book.facts(wallet_of(ANN))[-1].available_minor == available_minor


def test_a_bet_settled_again_moves_nothing(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1))
    receipt, append = book.decide(settle(BET_1, M1))
    assert receipt == Settlement(BET_1, "won", 21_00)
    assert append == Append([], [Read(M1, 2), Read(BET_1, 2)])


def test_a_multiple_moves_money_with_its_last_leg_only(book: Book):
    book.do(double(), *graded(M2, F2, LOST), *graded(M1, F1, VOID))
    receipt, append = book.decide(settle(BET_2, M2))
    assert receipt == Settlement(BET_2, "open", 0)
    assert [type(fact.body) for fact in append.facts] == [BetLegResulted]
    book.do(settle(BET_2, M2))
    assert book.do(settle(BET_2, M1)) == Settlement(BET_2, "won", 17_00)
    assert book.facts(wallet_of(ANN))[-1].available_minor == 107_00


def test_a_bet_is_not_settled_before_its_market_is_resulted_whoever_says_so(book: Book):
    book.do(bet())
    book.refused(MarketNotResulted, settle(BET_1, M1), market_id=M1)
    book.do(*graded(M1, F1, LOST), *graded(M2, F2, WON))
    book.refused(LegUnknown, settle(BET_1, M2))
    book.refused(BetUnknown, settle(BET_2, M1))


def test_a_bet_pays_into_the_wallet_of_its_own_account_whatever_the_table_of_open_legs_says(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), bet(), *graded(M1, F1, WON))
    book.do(settle(BET_1, M1, likely_account_id=BOB))
    assert book.facts(wallet_of(ANN))[-1].available_minor == 111_00
    assert len(book.facts(wallet_of(BOB))) == 1


def test_a_market_is_opened_only_on_a_fixture_that_exists(book: Book):
    command = market(derived("test", "m3"), derived("test", "f3"))[1]
    book.refused(FixtureUnknown, command, fixture_id=derived("test", "f3"))


ENDED = ended(F1, 2, 1)
PRICES = {"yes": parse("9"), "no": parse("1.05")}


@pytest.mark.parametrize(("over", "status"), [(ENDED, "ended"), ([AbandonFixture(F1, "fog", NOON)], "abandoned")])
def test_no_price_is_offered_on_a_fixture_that_is_over(book: Book, over: list[Any], status: str):
    book.do(*over)
    book.refused(FixtureNotLive, PriceMarket(M1, PRICES, NOON), fixture_id=F1, status=status)
    book.do(SuspendMarket(M1, "over", NOON))
    book.refused(FixtureNotLive, ResumeMarket(M1, PRICES, NOON), fixture_id=F1, status=status)
    book.do(PriceMarket(M2, PRICES, NOON), CloseMarket(M1, NOON))


@pytest.mark.parametrize(("over", "cause"), [(ENDED, "ended"), ([AbandonFixture(F1, "fog", NOON)], "abandoned")])
def test_no_bet_is_struck_on_a_fixture_that_is_over_though_nobody_closed_its_markets(book: Book, over: list[Any], cause: str):
    book.do(*over[:-1])
    _, append = book.decide(over[-1])
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(GATES_1[0], BettingEnded), (F1, type(append.facts[-1].body))]
    book.do(over[-1])
    book.refused(BettingOver, bet(), scope="fixture", cause=cause)
    assert book.decide(over[-1])[1].facts == []


def test_a_whistle_that_is_refused_ends_no_betting(book: Book):
    book.refused(FixtureNotLive, EndFixture(F1, 2, 1, 2, 1, NOON), status="scheduled")
    book.do(bet())


@pytest.mark.parametrize(("scope", "subject"), [("fixture", (F1,)), ("competition", ("football", "Friendly")), ("sport", ("football",))])
def test_a_stopped_gate_stops_every_bet_price_and_resumption_below_it_until_it_opens_and_fresh_prices_come(
    book: Book, scope: str, subject: tuple[str, ...]
):
    book.do(SuspendMarket(M2, "goal", NOON), StopBetting(scope, subject, "floodlights", NOON, "replay"))
    book.refused(BettingSuspended, bet(), scope=scope, reason="floodlights")
    book.refused(BettingSuspended, PriceMarket(M1, PRICES, NOON), scope=scope)
    if scope != "fixture":
        book.refused(BettingSuspended, ResumeMarket(M2, PRICES, NOON), scope=scope)
        book.refused(BettingSuspended, market(derived("test", "m3"), F2)[1])
    book.do(ReopenBetting(scope, subject, NOON, "replay"))
    book.refused(PricesAwaited, bet(), market_id=M1, version=1)
    book.do(PriceMarket(M1, ODDS, NOON))
    book.do(bet(version=2))


def test_a_gate_is_stopped_for_a_fixture_that_exists_and_for_any_competition(book: Book):
    book.refused(FixtureUnknown, StopBetting("fixture", (derived("test", "f3"),), "fog", NOON))
    assert book.do(StopBetting("competition", ("tennis", "Open"), "fog", NOON)).status == "stopped"


def test_a_goal_voids_every_price_in_its_own_append_and_no_grace_saves_one(book: Book):
    book.do(KickOff(F1, NOON), PriceMarket(M1, PRICES, NOON))
    _, append = book.decide(ChangeScore(F1, 1, 0, 7, "first_half", NOON, "replay"))
    assert [(fact.stream_id, fact.body) for fact in append.facts] == [
        (GATES_1[0], PricesVoided("fixture", (F1,), "goal", "replay", NOON)),
        (F1, ScoreChanged(1, 0, 7, "first_half", NOON, "replay")),
    ]
    book.do(ChangeScore(F1, 1, 0, 7, "first_half", NOON, "replay"))
    book.refused(PricesAwaited, bet(odds="9", version=2))
    book.refused(PricesAwaited, bet())
    book.do(PriceMarket(M1, ODDS, NOON))
    book.refused(PricesMoved, bet(odds="9", version=2))
    book.do(bet(version=3), ChangeScore(F1, 0, 0, 8, "first_half", NOON))
    assert book.facts(GATES_1[0])[-1].cause == "score corrected"


@pytest.mark.parametrize(("kick_off", "grace_ms"), [(False, 3_000), (True, 500)])
def test_a_replaced_price_is_struck_until_its_grace_ends_by_the_logs_own_time(book: Book, *, kick_off: bool, grace_ms: int):
    """What the caller's clock says does not count: `at` stays where it is."""
    if kick_off:
        book.do(KickOff(F1, NOON))
    book.do(PriceMarket(M1, {"yes": parse("2"), "no": parse("1.8")}, NOON))
    book.wait(grace_ms)
    _, append = book.decide(bet())
    assert append.not_after_us == book.now_us
    book.wait(0.001)
    assert book.store.append_many([append]).verdicts[0].why == "span"
    book.refused(PricesMoved, bet(), current="2.00")


@pytest.mark.parametrize(("ms", "is_struck"), [(500, True), (500.001, False), (2_900, False)])
def test_the_grace_from_before_kick_off_shrinks_to_that_of_play_with_the_kick_off(book: Book, *, ms: float, is_struck: bool):
    book.do(PriceMarket(M1, {"yes": parse("2"), "no": parse("1.8")}, NOON))
    book.wait(ms)
    assert book.decide(bet())[1].not_after_us == book.now_us + int((3_000 - ms) * 1_000)
    book.do(KickOff(F1, NOON))
    if is_struck:
        _, append = book.decide(bet())
        assert append.not_after_us == book.now_us
        book.do(bet())
    else:
        book.refused(PricesMoved, bet(), current="2.00")


def test_a_bet_in_grace_that_was_decided_before_the_kick_off_is_not_committed_after(book: Book):
    book.do(PriceMarket(M1, {"yes": parse("2"), "no": parse("1.8")}, NOON))
    book.wait(1_000)
    _, append = book.decide(bet())
    book.do(KickOff(F1, NOON))
    assert not book.store.append_many([append]).verdicts[0].accepted
    book.refused(PricesMoved, bet(), current="2.00")


def test_a_bet_at_the_standing_price_does_not_read_its_match(book: Book):
    assert F1 not in {read.stream_id for read in book.decide(bet())[1].reads}


def test_a_price_from_before_kick_off_ends_with_the_first_price_of_play(book: Book):
    book.do(PriceMarket(M1, {"yes": parse("1.9"), "no": parse("1.8")}, NOON), KickOff(F1, NOON))
    book.do(PriceMarket(M1, {"yes": parse("1.2"), "no": parse("5")}, NOON))
    book.refused(PricesMoved, bet(), current="1.20")
    book.do(bet(odds="1.9", version=2))


BEAT = Beat("feed", 10_000, NOON)


def fed(version: int = 2) -> list[Any]:
    return [BEAT, PriceMarket(M1, ODDS, NOON, producer="feed"), bet(version=version)]


def test_a_bet_on_a_feeds_price_is_held_to_its_last_heartbeat_and_its_lease(book: Book):
    book.do(*fed()[:2])
    book.wait(9_000)
    book.do(BEAT)
    book.wait(10_000)
    _, append = book.decide(bet(version=2))
    assert append.not_after_us == book.now_us
    assert producer_of("feed") not in {read.stream_id for read in append.reads}
    book.wait(0.001)
    assert book.store.append_many([append]).verdicts[0].why == "span"
    book.refused(PricesAwaited, bet(version=2))


def test_after_a_silence_betting_goes_on_only_at_fresh_prices(book: Book):
    book.do(*fed()[:2])
    assert book.do(BEAT).session == 1
    book.wait(10_001)
    book.refused(ProducerSilent, PriceMarket(M1, PRICES, NOON, producer="feed"), producer="feed")
    assert book.do(BEAT).session == 2
    book.refused(PricesAwaited, bet(version=2))
    book.do(PriceMarket(M1, ODDS, NOON, producer="feed"))
    book.do(bet(version=3))


def test_a_heartbeat_at_the_end_of_the_lease_continues_the_session_only_if_it_is_committed_in_time(book: Book):
    book.do(BEAT)
    book.wait(10_000)
    _, append = book.decide(BEAT)
    assert type(append.facts[0].body) is HeartBeat
    book.wait(0.001)
    assert book.store.append_many([append]).verdicts[0].why == "span"
    assert type(book.decide(BEAT)[1].facts[0].body) is SessionBegun


def test_a_producer_that_was_never_heard_of_gives_no_prices(book: Book):
    book.refused(ProducerSilent, PriceMarket(M1, PRICES, NOON, producer="ghost"))


def test_a_price_of_a_trader_has_no_lease(book: Book):
    book.do(*fed()[:2], PriceMarket(M1, ODDS, NOON))
    book.wait(60_000)
    book.do(bet(version=3))


def test_a_market_of_an_old_log_takes_no_bets_until_it_is_priced_again(book: Book):
    old = MarketOpened(F1, "both_teams_to_score", {}, SELECTIONS, ODDS, 3_000, NOON, 3_000, (gate_of("fixture", F1),))
    m3 = derived("test", "m3")
    book.record([NewFact(m3, 1, old)])
    ask = single(BET_1, ANN, 10_00, AskedLeg(m3, "yes", parse("2.1"), 1), NOON)
    book.refused(PricesAwaited, ask)
    book.do(PriceMarket(m3, ODDS, NOON), single(BET_1, ANN, 10_00, AskedLeg(m3, "yes", parse("2.1"), 2), NOON))


def test_a_result_in_play_confirms_the_score_it_stands_on_in_the_same_append(book: Book):
    book.do(KickOff(F1, NOON), ChangeScore(F1, 1, 0, 7, "first_half", NOON))
    book.refused(ResultNotDecided, ResultMarket(M1, NOON), phase="playing")
    book.do(ChangeScore(F1, 1, 1, 9, "first_half", NOON))
    _, append = book.decide(ResultMarket(M1, NOON, actor="replay"))
    assert [(fact.stream_id, fact.body) for fact in append.facts] == [
        (F1, ScoreConfirmed(1, 1, NOON, "replay")),
        (M1, MarketResulted({"yes": WON, "no": LOST}, 1, 1, NOON, actor="replay")),
    ]
    book.do(ResultMarket(M1, NOON, actor="replay"))
    book.refused(ScoreBelowConfirmed, ChangeScore(F1, 1, 0, 10, "first_half", NOON))
    book.refused(ScoreBelowConfirmed, EndFixture(F1, 3, 0, 3, 0, NOON))
    book.do(EndFixture(F1, 3, 1, 3, 1, NOON), ResultMarket(M1, NOON))


def test_a_market_is_graded_on_the_score_with_which_its_fixture_ended(book: Book):
    book.do(*ENDED)
    book.refused(ResultContradictsFixture, ResultMarket(M1, NOON, home=1, away=1), home=2, away=1)
    assert book.do(ResultMarket(M1, NOON)).status == "resulted"
    book.refused(MarketUnknown, ResultMarket(derived("test", "m9"), NOON))


def test_no_market_is_opened_on_a_fixture_that_is_over(book: Book):
    book.do(AbandonFixture(F1, "fog", NOON))
    command = market(derived("test", "m3"), F1)[1]
    book.refused(FixtureNotLive, command, fixture_id=F1, status="abandoned")


def test_a_market_asked_for_again_is_a_repeat_even_when_its_fixture_is_over(book: Book):
    book.do(*ENDED)
    assert book.do(market(M1, F1)[1]).version == 1


def test_the_feed_is_told_where_things_stand(book: Book):
    assert book.do(KickOff(F1, NOON)).status == "live"
    assert book.do(PriceMarket(M1, PRICES, NOON)).version == 2


def test_who_acts_for_the_bookmaker_does_not_bet(book: Book):
    book.do(GrantRole(ANN, "trader", "console", NOON))
    book.refused(StaffDoNotBet, bet())


def test_who_takes_a_pause_does_not_bet_until_it_is_over_by_the_logs_time(book: Book):
    book.do(TimeOut(ANN, later(hours=1), ANN, NOON))
    book.refused(TimedOutNow, bet())
    book.wait(3_600_000)
    _, append = book.decide(bet())
    assert append.not_before_us == micros(later(hours=1))
