"""Where money goes: every wallet fact as postings, each with a source and a destination, so that every sum over all accounts is zero."""

from typing import NamedTuple, assert_never

from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    WalletFact,
    WalletOpened,
)

HOUSE = "house"
"""The book itself: it takes lost stakes and pays returns. May be below zero: a bad day."""

PAYMENTS = "payments"
"""The world outside: the payment provider. Minus what all customers ever brought in and did not take out."""


class Posting(NamedTuple):
    """One movement of money: `amount_minor` leaves `source` and arrives at `destination`."""

    source: str
    destination: str
    amount_minor: int


def available(account_id: str) -> str:
    """Name the ledger account of what a bettor may stake."""
    return f"{account_id}:available"


def reserved(account_id: str) -> str:
    """Name the ledger account of what a bettor's open bets hold."""
    return f"{account_id}:reserved"


def postings(fact: WalletFact) -> tuple[Posting, ...]:
    """Return the movements that a wallet fact records, in order."""
    mine, held = available(fact.account_id), reserved(fact.account_id)
    match fact:
        case WalletOpened():
            return ()
        case FundsDeposited():
            return (Posting(PAYMENTS, mine, fact.amount_minor),)
        case FundsWithdrawn():
            return (Posting(mine, PAYMENTS, fact.amount_minor),)
        case StakeReserved():
            return (Posting(mine, held, fact.stake_minor),)
        case ReturnsPaid():
            return (Posting(held, HOUSE, fact.stake_minor), Posting(HOUSE, mine, fact.returns_minor))
        case StakeRefunded():
            return (Posting(held, mine, fact.stake_minor),)
        case StakeLost():
            return (Posting(held, HOUSE, fact.stake_minor),)
        case _:
            assert_never(fact)
