"""Wallets: every movement of money, its balance afterwards, and the reason for it in the same append.

The movements are those of `domain.wallet.postings`, written out here once more, since they run for every other fact of the log; a test
compares the two.
"""

from typing import Any

from commands.audit.account_gates import check_not_held, check_open
from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.limits import check_dated, check_kept, never_staked, rolled
from commands.audit.state import AuditState
from commands.audit.streams import AuditedWallet
from commands.audit.transfers import REFERENCE_CHARACTERS_MAX
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AmountNotPositive,
    BalanceWrong,
    BonusCashWithoutBonus,
    CashOutWithoutBet,
    MoneyOfAnother,
    MoneyWithoutReference,
    OwedWrong,
    PaymentWithoutSettlement,
    ReleaseWithoutRefusal,
    RepaymentWrong,
    ReversalWithoutBet,
    StakeWithoutBet,
    WalletBelowZero,
    WalletWithoutAccount,
)
from domain.account.facts import AccountRegistered
from domain.bet.facts import BetCashedOut, BetPending, BetPlaced, BetRefused, BetSettled, BetSettlementReversed, ReferralAnswered
from domain.bonus.facts import BonusConverted
from domain.fact import Recorded
from domain.ids import wallet_of
from domain.money import AMOUNT_MINOR_MAX, CURRENCIES
from domain.wallet.facts import (
    BonusReceived,
    CashOutPaid,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReleased,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)


def opened(state: AuditState, recorded: Recorded[Any], fact: WalletOpened) -> AuditedWallet:
    """Check WalletOpened: its account is registered in the same append, in the same currency; begin the wallet."""
    check_id(recorded, wallet_of(fact.account_id))
    check_value(recorded, "currency", fact.currency, allowed=fact.currency in CURRENCIES)
    account = state.together(AccountRegistered, fact.account_id)
    if account is None or account.body.currency != fact.currency:
        raise ViolationFound(WalletWithoutAccount, recorded, account_id=fact.account_id, currency=fact.currency)
    return AuditedWallet(1, account_id=fact.account_id, currency=fact.currency)


def stake_reserved(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: StakeReserved) -> None:
    """Check StakeReserved: the stake moves from available to reserved, and its bet is in the same append; update the audit state."""
    stake_minor = fact.stake_minor
    wallet.available -= stake_minor
    wallet.reserved += stake_minor
    if (day := fact.at.toordinal()) > wallet.day:
        rolled(wallet, day)
    wallet.staked += stake_minor
    _check(recorded, wallet, fact, stake_minor)
    check_kept(state, recorded, wallet, fact.at, ("stake", "loss"))
    last = state.append[-1]
    if last.stream_id == fact.bet_id and type(last.body) is BetPlaced:
        return
    if state.together(BetPlaced, fact.bet_id) is None and state.together(BetPending, fact.bet_id) is None:
        raise ViolationFound(StakeWithoutBet, recorded, bet_id=fact.bet_id)


def stake_released(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: StakeReleased) -> None:
    """Check StakeReleased: the stake moves from reserved to available and was never staked; update the audit state.

    Its bet is refused in the same append, or struck for the rest by a trader's answer.
    """
    wallet.reserved -= fact.stake_minor
    wallet.available += fact.stake_minor
    _returned(state, recorded, wallet, fact, 0)
    never_staked(wallet, fact.reserved_at.toordinal(), fact.stake_minor)
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, fact.stake_minor, fact.repaid_minor)
    _check(recorded, wallet, fact, fact.stake_minor)
    is_part = state.together(BetPlaced, fact.bet_id) is not None and state.together(ReferralAnswered, fact.bet_id) is not None
    if not is_part and state.together(BetRefused, fact.bet_id) is None:
        raise ViolationFound(ReleaseWithoutRefusal, recorded, bet_id=fact.bet_id)


def returns_paid(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: ReturnsPaid) -> None:
    """Check ReturnsPaid: the stake moves from reserved to the house, the returns from the house to available; update the audit state."""
    stake_minor, returns_minor = fact.stake_minor, fact.returns_minor
    wallet.reserved -= stake_minor
    wallet.available += returns_minor
    _returned(state, recorded, wallet, fact, returns_minor)
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, returns_minor, fact.repaid_minor)
    state.house[wallet.currency] += stake_minor - returns_minor
    _check(recorded, wallet, fact, min(stake_minor, returns_minor) if stake_minor else returns_minor)
    _check_settled(state, recorded, fact)


def cash_out_paid(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: CashOutPaid) -> None:
    """Check CashOutPaid: what was closed moves from reserved to the house, the amount from the house to available; its bet is there."""
    wallet.reserved -= fact.stake_minor
    wallet.available += fact.amount_minor
    _returned(state, recorded, wallet, fact, fact.amount_minor)
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, fact.amount_minor, fact.repaid_minor)
    state.house[wallet.currency] += fact.stake_minor - fact.amount_minor
    _check(recorded, wallet, fact, min(fact.stake_minor, fact.amount_minor) if fact.stake_minor else fact.amount_minor)
    if state.together(BetCashedOut, fact.bet_id) is None:
        raise ViolationFound(CashOutWithoutBet, recorded, bet_id=fact.bet_id)


def stake_lost(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: StakeLost) -> None:
    """Check StakeLost: the stake moves from reserved to the house; update the audit state."""
    wallet.reserved -= fact.stake_minor
    state.house[wallet.currency] += fact.stake_minor
    _returned(state, recorded, wallet, fact, 0)
    _check(recorded, wallet, fact, fact.stake_minor)
    _check_settled(state, recorded, fact)


def stake_refunded(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: StakeRefunded) -> None:
    """Check StakeRefunded: the stake moves from reserved to available; update the audit state."""
    wallet.reserved -= fact.stake_minor
    wallet.available += fact.stake_minor
    _returned(state, recorded, wallet, fact, fact.stake_minor)
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, fact.stake_minor, fact.repaid_minor)
    _check(recorded, wallet, fact, fact.stake_minor)
    _check_settled(state, recorded, fact)


def settlement_reversed(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: SettlementReversed) -> None:
    """Check SettlementReversed: returns move from available (the rest is owed) to the house, the stake back to reserved."""
    stake_minor, returns_minor = fact.stake_minor, fact.returns_minor
    owed_minor = max(returns_minor - wallet.available, 0)
    if fact.owed_minor != owed_minor:
        raise ViolationFound(OwedWrong, recorded, recorded_minor=fact.owed_minor, expected_minor=owed_minor)
    wallet.available -= returns_minor - owed_minor
    wallet.owed += owed_minor
    wallet.reserved += stake_minor
    state.house[wallet.currency] += returns_minor - stake_minor
    _returned(state, recorded, wallet, fact, -returns_minor)
    _check(recorded, wallet, fact, stake_minor or returns_minor)
    if state.together(BetSettlementReversed, fact.bet_id) is None:
        raise ViolationFound(ReversalWithoutBet, recorded, bet_id=fact.bet_id)


def bonus_received(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: BonusReceived) -> None:
    """Check BonusReceived: its bonus is converted in the same append; that much moves from the house to available, in no limit."""
    wallet.available += fact.amount_minor
    check_dated(state, recorded, wallet.account_id, fact.at)
    if (day := fact.at.toordinal()) > wallet.day:
        rolled(wallet, day)
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, fact.amount_minor, fact.repaid_minor)
    state.house[wallet.currency] -= fact.amount_minor
    _check(recorded, wallet, fact, fact.amount_minor)
    converted = state.together(BonusConverted, fact.bonus_id)
    if converted is None or (converted.body.account_id, converted.body.amount_minor) != (fact.account_id, fact.amount_minor):
        raise ViolationFound(BonusCashWithoutBonus, recorded, bonus_id=fact.bonus_id[:60])


def _returned(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: Any, returned_minor: int) -> None:
    """Count what came back from bets in the windows of limits; update the audit state."""
    check_dated(state, recorded, wallet.account_id, fact.at)
    if (day := fact.at.toordinal()) > wallet.day:
        rolled(wallet, day)
    wallet.returned += returned_minor


def _repay(recorded: Recorded[Any], wallet: AuditedWallet, amount_minor: int, repaid_minor: int) -> None:
    """Check that what came in first repaid what is owed, as much as it covers; update the audit state."""
    expected_minor = min(wallet.owed, amount_minor)
    if repaid_minor != expected_minor:
        raise ViolationFound(RepaymentWrong, recorded, recorded_minor=repaid_minor, expected_minor=expected_minor)
    wallet.available -= repaid_minor
    wallet.owed -= repaid_minor


def deposited(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: FundsDeposited) -> None:
    """Check FundsDeposited: the amount moves from payments to available, and the account may deposit; update the audit state."""
    wallet.available += fact.amount_minor
    if (day := fact.at.toordinal()) > wallet.day:
        rolled(wallet, day)
    wallet.paid_in += fact.amount_minor
    if wallet.owed or fact.repaid_minor:
        _repay(recorded, wallet, fact.amount_minor, fact.repaid_minor)
    state.payments[wallet.currency] -= fact.amount_minor
    _check_transfer(state, recorded, wallet, fact)
    held_minor = wallet.available + wallet.reserved
    check_value(recorded, "available_minor", held_minor, allowed=held_minor <= AMOUNT_MINOR_MAX)
    if not state.migrated:
        check_open(state, recorded, wallet.account_id)
        check_kept(state, recorded, wallet, fact.at, ("deposit",))


def withdrawn(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: FundsWithdrawn) -> None:
    """Check FundsWithdrawn: the amount moves from available to payments, and nothing holds it; update the audit state."""
    wallet.available -= fact.amount_minor
    state.payments[wallet.currency] += fact.amount_minor
    _check_transfer(state, recorded, wallet, fact)
    check_not_held(state, recorded, wallet.account_id)


def _check_transfer(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, fact: FundsDeposited | FundsWithdrawn) -> None:
    """Check a deposit or a withdrawal: its payment reference is recorded in the same append."""
    _check(recorded, wallet, fact, fact.amount_minor)
    check_value(recorded, "amount_minor", fact.amount_minor, allowed=fact.amount_minor <= AMOUNT_MINOR_MAX)
    check_text(recorded, "reference", fact.reference, REFERENCE_CHARACTERS_MAX)
    used = state.together(TransferRecorded)
    if used is None or (used.body.account_id, used.body.reference) != (fact.account_id, fact.reference):
        raise ViolationFound(MoneyWithoutReference, recorded, reference=fact.reference)


def _check_settled(state: AuditState, recorded: Recorded[Any], fact: ReturnsPaid | StakeLost | StakeRefunded) -> None:
    last = state.append[-1]
    if (last.stream_id != fact.bet_id or type(last.body) is not BetSettled) and state.together(BetSettled, fact.bet_id) is None:
        raise ViolationFound(PaymentWithoutSettlement, recorded, bet_id=fact.bet_id)


def _check(recorded: Recorded[Any], wallet: AuditedWallet, fact: Any, amount_minor: int) -> None:
    """Check what holds after every movement."""
    available = wallet.available
    if fact.available_minor != available or available < 0 or wallet.reserved < 0 or amount_minor <= 0:
        raise _wrong(recorded, wallet, amount_minor)
    if fact.account_id != wallet.account_id:
        raise ViolationFound(MoneyOfAnother, recorded, account_id=fact.account_id, wallet_account_id=wallet.account_id)


def _wrong(recorded: Recorded[Any], wallet: AuditedWallet, amount_minor: int) -> ViolationFound:
    """Return what is wrong with a movement, the causes before what they lead to."""
    if amount_minor <= 0:
        return ViolationFound(AmountNotPositive, recorded, amount_minor=amount_minor)
    if wallet.available < 0 or wallet.reserved < 0:
        return ViolationFound(WalletBelowZero, recorded, available_minor=wallet.available, reserved_minor=wallet.reserved)
    return ViolationFound(BalanceWrong, recorded, recorded_minor=recorded.body.available_minor, ledger_minor=wallet.available)


AUDITOR = Auditor(
    aggregate="wallet",
    holds=AuditedWallet,
    begins={WalletOpened: opened},
    follows={
        StakeReserved: stake_reserved,
        StakeReleased: stake_released,
        ReturnsPaid: returns_paid,
        CashOutPaid: cash_out_paid,
        StakeLost: stake_lost,
        StakeRefunded: stake_refunded,
        SettlementReversed: settlement_reversed,
        BonusReceived: bonus_received,
        FundsDeposited: deposited,
        FundsWithdrawn: withdrawn,
    },
)
