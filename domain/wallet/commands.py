"""What may be asked of a wallet."""

from datetime import datetime

import msgspec

from domain.limits import Limit


class OpenWallet(msgspec.Struct, frozen=True, gc=False):
    """Give an account its wallet."""

    account_id: str
    currency: str
    at: datetime


class DepositBounds(msgspec.Struct, frozen=True, gc=False):
    """How much money may come in: with one deposit, and in 24 hours."""

    deposit_minor_max: int
    day_minor_max: int


class Deposit(msgspec.Struct, frozen=True, gc=False):
    """Bring money in, under the payment provider's reference, within bounds where there are any.

    `log_at` is the log's time, as far as it is known, by which the bound on 24 hours goes; None takes `at`. `limits` are the account's own
    on deposits, judged by `at`, which is the log's time then.
    """

    account_id: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime
    bounds: DepositBounds | None = None
    log_at: datetime | None = None
    limits: tuple[Limit, ...] = ()


class Withdraw(msgspec.Struct, frozen=True, gc=False):
    """Take money out, under a reference of the caller's."""

    account_id: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime


class ReserveStake(msgspec.Struct, frozen=True, gc=False):
    """Set a bet's stake aside, within the account's own limits on stakes and losses, where `at` is the log's time."""

    account_id: str
    bet_id: str
    stake_minor: int
    currency: str
    at: datetime
    limits: tuple[Limit, ...] = ()


class ReleaseStake(msgspec.Struct, frozen=True, gc=False):
    """Give back the stake of a pending bet that is refused; `reserved_at` says when it was set aside."""

    account_id: str
    bet_id: str
    stake_minor: int
    reserved_at: datetime
    at: datetime


class PayReturns(msgspec.Struct, frozen=True, gc=False):
    """Release a settled bet's stake and pay what it returns: more than nothing, or nothing where it lost."""

    account_id: str
    bet_id: str
    stake_minor: int
    returns_minor: int
    at: datetime
    settlement: int = 1


class RefundStake(msgspec.Struct, frozen=True, gc=False):
    """Give a void bet's stake back."""

    account_id: str
    bet_id: str
    stake_minor: int
    at: datetime
    settlement: int = 1


class PayCashOut(msgspec.Struct, frozen=True, gc=False):
    """Release what was closed of an open bet's stake and pay what it was cashed out for."""

    account_id: str
    bet_id: str
    stake_minor: int
    amount_minor: int
    at: datetime
    number: int


class ReverseSettlement(msgspec.Struct, frozen=True, gc=False):
    """Undo what a settlement of a bet did: take what it returned, and reserve the stake again."""

    account_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    at: datetime


class ReceiveBonus(msgspec.Struct, frozen=True, gc=False):
    """Take what a bonus held as cash, since its requirement is met."""

    account_id: str
    bonus_id: str
    bet_id: str
    amount_minor: int
    at: datetime


class RecordTransfer(msgspec.Struct, frozen=True, gc=False):
    """Use up a payment reference."""

    account_id: str
    direction: str
    amount_minor: int
    currency: str
    reference: str
    at: datetime


WalletCommand = (
    OpenWallet | Deposit | Withdraw | ReserveStake | ReleaseStake | PayReturns | RefundStake | ReverseSettlement | PayCashOut | ReceiveBonus
)
