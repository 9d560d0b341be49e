"""What can be wrong with money: wallets, transfers, and the books of all accounts."""

from commands.audit.violation import Violation


class ReferenceUsedTwice(Violation, frozen=True):
    """A payment reference was used again."""


class AmountNotPositive(Violation, frozen=True):
    """The amount of a movement is zero or negative."""

    amount_minor: int


class MoneyOfAnother(Violation, frozen=True):
    """The fact names another account than the wallet it is recorded in."""

    account_id: str
    wallet_account_id: str


class WalletBelowZero(Violation, frozen=True):
    """A balance of a wallet is negative."""

    available_minor: int
    reserved_minor: int


class BalanceWrong(Violation, frozen=True):
    """The recorded balance is not what the movements give: money appeared or vanished."""

    recorded_minor: int
    ledger_minor: int


class StakeWithoutBet(Violation, frozen=True):
    """A stake was reserved and the next fact is not its bet."""

    bet_id: str


class ReleaseWithoutRefusal(Violation, frozen=True):
    """A stake was released and no bet was refused in the same append."""

    bet_id: str


class StakeNotReleased(Violation, frozen=True):
    """A bet was refused after its delay, and its stake was not released to the wallet that it was reserved in, once."""

    bet: tuple[str, int]
    refused: tuple[str, int]


class StakeNotReserved(Violation, frozen=True):
    """A bet was struck and the fact before it did not reserve its stake."""


class StakeDiffers(Violation, frozen=True):
    """A bet and the reservation of its stake name different accounts, amounts or currencies."""

    bet: tuple[str, int, str]
    reserved: tuple[str, int, str]


class PaymentWithoutSettlement(Violation, frozen=True):
    """A wallet was paid, refunded or charged for a bet and the next fact is not that bet's settlement."""

    bet_id: str


class PaymentMissing(Violation, frozen=True):
    """A bet was settled and the fact before it did not move its money."""


class PaymentDiffers(Violation, frozen=True):
    """What a wallet was paid is not what the bet returned, in the way that its outcome asks for."""

    settled: tuple[str, str, int, int, int]
    paid: tuple[str, str, int, int, int]


class CashOutWithoutBet(Violation, frozen=True):
    """A wallet was paid for a cash-out, and no bet was cashed out in the same append."""

    bet_id: str


class CashOutPaymentDiffers(Violation, frozen=True):
    """What a wallet was paid is not what its bet was cashed out for, or it was not paid once."""

    closed: str
    paid: str


class ReversalWithoutBet(Violation, frozen=True):
    """A wallet had a settlement undone, and no bet's settlement was reversed in the same append."""

    bet_id: str


class ReversalMissing(Violation, frozen=True):
    """A bet's settlement was reversed and its money was not moved back in the same append."""


class ReversalDiffers(Violation, frozen=True):
    """What a wallet had undone is not what the settlement that was reversed had done."""

    reversed: tuple[str, int, int, int]
    moved: tuple[str, int, int, int]


class OwedWrong(Violation, frozen=True):
    """What is owed after a reversal is not what the wallet did not hold."""

    recorded_minor: int
    expected_minor: int


class RepaymentWrong(Violation, frozen=True):
    """Money came in and did not repay what was owed before anything else, or repaid more."""

    recorded_minor: int
    expected_minor: int


class MoneyWithoutReference(Violation, frozen=True):
    """Money came in or went out and the next fact is not the use of its payment reference."""

    reference: str


class TransferNotMoved(Violation, frozen=True):
    """A payment reference was used and the fact before it did not move its money."""


class TransferDiffers(Violation, frozen=True):
    """A payment reference and the movement under it name different accounts, directions, amounts or currencies."""

    recorded: tuple[str, str, int, str, str]
    moved: tuple[str, str, int, str, str]


class BooksDoNotBalance(Violation, frozen=True):
    """At the end of the log the sum over all accounts is not zero, or a wallet's reserve is not the stakes of its open bets."""

    account: str
    expected_minor: int
    found_minor: int


class LimitPassed(Violation, frozen=True):
    """With a deposit or a stake a limit of the account's own was passed that counted then."""

    limit: str
    limit_minor: int
    used_minor: int


class MovedOnAnotherDay(Violation, frozen=True):
    """Under a limit money moved on another day than it was committed, or was returned before its time."""

    at: str
