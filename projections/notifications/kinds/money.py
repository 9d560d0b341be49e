"""Money comes in or goes out: its account is told."""

from collections.abc import Sequence

from domain.fact import Recorded
from domain.wallet.facts import FundsDeposited, FundsWithdrawn
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _moved(recorded: Recorded[FundsDeposited], fact: FundsDeposited | FundsWithdrawn) -> Sequence[NoticeTold]:
    what = "Deposit" if isinstance(fact, FundsDeposited) else "Withdrawal"
    return (NoticeTold(fact.account_id, str(recorded.version), at(recorded, what=what, amount_minor=fact.amount_minor)),)


def says(shown: Shown) -> str:
    """Say how much came or went."""
    return shown.say(f"money.{shown.row.what}", amount=shown.amount)


TELLING = Telling("money", {FundsDeposited: _moved, FundsWithdrawn: _moved}, says)
