"""Bring money in and take it out: the payment reference and the wallet are one append, so a reference moves money once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from commands.account_access import check_may_bet, touch_account_gate
from commands.streams import Stream, Streams
from commands.use_case import Outcome, Touch
from domain.ids import transfer_of, wallet_of
from domain.text import normal
from domain.wallet.commands import Deposit, RecordTransfer, Withdraw
from domain.wallet.decider import TRANSFER, WALLET, Transfer


class MoveMoney(msgspec.Struct, frozen=True, gc=False):
    """Deposit or withdraw `amount_minor` under a reference of the account's own; the reference is the idempotency key."""

    direction: Literal["deposit", "withdrawal"]
    account_id: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime


class TransferReceipt(msgspec.Struct, frozen=True, gc=False):
    """The transfer as it was made."""

    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    reference: str


def touches(ask: MoveMoney) -> Sequence[Touch]:
    """Name the streams: the reference, the wallet, and for a deposit the account's gate."""
    streams = (Touch(TRANSFER, transfer_of(ask.account_id, normal(ask.reference))), Touch(WALLET, wallet_of(ask.account_id)))
    return (*streams, touch_account_gate(ask.account_id)) if ask.direction == "deposit" else streams


def move_money(ask: MoveMoney, streams: Streams) -> Outcome:
    """Use up the reference and move the money. Money may come in where the account may bet, and always go out.

    Raises:
        ReferenceMalformed, ReferenceReused, AmountOutOfRange, WalletUnknown, CurrencyMismatch, InsufficientFunds, BalanceOutOfRange:
            with the evidence of each.
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: from a deposit.

    """
    transfer = _transfer(ask, streams)
    reference = transfer.state.reference or normal(ask.reference)
    if transfer.decide(RecordTransfer(ask.account_id, ask.direction, ask.amount_minor, ask.currency, reference, ask.at)):
        if ask.direction == "deposit":
            check_may_bet(streams, ask.account_id)
        move = Deposit if ask.direction == "deposit" else Withdraw
        wallet = streams.load(WALLET, wallet_of(ask.account_id))
        wallet.decide(move(ask.account_id, ask.amount_minor, ask.currency, reference, ask.at))
    receipt = TransferReceipt(transfer.stream_id, ask.direction, ask.amount_minor, ask.currency, reference)
    return Outcome(receipt, transfer, creates=True)


def _transfer(ask: MoveMoney, streams: Streams) -> Stream[Transfer]:
    """Return the transfer that the reference names in its normal form; in older logs it may stand under the form it was typed in."""
    reference = normal(ask.reference)
    if reference != ask.reference:
        as_typed = streams.load(TRANSFER, transfer_of(ask.account_id, ask.reference))
        if as_typed.state.reference:
            return as_typed
    return streams.load(TRANSFER, transfer_of(ask.account_id, reference))
