"""Two processes race for the last euro of a limit, or for a free bet: one of them wins. No bet passes a factor that is set meanwhile."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Thread
from typing import Any

import msgspec
import pytest

from commands.accounts.limit_account import FindLimits
from commands.accounts.move_money import MoveMoney
from commands.audit import verify
from commands.betting.place_bet import PlaceBet
from commands.dispatch.dispatcher import Dispatcher
from domain.account_gate.commands import HoldWithdrawals, SetLimit, SetStakeFactor
from domain.account_gate.withdrawals import WithdrawalsHeld
from domain.bet.commands import AskedLeg
from domain.bet.stake_limit import StakeOverLimit
from domain.fixture_limit.commands import LimitFixturePayout
from domain.free_bet.commands import GrantFreeBet
from domain.ids import derived, free_bet_of
from domain.refused import Refused
from infra.clock import Clock
from infra.log.audit_tail import AuditTail
from tests.contracts.test_settler import ACCOUNTS, MARKETS, NAMES, PRICES, Book

ASKED = 12
LEFT = 3


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


def asked_at_once(dispatchers: tuple[Dispatcher, Dispatcher], commands: list[Any]) -> Counter[str]:
    """Ask for each command at one of two processes, all at once; return how often what was answered."""
    told: list[str] = []

    def ask(number: int, command: Any) -> None:
        try:
            dispatchers[number % 2].call(command, timeout_s=60.0)
            told.append("accepted")
        except Refused as refusal:
            told.append(type(refusal).__name__)

    threads = [Thread(target=ask, args=each) for each in enumerate(commands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


@pytest.mark.parametrize(("kind", "refusal"), [("stake", "StakeLimitReached"), ("loss", "LossLimitReached")])
def test_of_stakes_that_race_at_two_processes_no_more_are_taken_than_the_limit_leaves(book: Book, kind: str, refusal: str):
    dispatchers, account, at = (book.dispatcher, book.another_dispatcher()), ACCOUNTS[0], Clock().now()
    leg = AskedLeg(MARKETS[0], NAMES[0], PRICES[NAMES[0]], 1)
    book.dispatcher.call(SetLimit(account, kind, "month", LEFT * 1_00, account, at))
    bets = [PlaceBet(derived("bet", kind, str(n)), account, 1_00, "EUR", "single", (leg,), "exact", at) for n in range(ASKED)]
    assert asked_at_once(dispatchers, bets) == {"accepted": LEFT, refusal: ASKED - LEFT}
    for dispatcher in dispatchers:
        assert dispatcher.call(FindLimits(account)).receipt.stake_left_minor == 0


def test_of_bets_that_race_at_two_processes_for_one_free_bet_exactly_one_is_struck(book: Book):
    dispatchers, account, at = (book.dispatcher, book.another_dispatcher()), ACCOUNTS[3], Clock().now()
    free_bet_id, expires_at = free_bet_of(account, "race"), at + timedelta(days=1)
    book.dispatcher.call(GrantFreeBet(free_bet_id, account, 1_00, "EUR", expires_at, "welcome", "console", at))
    leg = AskedLeg(MARKETS[0], NAMES[0], PRICES[NAMES[0]], 1)
    bets = [
        PlaceBet(derived("bet", "free", str(n)), account, 1_00, "EUR", "single", (leg,), "exact", at, free_bet_id=free_bet_id)
        for n in range(ASKED)
    ]
    assert asked_at_once(dispatchers, bets) == {"accepted": 1, "FreeBetAlreadyUsed": ASKED - 1}
    with closing(AuditTail(book.url)) as log:
        assert verify(log).violation is None


def test_of_deposits_that_race_at_two_processes_no_more_are_taken_than_the_limit_leaves(book: Book):
    dispatchers, account, at = (book.dispatcher, book.another_dispatcher()), ACCOUNTS[1], Clock().now()
    book.dispatcher.call(SetLimit(account, "deposit", "month", LEFT * 1_00, account, at))
    deposits = [MoveMoney("deposit", account, 1_00, "EUR", f"race {n}", at) for n in range(ASKED)]
    assert asked_at_once(dispatchers, deposits) == {"accepted": LEFT, "DepositLimitReached": ASKED - LEFT}
    assert dispatchers[1].call(FindLimits(account)).receipt.deposit_left_minor == 0


def test_no_withdrawal_passes_a_hold_that_another_process_places_meanwhile(book: Book):
    dispatchers, account, at = (book.dispatcher, book.another_dispatcher()), ACCOUNTS[2], Clock().now()
    out = [MoveMoney("withdrawal", account, 1, "EUR", f"race {n}", at) for n in range(2 * ASKED)]
    hold = HoldWithdrawals(account, "A deposit is checked.", "console", at)
    told = asked_at_once(dispatchers, [*out[:ASKED], hold, *out[ASKED:]])
    assert told.keys() <= {"accepted", "WithdrawalsHeld"}
    with closing(AuditTail(book.url)) as log:
        assert verify(log).violation is None, "whatever went out went before the hold"
    for number, dispatcher in enumerate(dispatchers):
        with pytest.raises(WithdrawalsHeld):
            dispatcher.call(msgspec.structs.replace(out[0], reference=f"after {number}"))


@pytest.mark.parametrize("is_of_match", [False, True])
def test_no_bet_passes_a_stake_factor_or_a_limit_of_its_match_that_another_process_sets_meanwhile(book: Book, *, is_of_match: bool):
    dispatchers, account, at = (book.dispatcher, book.another_dispatcher()), ACCOUNTS[2], Clock().now()
    leg = AskedLeg(MARKETS[0], NAMES[0], PRICES[NAMES[0]], 1)
    bets = [PlaceBet(derived("bet", "factor", str(n)), account, 50_00, "EUR", "single", (leg,), "exact", at) for n in range(2 * ASKED)]
    factor = SetStakeFactor(account, "0.00001", "arbitrage", "console", at)
    limit = LimitFixturePayout(derived("fixture", MARKETS[0]), 100_00, "a rumour", at, "console") if is_of_match else factor
    told = asked_at_once(dispatchers, [*bets[:ASKED], limit, *bets[ASKED:]])
    assert told.keys() <= {"accepted", "StakeOverLimit", "InsufficientFunds"}
    with closing(AuditTail(book.url)) as log:
        assert verify(log).violation is None, "whoever was struck after the limit keeps it"
    for number, dispatcher in enumerate(dispatchers):
        with pytest.raises(StakeOverLimit) as refused:
            dispatcher.call(msgspec.structs.replace(bets[0], bet_id=derived("bet", "after", str(number))))
        assert refused.value.stake_minor_max == 40_00
