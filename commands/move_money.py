"""Bring money in and take it out: the payment reference and the wallet are one append, so a reference moves money once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from commands.streams import Streams
from commands.use_case import Outcome, Touch
from domain.ids import transfer_of, wallet_of
from domain.wallet.commands import Deposit, RecordTransfer, Withdraw
from domain.wallet.decider import TRANSFER, WALLET


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
    """Name the streams: the reference and the wallet."""
    return (Touch(TRANSFER, transfer_of(ask.account_id, ask.reference)), Touch(WALLET, wallet_of(ask.account_id)))


def move_money(ask: MoveMoney, streams: Streams) -> Outcome:
    """Use up the reference and move the money.

    Raises:
        ReferenceMalformed, ReferenceReused, AmountOutOfRange, WalletUnknown, CurrencyMismatch, InsufficientFunds, BalanceOutOfRange:
            with the evidence of each.

    """
    transfer_id = transfer_of(ask.account_id, ask.reference)
    transfer = streams.load(TRANSFER, transfer_id)
    if transfer.decide(RecordTransfer(ask.account_id, ask.direction, ask.amount_minor, ask.currency, ask.reference, ask.at)):
        move = Deposit if ask.direction == "deposit" else Withdraw
        wallet = streams.load(WALLET, wallet_of(ask.account_id))
        wallet.decide(move(ask.account_id, ask.amount_minor, ask.currency, ask.reference, ask.at))
    return Outcome(TransferReceipt(transfer_id, ask.direction, ask.amount_minor, ask.currency, ask.reference), transfer, creates=True)
