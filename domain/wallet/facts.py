"""What happens to a wallet.

Every fact that moves money names the account it belongs to, the amount, and `available_minor`: what the wallet could stake after it.
That last number is a check sum: whoever folds the postings must arrive at it.

What a reversal takes back and the wallet does not hold is *owed*. Whatever comes in repays that first: `repaid_minor` of it never becomes
available, so a wallet that owes has nothing available.
"""

from datetime import datetime

from domain.fact import Fact


class WalletOpened(Fact, frozen=True, tag="wallet.opened.v1"):
    """The account's one wallet exists, empty, in one currency."""

    account_id: str
    currency: str
    at: datetime


class FundsDeposited(Fact, frozen=True, tag="wallet.funds_deposited.v2"):
    """Money came in from the payment provider under its reference."""

    account_id: str
    amount_minor: int
    reference: str
    available_minor: int
    at: datetime
    repaid_minor: int = 0


class FundsWithdrawn(Fact, frozen=True, tag="wallet.funds_withdrawn.v1"):
    """Money went out to the payment provider under its reference."""

    account_id: str
    amount_minor: int
    reference: str
    available_minor: int
    at: datetime


class StakeReserved(Fact, frozen=True, tag="wallet.stake_reserved.v1"):
    """A bet's stake moved from available to reserved."""

    account_id: str
    bet_id: str
    stake_minor: int
    available_minor: int
    at: datetime


class StakeReleased(Fact, frozen=True, tag="wallet.stake_released.v1"):
    """The stake of a bet that was refused while it was pending moved back from reserved to available: it was never staked.

    `reserved_at` is the `at` of its reservation, so that it counts no more in the windows of limits that it counted in.
    """

    account_id: str
    bet_id: str
    stake_minor: int
    available_minor: int
    reserved_at: datetime
    at: datetime
    repaid_minor: int = 0


class ReturnsPaid(Fact, frozen=True, tag="wallet.returns_paid.v2"):
    """A bet returned money: its reserved stake went to the house, and the returns came from the house. `settlement` is the bet's.

    A free bet had nothing reserved, nor had a bet that was staked from a bonus which became cash since: `stake_minor` is 0 here, as it is
    in the reversal of such a payment.
    """

    account_id: str
    bet_id: str
    stake_minor: int
    returns_minor: int
    available_minor: int
    at: datetime
    settlement: int = 1
    repaid_minor: int = 0


class StakeRefunded(Fact, frozen=True, tag="wallet.stake_refunded.v2"):
    """A void bet's stake moved back from reserved to available. `settlement` is the bet's."""

    account_id: str
    bet_id: str
    stake_minor: int
    available_minor: int
    at: datetime
    settlement: int = 1
    repaid_minor: int = 0


class StakeLost(Fact, frozen=True, tag="wallet.stake_lost.v2"):
    """A lost bet's reserved stake went to the house. `settlement` is the bet's."""

    account_id: str
    bet_id: str
    stake_minor: int
    available_minor: int
    at: datetime
    settlement: int = 1


class CashOutPaid(Fact, frozen=True, tag="wallet.cash_out_paid.v1"):
    """A bet, or a part of it, was cashed out: so much of its reserved stake went to the house, and the amount came from the house.

    `number` is that of the bet's cash-out.
    """

    account_id: str
    bet_id: str
    stake_minor: int
    amount_minor: int
    available_minor: int
    at: datetime
    number: int
    repaid_minor: int = 0


class SettlementReversed(Fact, frozen=True, tag="wallet.settlement_reversed.v1"):
    """A settlement of a bet was undone: what it returned went back to the house, and the stake from there to reserved, as it was before.

    `owed_minor` of the returns was not available any more and is owed from now on.
    """

    account_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    owed_minor: int
    available_minor: int
    at: datetime


class BonusReceived(Fact, frozen=True, tag="wallet.bonus_received.v1"):
    """What a bonus held became cash, its requirement being met by a bet; the bonus says so in the same append (`bonus.converted`)."""

    account_id: str
    bonus_id: str
    bet_id: str
    amount_minor: int
    available_minor: int
    at: datetime
    repaid_minor: int = 0


class TransferRecorded(Fact, frozen=True, tag="wallet.transfer_recorded.v1"):
    """A payment reference was used. First fact of the reference's own stream: the same reference cannot move money twice."""

    account_id: str
    direction: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime


WalletFact = (
    WalletOpened
    | FundsDeposited
    | FundsWithdrawn
    | StakeReserved
    | StakeReleased
    | ReturnsPaid
    | StakeRefunded
    | StakeLost
    | SettlementReversed
    | CashOutPaid
    | BonusReceived
)
