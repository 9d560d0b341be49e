"""What the end of a bet does to a wallet: its payment, its refund, its loss, its cash-out, and what undoes one of these.

What is owed is repaid first; the rest becomes available.
"""

from domain.wallet.commands import PayCashOut, PayReturns, ReceiveBonus, RefundStake, ReleaseStake, ReverseSettlement
from domain.wallet.facts import BonusReceived, CashOutPaid, ReturnsPaid, SettlementReversed, StakeLost, StakeRefunded, StakeReleased


def paid(
    available_minor: int, owed_minor: int, command: PayReturns | RefundStake | ReleaseStake
) -> ReturnsPaid | StakeLost | StakeRefunded | StakeReleased:
    """Return what a settlement, or the refusal of a pending bet, does to a wallet that has so much available, and owes so much."""
    account_id, bet_id, stake_minor = command.account_id, command.bet_id, command.stake_minor
    if isinstance(command, RefundStake | ReleaseStake):
        repaid_minor = min(owed_minor, stake_minor)
        available_minor += stake_minor - repaid_minor
        if isinstance(command, ReleaseStake):
            return StakeReleased(account_id, bet_id, stake_minor, available_minor, command.reserved_at, command.at, repaid_minor)
        return StakeRefunded(account_id, bet_id, stake_minor, available_minor, command.at, command.settlement, repaid_minor)
    returns_minor = command.returns_minor
    if returns_minor == 0:
        return StakeLost(account_id, bet_id, stake_minor, available_minor, command.at, command.settlement)
    repaid_minor = min(owed_minor, returns_minor)
    available_minor += returns_minor - repaid_minor
    return ReturnsPaid(account_id, bet_id, stake_minor, returns_minor, available_minor, command.at, command.settlement, repaid_minor)


def cashed_out(available_minor: int, owed_minor: int, command: PayCashOut) -> CashOutPaid:
    """Return what a cash-out does to a wallet that has so much available, and owes so much."""
    repaid_minor = min(owed_minor, command.amount_minor)
    return CashOutPaid(
        account_id=command.account_id,
        bet_id=command.bet_id,
        stake_minor=command.stake_minor,
        amount_minor=command.amount_minor,
        available_minor=available_minor + command.amount_minor - repaid_minor,
        at=command.at,
        number=command.number,
        repaid_minor=repaid_minor,
    )


def received(available_minor: int, owed_minor: int, command: ReceiveBonus) -> BonusReceived:
    """Return what a bonus that becomes cash does to a wallet that has so much available, and owes so much."""
    repaid_minor = min(owed_minor, command.amount_minor)
    what = (command.account_id, command.bonus_id, command.bet_id, command.amount_minor)
    return BonusReceived(*what, available_minor + command.amount_minor - repaid_minor, command.at, repaid_minor)


def undone(available_minor: int, command: ReverseSettlement) -> SettlementReversed:
    """Return what undoes a settlement: all it paid is taken back, from what is available as far as that goes; the rest is owed."""
    taken_minor = min(available_minor, command.returns_minor)
    return SettlementReversed(
        account_id=command.account_id,
        bet_id=command.bet_id,
        settlement=command.settlement,
        stake_minor=command.stake_minor,
        returns_minor=command.returns_minor,
        owed_minor=command.returns_minor - taken_minor,
        available_minor=available_minor - taken_minor,
        at=command.at,
    )
