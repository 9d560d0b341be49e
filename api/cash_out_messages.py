"""An offer to cash out, what is asked for it, and the receipt: the same over HTTP and on the socket."""

from typing import Any

from api.idempotency import checked_key
from api.refusals import KeyMissing
from commands.betting.cash_out import CashOutReceipt
from domain.bet.cash_out import CashOutOffer
from domain.bet.facts import CASHED_OUT
from domain.ids import cash_out_of


def cash_out_id_of(bet_id: str, key: str | None) -> str:
    """Return the id of the cash-out of a bet that an idempotency key stands for.

    Raises:
        KeyMissing, KeyMalformed: when there is no key that can be one.

    """
    if key is None:
        raise KeyMissing
    return cash_out_of(bet_id, checked_key(key))


def offer_shown(offer: CashOutOffer) -> dict[str, Any]:
    """Return an offer as it is shown."""
    return {
        "bet_id": offer.bet_id,
        "offer_minor": offer.offer_minor,
        "currency": offer.currency,
        "share": offer.share_percent,
        "stake_minor": offer.stake_minor,
        "stake_left_minor": offer.stake_left_minor,
        "version": offer.version,
        "expires_at": offer.expires_at,
    }


def receipt_shown(receipt: CashOutReceipt) -> dict[str, Any]:
    """Return what is answered to a cash-out: the same for ever, since it is made of the recorded fact alone."""
    fact = receipt.fact
    return {
        "bet_id": receipt.bet_id,
        "status": "open" if fact.stake_left_minor else CASHED_OUT,
        "amount_minor": fact.amount_minor,
        "currency": receipt.currency,
        "share": fact.share_percent,
        "stake_minor": fact.stake_minor,
        "stake_left_minor": fact.stake_left_minor,
        "cashed_out_minor": fact.cashed_out_minor,
        "potential_returns_minor": fact.potential_returns_minor,
        "cashed_out_at": fact.at,
    }
