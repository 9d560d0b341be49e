"""The rules of a payment reference: it moves money once."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.refused import Refused
from domain.text import is_plain
from domain.wallet.commands import RecordTransfer
from domain.wallet.facts import TransferRecorded

REFERENCE_CHARACTERS_MAX = 100


class ReferenceMalformed(Refused):
    """A payment reference is 1 to 100 printable characters."""

    reference: str


class ReferenceReused(Refused):
    """The payment reference was used before, for another amount, direction or account."""

    reference: str
    amount_minor: int


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """What a payment reference was used for; nothing while `reference` is empty."""

    reference: str = ""
    direction: str = ""
    amount_minor: int = 0
    currency: str = ""
    account_id: str = ""


def decide_transfer(transfer: Transfer, command: RecordTransfer) -> Sequence[TransferRecorded]:
    """Decide whether a payment reference may be used; a repeat of the same transfer is no new fact.

    Raises:
        ReferenceMalformed, ReferenceReused: with the reference.

    """
    if transfer.reference:
        asked = (command.account_id, command.direction, command.amount_minor, command.currency)
        if (transfer.account_id, transfer.direction, transfer.amount_minor, transfer.currency) != asked:
            raise ReferenceReused(command.reference, transfer.amount_minor)
        return ()
    if not is_plain(command.reference, REFERENCE_CHARACTERS_MAX):
        raise ReferenceMalformed(command.reference[:REFERENCE_CHARACTERS_MAX])
    return (TransferRecorded(command.account_id, command.direction, command.amount_minor, command.currency, command.reference, command.at),)


def evolve_transfer(transfer: Transfer, fact: TransferRecorded) -> Transfer:
    """Return the transfer after the fact."""
    assert not transfer.reference, "a reference is used once"
    return Transfer(fact.reference, fact.direction, fact.amount_minor, fact.currency, fact.account_id)


TRANSFER = Aggregate("transfer", Transfer(), decide_transfer, evolve_transfer, (TransferRecorded,), short_lived=True)
