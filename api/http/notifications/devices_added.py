"""Adding a device at which an account is told: it takes the place of what the account said of the same device before."""

from collections.abc import Mapping

import msgspec

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.sealed_text import SealedText
from commands.notifications.change_addresses import AddressReceipt
from domain import prose
from domain.ids import notifications_of
from domain.notification import addresses as rules
from domain.notification.commands import AddAddress, RemoveAddress
from domain.unknown import AccountUnknown

ADDING_A_DEVICE = (
    prose.TextTooLong,
    prose.TextMalformed,
    prose.TextEmpty,
    http_refusals.AccountErased,
    AccountUnknown,
    rules.TooManyAddresses,
)
"""What may be refused of any device: its name, its account, one too many."""


async def add_device(
    deps: RouteDependencies, who: Session, channel: str, fields: Mapping[str, str], identity: tuple[str, ...]
) -> tuple[AddressReceipt, int]:
    """Add an address, then remove the account's others with the same `identity`, the fields by which a provider knows a device.

    Returns the receipt, and the position of the log that it is true at.

    Of two at once the later one stays: each sees what was added before it.

    Raises:
        AccountErased, AccountUnknown, TooManyAddresses: as from `AddAddress`.

    """
    sealed = await deps.texts.seal(who.account_id, notifications_of(who.account_id), msgspec.json.encode(fields).decode())
    answer = await deps.queue.submit(AddAddress(who.account_id, channel, sealed, deps.clock.now()))
    receipt, position = answer.receipt, answer.position
    opened = await deps.texts.open_many([SealedText(who.account_id, other) for _, other in receipt.others])
    for (address_id, _), text in zip(receipt.others, opened, strict=True):
        if text and _same_device(msgspec.json.decode(text, type=dict[str, str]), fields, identity):
            answer = await deps.queue.submit(RemoveAddress(who.account_id, address_id, "replaced", deps.clock.now()))
            position = answer.position
    return msgspec.structs.replace(receipt, others=()), position


def _same_device(known: Mapping[str, str], added: Mapping[str, str], identity: tuple[str, ...]) -> bool:
    return all(known.get(name) == added[name] for name in identity)
