"""Bring money in and take it out: the payment reference and the wallet are one append, so a reference moves money once.

What the monitoring of transfers finds is in that append too, so no race passes it; who moves the money is told nothing of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from commands.accounts.access import account_gate_streams, check_may_bet, within_the_day, within_the_hour
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.limits import DepositLimitUnanswered, counting, has_answered
from domain.account_gate.withdrawals import check_withdrawals
from domain.fact import moment
from domain.ids import account_gate_of, monitoring_of, payment_of, transfer_of, wallet_of
from domain.monitoring.commands import AssessTransfer
from domain.monitoring.decider import MONITORING
from domain.text import normal
from domain.wallet.commands import Deposit, DepositBounds, RecordTransfer, Withdraw
from domain.wallet.decider import WALLET
from domain.wallet.transfer import TRANSFER, Transfer


class MoveMoney(msgspec.Struct, frozen=True, gc=False):
    """Deposit or withdraw `amount_minor` under a reference, which is the idempotency key: of the account's own, or of the payment provider.

    A provider's reference names one transfer among all accounts. A deposit is held to `bounds` where there are any. With `asks_first` the
    first one waits until the person has answered whether to limit deposits.
    """

    direction: Literal["deposit", "withdrawal"]
    account_id: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime
    by_provider: bool = False
    bounds: DepositBounds | None = None
    asks_first: bool = False


class TransferReceipt(msgspec.Struct, frozen=True, gc=False):
    """The transfer as it was made."""

    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    reference: str


def streams_of(ask: MoveMoney) -> Sequence[StreamRef]:
    """Name the streams: the reference, the wallet, the account's gate and its monitoring."""
    transfer, wallet = StreamRef(TRANSFER, _transfer_id(ask, normal(ask.reference))), StreamRef(WALLET, wallet_of(ask.account_id))
    return (transfer, wallet, account_gate_streams(ask.account_id), StreamRef(MONITORING, monitoring_of(ask.account_id)))


def move_money(ask: MoveMoney, streams: UnitOfWork) -> Outcome:
    """Use up the reference and move the money. Money may come in where the account may bet, and go out unless that is held.

    That nothing holds it is a condition of the append: a hold that is committed first refuses the withdrawal.

    Raises:
        ReferenceMalformed, ReferenceReused, AmountOutOfRange, WalletUnknown, CurrencyMismatch, InsufficientFunds, BalanceOutOfRange:
            with the evidence of each.
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow, DepositTooLarge, DepositsPerDayExceeded, DepositLimitReached,
            DepositLimitUnanswered: from a deposit.
        WithdrawalsHeld: from a withdrawal.

    """
    account_id, amount_minor, currency, at = ask.account_id, ask.amount_minor, ask.currency, ask.at
    transfer = _transfer(ask, streams)
    reference = transfer.state.reference or normal(ask.reference)
    if transfer.decide(RecordTransfer(account_id, ask.direction, amount_minor, currency, reference, at)):
        wallet = streams.load(WALLET, wallet_of(account_id))
        if ask.direction == "deposit":
            gate = check_may_bet(streams, account_id)
            limits = gate.limits
            is_first = bool(wallet.state.account_id) and not wallet.state.paid_in_minor
            if ask.asks_first and is_first and not has_answered(limits, gate.declined_deposit_limit):
                raise DepositLimitUnanswered
            log_at = moment(streams.now_us) if streams.now_us else None
            at = within_the_day(streams, at) if limits else at
            counts = counting(limits, streams.now_us, "deposit")
            wallet.decide(Deposit(account_id, amount_minor, currency, reference, at, bounds=ask.bounds, log_at=log_at, limits=counts))
        else:
            check_withdrawals(streams.read(ACCOUNT_GATE, account_gate_of(account_id)).withdrawal_hold)
            wallet.decide(Withdraw(account_id, amount_minor, currency, reference, at))
        _assess(ask, transfer.stream_id, wallet.state.staked_minor, streams)
    return Outcome(TransferReceipt(transfer.stream_id, ask.direction, amount_minor, currency, reference), transfer, creates=True)


def _assess(ask: MoveMoney, transfer_id: str, staked_minor: int, streams: UnitOfWork) -> None:
    monitoring, at = streams.load(MONITORING, monitoring_of(ask.account_id)), within_the_hour(streams, ask.at)
    moved = (ask.direction, ask.amount_minor, ask.currency)
    monitoring.decide(AssessTransfer(ask.account_id, transfer_id, *moved, staked_minor, at))


def _transfer(ask: MoveMoney, streams: UnitOfWork) -> Stream[Transfer]:
    """Return the transfer that the reference names in its normal form; in older logs it may stand under the form it was typed in."""
    reference = normal(ask.reference)
    if reference != ask.reference:
        as_typed = streams.load(TRANSFER, _transfer_id(ask, ask.reference))
        if as_typed.state.reference:
            return as_typed
    return streams.load(TRANSFER, _transfer_id(ask, reference))


def _transfer_id(ask: MoveMoney, reference: str) -> str:
    return payment_of(reference) if ask.by_provider else transfer_of(ask.account_id, reference)
