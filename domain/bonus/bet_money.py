"""What the end of a bet does to the bonus that its stake is of: its settlement, its cash-out, and what undoes a settlement.

What the bonus owes is repaid first; the rest becomes available.
"""

from domain.bonus.commands import CashOutBonusBet, ReverseBonusBet, SettleBonusBet
from domain.bonus.facts import (
    TO_BONUS,
    TO_CASH,
    TO_NOBODY,
    BonusBetSettled,
    BonusCashOutPaid,
    BonusCredited,
    BonusSettlementReversed,
)
from domain.bonus.state import ACTIVE, CONVERTED, EXPIRED, Bonus
from domain.odds import Odds

GOES_TO = {ACTIVE: TO_BONUS, CONVERTED: TO_CASH, EXPIRED: TO_NOBODY}
"""Status of a bonus -> where its bets pay to, and are taken from."""


def settled(bonus: Bonus, credited: BonusCredited, command: SettleBonusBet) -> BonusBetSettled:
    """Return what the settlement of a bet does to a bonus: its stake goes to the book, its returns to where the bonus stands."""
    assert bonus.reserved_minor >= command.stake_minor, "the stake of a bet that is settled is reserved"
    counted_minor = _counted_minor(credited, command.stake_minor, command.odds, counts=command.counts)
    available_minor, repaid_minor = _paid(bonus, command.returns_minor)
    return BonusBetSettled(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        settlement=command.settlement,
        stake_minor=command.stake_minor,
        returns_minor=command.returns_minor,
        to=GOES_TO[bonus.status],
        counted_minor=counted_minor,
        wagered_minor=bonus.wagered_minor + counted_minor,
        available_minor=available_minor,
        at=command.at,
        repaid_minor=repaid_minor,
    )


def cashed_out(bonus: Bonus, credited: BonusCredited, command: CashOutBonusBet) -> BonusCashOutPaid:
    """Return what a cash-out does to a bonus: what was closed goes to the book, the amount to where the bonus stands."""
    assert bonus.reserved_minor >= command.stake_minor, "an open bet's stake is reserved"
    available_minor, repaid_minor = _paid(bonus, command.amount_minor)
    return BonusCashOutPaid(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        number=command.number,
        stake_minor=command.stake_minor,
        amount_minor=command.amount_minor,
        to=GOES_TO[bonus.status],
        available_minor=available_minor,
        at=command.at,
        repaid_minor=repaid_minor,
    )


def reversed_settlement(bonus: Bonus, credited: BonusCredited, command: ReverseBonusBet) -> BonusSettlementReversed:
    """Return what undoes a settlement: what it returned is taken from where the bonus stands, and the stake is reserved again."""
    counted_minor = _counted_minor(credited, command.stake_minor, command.odds, counts=command.counts)
    taken_minor = min(bonus.available_minor, command.returns_minor) if bonus.status == ACTIVE else 0
    return BonusSettlementReversed(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        settlement=command.settlement,
        stake_minor=command.stake_minor,
        returns_minor=command.returns_minor,
        taken_from=GOES_TO[bonus.status],
        counted_minor=counted_minor,
        wagered_minor=bonus.wagered_minor - counted_minor,
        available_minor=bonus.available_minor - taken_minor,
        at=command.at,
        owed_minor=command.returns_minor - taken_minor if bonus.status == ACTIVE else 0,
    )


def _paid(bonus: Bonus, amount_minor: int) -> tuple[int, int]:
    """Return what is available after a payment, and how much of it repays what is owed; both only while the bonus is active."""
    if bonus.status != ACTIVE:
        return bonus.available_minor, 0
    repaid_minor = min(bonus.owed_minor, amount_minor)
    return bonus.available_minor + amount_minor - repaid_minor, repaid_minor


def _counted_minor(credited: BonusCredited, stake_minor: int, odds: Odds, *, counts: bool) -> int:
    """Return how much of a settled stake counts towards the requirement: all of it, where its bet counts at odds that are not too short."""
    return stake_minor if counts and odds >= credited.odds_min else 0
