"""Limits of one's own: what tightens counts at once, what loosens a day later, and no order of deposits, bets and days passes one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec import structs

from commands.accounts.limit_account import FindLimits
from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.betting.settle_bet import SettleBet
from commands.dispatch.state_cache import StateCache
from commands.ports import FOREVER_US
from commands.registry import USE_CASES
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import RemoveLimit, SetLimit
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.facts import LimitRemoved, LimitSet
from domain.account_gate.limits import LIMIT_MINOR_MAX, LOOSENING_AFTER_US, LOOSENING_MARGIN_US, LimitNotSet, LimitOutOfRange, LimitUnknown
from domain.bet.commands import AskedLeg
from domain.fact import micros
from domain.ids import derived, wallet_of
from domain.limits import KINDS, PERIODS, window_of
from domain.refused import Refused
from domain.settling import LOST, WON
from domain.unknown import AccountUnknown
from domain.wallet.facts import StakeReserved
from domain.wallet.usage import DepositLimitReached, LimitReached, LossLimitReached, StakeLimitReached
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, given, later, single
from tests.decisions.loading import handled
from tests.decisions.test_use_cases import F1, F2, M1, M2, ODDS, Book, graded, market

ANN = derived("account", "ann")
WAITED = timedelta(microseconds=LOOSENING_AFTER_US + LOOSENING_MARGIN_US)
NOON_US = micros(NOON)
DAY_MS = 24 * 3_600_000
HOUR_US = 3_600 * 1_000_000


def limit(amount_minor: int, kind: str = "stake", period: str = "day", **told: Any) -> SetLimit:
    return SetLimit(ANN, kind, period, amount_minor, told.pop("actor", ANN), NOON, **told)


def limited(amount_minor: int, until_then_minor: int, at: datetime = NOON) -> LimitSet:
    return LimitSet(ANN, "stake", "day", amount_minor, until_then_minor, at, ANN, NOON)


def removal(**told: Any) -> RemoveLimit:
    return RemoveLimit(ANN, "stake", "day", ANN, NOON, **told)


def bet(name: str, stake_minor: int, market_id: str = M1) -> Any:
    return single(derived("bet", name), ANN, stake_minor, AskedLeg(market_id, "yes", ODDS["yes"], 1), NOON)


def deposit(reference: str, amount_minor: int) -> MoveMoney:
    return MoveMoney("deposit", ANN, amount_minor, "EUR", reference, NOON)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON), *market(M1, F1), *market(M2, F2), deposit("first", 500_00))
    return book


def test_a_first_limit_and_a_lower_one_count_at_once_a_higher_one_a_day_later():
    given(ACCOUNT_GATE).when(limit(50_00, now_us=NOON_US)).then(limited(50_00, 50_00))
    stands = limited(50_00, 50_00)
    given(ACCOUNT_GATE, stands).when(limit(50_00, now_us=NOON_US)).nothing()
    given(ACCOUNT_GATE, stands).when(limit(20_00, now_us=NOON_US)).then(limited(20_00, 20_00))
    given(ACCOUNT_GATE, stands).when(limit(80_00, now_us=NOON_US)).then(limited(80_00, 50_00, NOON + WAITED))


def test_a_higher_limit_that_waits_is_taken_back_or_counts_when_its_day_has_come():
    facts = limited(50_00, 50_00), limited(80_00, 50_00, NOON + WAITED)
    given(ACCOUNT_GATE, *facts).when(limit(80_00, now_us=NOON_US)).nothing()
    given(ACCOUNT_GATE, *facts).when(limit(50_00, now_us=NOON_US)).then(limited(50_00, 50_00))
    given(ACCOUNT_GATE, *facts).when(limit(40_00, now_us=NOON_US)).then(limited(40_00, 40_00))
    after_us = micros(NOON + WAITED)
    given(ACCOUNT_GATE, *facts).when(limit(60_00, now_us=after_us)).then(limited(60_00, 60_00, NOON + WAITED))
    given(ACCOUNT_GATE, *facts).when(limit(60_00, now_us=after_us - 1)).then(
        limited(60_00, 50_00, NOON + 2 * WAITED - timedelta(microseconds=1))
    )


def test_a_removal_waits_for_a_day_and_there_must_be_something_to_remove():
    given(ACCOUNT_GATE).when(removal(now_us=NOON_US)).refused(LimitNotSet, kind="stake", period="day")
    removed = LimitRemoved(ANN, "stake", "day", 50_00, NOON + WAITED, ANN, NOON)
    given(ACCOUNT_GATE, limited(50_00, 50_00)).when(removal(now_us=NOON_US)).then(removed)
    given(ACCOUNT_GATE, limited(50_00, 50_00), removed).when(removal(now_us=NOON_US)).nothing()
    gone_us = micros(NOON + WAITED)
    given(ACCOUNT_GATE, limited(50_00, 50_00), removed).when(removal(now_us=gone_us)).refused(LimitNotSet)
    given(ACCOUNT_GATE, limited(50_00, 50_00), removed).when(limit(90_00, now_us=gone_us)).then(limited(90_00, 90_00, NOON + WAITED))


def test_what_is_no_limit_is_refused_with_its_bounds(book: Book):
    for amount_minor in (0, -1, LIMIT_MINOR_MAX + 1):
        given(ACCOUNT_GATE).when(limit(amount_minor)).refused(LimitOutOfRange, amount_minor=amount_minor, amount_minor_max=LIMIT_MINOR_MAX)
    given(ACCOUNT_GATE).when(limit(1, "win")).refused(LimitUnknown, kind="win", period="day")
    given(ACCOUNT_GATE).when(limit(1, "loss", "year")).refused(LimitUnknown, kind="loss", period="year")
    book.refused(ActorWithoutRole, limit(1, actor="console"))
    book.refused(AccountUnknown, SetLimit(F1, "stake", "day", 1, F1, NOON))
    book.refused(AccountUnknown, FindLimits(F1))


def test_a_loosening_is_committed_within_its_minute_and_before_another_takes_effect(book: Book):
    book.do(limit(50_00))
    assert book.decide(limit(20_00))[1].not_after_us == FOREVER_US, "what tightens always holds"
    assert book.decide(limit(80_00))[1].not_after_us == NOON_US + LOOSENING_MARGIN_US
    book.do(limit(80_00))
    book.now_us = micros(NOON + WAITED) - 1_000
    assert book.decide(limit(70_00))[1].not_after_us == micros(NOON + WAITED) - 1


def test_a_stake_over_the_lowest_limit_is_refused_with_what_is_left_and_when_it_resets(book: Book):
    book.do(limit(30_00), limit(25_00, period="week"), limit(90_00, "loss", "month"), bet("one", 20_00))
    week = datetime(2026, 6, 15, tzinfo=UTC)
    told = {"period": "week", "limit_minor": 25_00, "used_minor": 20_00, "left_minor": 5_00, "resets_at": week}
    book.refused(StakeLimitReached, bet("two", 5_01), **told)
    book.do(bet("two", 5_00))
    book.do(bet("one", 20_00))
    found = book.do(FindLimits(ANN))
    assert (found.stake_left_minor, found.deposit_left_minor, found.zone) == (0, None, "UTC")
    assert [(each.kind, each.period, each.used_minor, each.left_minor) for each in found.limits] == [
        ("stake", "day", 25_00, 5_00),
        ("stake", "week", 25_00, 0),
        ("loss", "month", 25_00, 65_00),
    ]


@pytest.mark.parametrize(("kind", "at"), [(None, later(days=40)), ("deposit", NOON), ("stake", NOON)])
def test_stakes_are_dated_by_the_log_while_an_account_has_a_limit_of_any_kind(book: Book, kind: str | None, at: datetime):
    book.do(*([limit(30_00, kind)] if kind else []))
    book.do(structs.replace(bet("one", 1_00), at=later(days=40)))
    assert book.facts(wallet_of(ANN))[-1].at == at


def test_a_loss_limit_counts_stakes_less_returns_and_a_reversal_takes_them_back(book: Book):
    book.do(limit(30_00, "loss"), bet("one", 30_00))
    book.refused(LossLimitReached, bet("two", 1, M2), used_minor=30_00, left_minor=0, resets_at=datetime(2026, 6, 15, tzinfo=UTC))
    book.do(*graded(M1, F1, WON), SettleBet(derived("bet", "one"), M1, later(days=40)))
    assert [fact.at for fact in book.facts(wallet_of(ANN))][-1] == NOON, "postings are dated by the log, whatever clock the settler has"
    returns_minor = book.facts(wallet_of(ANN))[-1].returns_minor
    book.refused(LossLimitReached, bet("two", returns_minor + 1, M2), used_minor=30_00 - returns_minor)
    book.do(bet("two", returns_minor, M2))


def test_deposits_count_gross_and_the_lowest_of_several_limits_counts(book: Book):
    book.do(limit(600_00, "deposit", "month"), limit(550_00, "deposit"))
    book.do(MoveMoney("withdrawal", ANN, 400_00, "EUR", "out", NOON))
    told = {
        "period": "day",
        "left_minor": 50_00,
        "used_minor": 500_00,
        "limit_minor": 550_00,
        "resets_at": datetime(2026, 6, 15, tzinfo=UTC),
    }
    book.refused(DepositLimitReached, deposit("second", 50_01), **told)
    book.do(deposit("second", 50_00), deposit("second", 50_00))
    book.wait(DAY_MS)
    book.refused(DepositLimitReached, deposit("third", 50_01), period="month", left_minor=50_00, resets_at=datetime(2026, 7, 1, tzinfo=UTC))


def test_with_a_limit_money_moves_at_the_logs_time_and_on_the_day_it_was_decided_on(book: Book):
    book.do(limit(30_00))
    _, append = book.decide(structs.replace(bet("one", 1_00), at=later(days=3)))
    (reserved,) = [new.body for new in append.facts if isinstance(new.body, StakeReserved)]
    assert reserved.at == NOON
    midnight_us = micros(datetime(2026, 6, 15, tzinfo=UTC))
    assert append.not_after_us == midnight_us - 1
    book.now_us = midnight_us
    assert not book.store.append_many([append]).verdicts[0].accepted
    _, append = book.decide(deposit("at midnight", 1))
    assert (append.not_before_us, append.not_after_us) == (midnight_us, midnight_us + HOUR_US - 1)  # the hour that monitoring counts in


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 2, 28), date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 3)])
def test_windows_are_calendar_days_iso_weeks_and_months(day: date):
    assert window_of(day.toordinal(), "day") == (day.toordinal(), day.toordinal() + 1)
    first, following = map(date.fromordinal, window_of(day.toordinal(), "week"))
    assert (first.isoweekday(), following - first, first.isocalendar()[:2]) == (1, timedelta(days=7), day.isocalendar()[:2])
    first, following = map(date.fromordinal, window_of(day.toordinal(), "month"))
    assert (first.day, following.day, (first.year, first.month)) == (1, 1, (day.year, day.month))
    assert first <= day < following


class LimitsMachine(RuleBasedStateMachine):
    """A log in memory with a clock of its own; the model keeps every movement with its day and sums them each time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 6, 28, 22, tzinfo=UTC)
        self.store = MemoryEventStore(clock_us=lambda: micros(self.now))
        self.number = 0
        self.moved: list[tuple[date, str, int]] = []
        self.limits: dict[tuple[str, str], tuple[int, int, datetime]] = {}
        self.open: list[str] = []
        self.is_over = False
        self.refusal: Refused = LimitNotSet("", "")

    @initialize()
    def register(self) -> None:
        assert self.asked(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON))
        assert all(self.asked(command) for command in (*market(M1, F1), *market(M2, F2)))
        assert self.asked(MoveMoney("deposit", ANN, 1_000_00, "EUR", "first", self.now))
        self.moved.append((self.now.date(), "deposit", 1_000_00))

    def asked(self, command: Any) -> bool:
        self.number += 1
        try:
            outcome, streams = handled(USE_CASES[type(command)], command, StateCache(self.store), micros(self.now))
        except Refused as refusal:
            self.refusal = refusal
            return False
        return self.store.append_many([streams.append(outcome.key)]).verdicts[0].accepted

    def counts(self, kind: str, period: str) -> int:
        until_then, amount, since = self.limits.get((kind, period), (0, 0, self.now))
        return amount if self.now >= since else until_then

    def left(self, *kinds: str) -> int:
        """What the limits of some kinds leave: every movement is looked at anew."""
        lefts = [10**9]
        for kind in kinds:
            for period in PERIODS:
                first, following = window_of(self.now.toordinal(), period)
                inside = [(what, minor) for day, what, minor in self.moved if first <= day.toordinal() < following]
                signs = {"deposit": {"deposit": 1}, "stake": {"stake": 1}, "loss": {"stake": 1, "return": -1}}[kind]
                if counts := self.counts(kind, period):
                    lefts.append(counts - sum(minor * signs.get(what, 0) for what, minor in inside))
        return min(lefts)

    @rule(hours=st.sampled_from([1, 5, 25, 24 * 7, 24 * 20]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(kind=st.sampled_from(KINDS), period=st.sampled_from(PERIODS), amount_minor=st.sampled_from([1, 10_00, 25_00, 40_00, 90_00]))
    def set_limit(self, kind: str, period: str, amount_minor: int) -> None:
        stood, before = self.counts(kind, period), self.limits.get((kind, period))
        assert self.asked(SetLimit(ANN, kind, period, amount_minor, ANN, NOON))
        if before is not None and before[1] == amount_minor and (stood or self.now < before[2]):
            return
        waits = 0 < stood < amount_minor
        self.limits[kind, period] = (stood, amount_minor, self.now + WAITED) if waits else (amount_minor, amount_minor, self.now)

    @rule(kind=st.sampled_from(KINDS), period=st.sampled_from(PERIODS))
    def remove_limit(self, kind: str, period: str) -> None:
        stood = self.counts(kind, period)
        assert self.asked(RemoveLimit(ANN, kind, period, ANN, NOON)) == bool(stood)
        if stood and not (self.limits[kind, period][1] == 0 and self.now < self.limits[kind, period][2]):
            self.limits[kind, period] = (stood, 0, self.now + WAITED)

    @rule(amount_minor=st.sampled_from([1, 5_00, 10_00, 30_00]))
    def deposit(self, amount_minor: int) -> None:
        accepted = self.asked(MoveMoney("deposit", ANN, amount_minor, "EUR", f"in {self.number}", self.now))
        assert accepted == (amount_minor <= self.left("deposit"))
        self.moved += [(self.now.date(), "deposit", amount_minor)] * accepted

    @rule(amount_minor=st.sampled_from([1, 5_00, 10_00, 30_00]), market_id=st.sampled_from((M1, M2)))
    def bet(self, amount_minor: int, market_id: str) -> None:
        bet_id = derived("bet", str(self.number))
        ask = single(bet_id, ANN, amount_minor, AskedLeg(market_id, "yes", ODDS["yes"], 1), self.now)
        left, accepted = self.left("stake", "loss"), self.asked(ask)
        if accepted:
            assert amount_minor <= left
            self.moved.append((self.now.date(), "stake", amount_minor))
            self.open += [bet_id] * (market_id == M1)
        elif isinstance(self.refusal, LimitReached):
            assert amount_minor > left
            assert self.refusal.left_minor == max(left, 0)

    @precondition(lambda self: self.open)
    @rule(won=st.booleans())
    def settle_all(self, won: bool) -> None:
        """The match of the first market comes out once; whatever is open on it is settled, today."""
        if not self.is_over:
            self.is_over = all(self.asked(command) for command in graded(M1, F1, WON if won else LOST))
        for bet_id in self.open:
            assert self.asked(SettleBet(bet_id, M1, NOON))
            wallet = self.store.load({wallet_of(ANN): 0})[wallet_of(ANN)][-1].body
            self.moved.append((self.now.date(), "return", getattr(wallet, "returns_minor", 0)))
        self.open.clear()

    @rule()
    def look(self) -> None:
        outcome, _ = handled(USE_CASES[FindLimits], FindLimits(ANN), StateCache(self.store), micros(self.now))
        receipt = outcome.receipt
        assert receipt.stake_left_minor in (None, max(self.left("stake", "loss"), 0))
        assert receipt.deposit_left_minor in (None, max(self.left("deposit"), 0))
        assert {(each.kind, each.period): each.amount_minor for each in receipt.limits} == {
            key: amount for key in self.limits if (amount := self.counts(*key))
        }


TestLimits = LimitsMachine.TestCase
