"""Payment references: each is used once, for the movement of money that was appended with it, and is assessed there."""

from typing import Any

from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import ReferenceUsedTwice, TransferDiffers, TransferNotAssessed, TransferNotMoved
from domain.fact import Recorded
from domain.ids import payment_of, transfer_of
from domain.monitoring.facts import TransferAssessed
from domain.wallet.facts import FundsDeposited, FundsWithdrawn, TransferRecorded

REFERENCE_CHARACTERS_MAX = 100
DIRECTIONS: dict[str, type[FundsDeposited | FundsWithdrawn]] = {"deposit": FundsDeposited, "withdrawal": FundsWithdrawn}


def recorded_transfer(state: AuditState, recorded: Recorded[Any], fact: TransferRecorded) -> None:
    """Check TransferRecorded: the money moved in the same append. A payment provider's reference belongs to no account."""
    expected = transfer_of(fact.account_id, fact.reference)
    if recorded.stream_id != expected and (fact.direction != "deposit" or recorded.stream_id != payment_of(fact.reference)):
        check_id(recorded, expected)
    check_text(recorded, "reference", fact.reference, REFERENCE_CHARACTERS_MAX)
    check_value(recorded, "direction", fact.direction, allowed=fact.direction in DIRECTIONS)
    moved = state.together(DIRECTIONS[fact.direction])
    wallet = state.of(AuditedWallet, moved.stream_id) if moved is not None else None
    if moved is None or wallet is None:
        raise ViolationFound(TransferNotMoved, recorded)
    said = (fact.account_id, fact.amount_minor, fact.currency, fact.reference)
    found = (moved.body.account_id, moved.body.amount_minor, wallet.currency, moved.body.reference)
    if said != found:
        raise ViolationFound(TransferDiffers, recorded, recorded=said, moved=found)
    assessed = state.together(TransferAssessed)
    if state.assesses and (assessed is None or assessed.body.transfer_id != recorded.stream_id):
        raise ViolationFound(TransferNotAssessed, recorded)


AUDITOR = Auditor(
    aggregate="transfer",
    holds=None,
    begins={TransferRecorded: recorded_transfer},
    over=ReferenceUsedTwice,
)
