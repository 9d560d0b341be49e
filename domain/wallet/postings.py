"""Where money goes: every wallet fact as postings, each with a source and a destination, so that every sum over all accounts is zero."""

from typing import NamedTuple, assert_never

from domain.ids import cash_out_payment_of, derived, payout_of, reversal_of
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
    WalletFact,
    WalletOpened,
)

HOUSE = "house"
"""The book itself: it takes lost stakes and pays returns. May be below zero: a bad day."""

PAYMENTS = "payments"
"""The world outside: the payment provider. Minus what all customers ever brought in and did not take out."""


BetMoney = StakeReserved | StakeReleased | CashOutPaid | ReturnsPaid | StakeRefunded | StakeLost | SettlementReversed


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


def owed(account_id: str) -> str:
    """Name the ledger account of what a bettor owes the book: below zero by that much."""
    return f"{account_id}:owed"


def postings(fact: WalletFact) -> tuple[Posting, ...]:
    """Return the movements that a wallet fact records, in order."""
    mine, held = available(fact.account_id), reserved(fact.account_id)
    match fact:
        case WalletOpened():
            return ()
        case FundsDeposited():
            return (Posting(PAYMENTS, mine, fact.amount_minor), *_repaid(fact.account_id, fact.repaid_minor))
        case BonusReceived():
            return (Posting(HOUSE, mine, fact.amount_minor), *_repaid(fact.account_id, fact.repaid_minor))
        case FundsWithdrawn():
            return (Posting(mine, PAYMENTS, fact.amount_minor),)
        case StakeReserved():
            return (Posting(mine, held, fact.stake_minor),)
        case ReturnsPaid():
            staked = (Posting(held, HOUSE, fact.stake_minor),) if fact.stake_minor else ()
            return (*staked, Posting(HOUSE, mine, fact.returns_minor), *_repaid(fact.account_id, fact.repaid_minor))
        case CashOutPaid():
            staked = (Posting(held, HOUSE, fact.stake_minor),) if fact.stake_minor else ()
            return (*staked, Posting(HOUSE, mine, fact.amount_minor), *_repaid(fact.account_id, fact.repaid_minor))
        case StakeRefunded() | StakeReleased():
            return (Posting(held, mine, fact.stake_minor), *_repaid(fact.account_id, fact.repaid_minor))
        case SettlementReversed():
            taken_minor = fact.returns_minor - fact.owed_minor
            parts = ((mine, HOUSE, taken_minor), (owed(fact.account_id), HOUSE, fact.owed_minor), (HOUSE, held, fact.stake_minor))
            return tuple(Posting(*part) for part in parts if part[2])
        case StakeLost():
            return (Posting(held, HOUSE, fact.stake_minor),)
        case _:
            assert_never(fact)


def _repaid(account_id: str, repaid_minor: int) -> tuple[Posting, ...]:
    return (Posting(available(account_id), owed(account_id), repaid_minor),) if repaid_minor else ()


def transfer_id(fact: BetMoney) -> str:
    """Return the id of the transfer that moves a bet's money; no two facts of a log have the same.

    It follows from what the money moves for: the bet's stake, a cash-out or the payout of a settlement by its number, the reversal of that
    one. (The transfers of payments are streams of their own.)
    """
    match fact:
        case StakeReserved():
            return derived("stake", fact.bet_id)
        case StakeReleased():
            return derived("released stake", fact.bet_id)
        case CashOutPaid():
            return cash_out_payment_of(fact.bet_id, fact.number)
        case ReturnsPaid() | StakeRefunded() | StakeLost():
            return payout_of(fact.bet_id, fact.settlement)
        case SettlementReversed():
            return reversal_of(fact.bet_id, fact.settlement)
        case _:
            assert_never(fact)
