"""Where bonus money goes: every fact of a bonus as postings between its accounts and the book, so that every sum is zero.

What it returns as cash leaves the book by a fact of the wallet (`domain.wallet.postings`), in the same append: no posting has cash on one
side and bonus money on the other.
"""

from typing import assert_never

from domain.bonus.facts import (
    TO_BONUS,
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusFact,
    BonusSettlementReversed,
    BonusStakeReserved,
)

BOOK = "book"
"""The book itself: it credits bonuses, takes lost stakes and pays returns."""

Movement = tuple[str, str, int]
"""The account that money leaves, the one it arrives at, and how much of it, in minor units."""


def bonus_of(account_id: str) -> str:
    """Name the ledger account of what a bettor may stake of bonus money."""
    return f"{account_id}:bonus"


def reserved(account_id: str) -> str:
    """Name the ledger account of what a bettor's open bets hold of bonus money."""
    return f"{account_id}:bonus_reserved"


def owed(account_id: str) -> str:
    """Name the ledger account of what a bettor's bonuses owe the book: below zero by that much."""
    return f"{account_id}:bonus_owed"


def postings(fact: BonusFact) -> tuple[Movement, ...]:
    """Return the movements that a fact of a bonus records, in order."""
    mine, held, due = bonus_of(fact.account_id), reserved(fact.account_id), owed(fact.account_id)
    match fact:
        case BonusCredited():
            parts = [(BOOK, mine, fact.amount_minor)]
        case BonusStakeReserved():
            parts = [(mine, held, fact.stake_minor)]
        case BonusBetSettled() | BonusCashOutPaid():
            paid_minor = fact.returns_minor if isinstance(fact, BonusBetSettled) else fact.amount_minor
            returned_minor = paid_minor if fact.to == TO_BONUS else 0
            parts = [(held, BOOK, fact.stake_minor), (BOOK, mine, returned_minor), (mine, due, fact.repaid_minor)]
        case BonusSettlementReversed():
            taken_minor = fact.returns_minor - fact.owed_minor if fact.taken_from == TO_BONUS else 0
            parts = [(mine, BOOK, taken_minor), (due, BOOK, fact.owed_minor), (BOOK, held, fact.stake_minor)]
        case BonusConverted():
            parts = [(mine, BOOK, fact.amount_minor)]
        case BonusExpired():
            parts = [(mine, BOOK, fact.amount_minor), (BOOK, due, fact.owed_minor)]
        case _:
            assert_never(fact)
    return tuple([part for part in parts if part[2]])
