"""Remove addresses of which a provider says that they exist no more, or whose owners complained."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from domain.notification.commands import RemoveAddress


class DroppedAddress(NamedTuple):
    """An address of an account, and why it is dropped; see `AddressRemoved`."""

    account_id: str
    address_id: str
    why: str


def drop_addresses(dispatcher: Dispatcher, dropped: Sequence[DroppedAddress], at: datetime) -> None:
    """Remove addresses; those that are not there are as if they were removed. It waits for the commit.

    Raises:
        StoreUnavailable: when one was not removed; ask again.

    """
    answers = dispatcher.try_many([RemoveAddress(each.account_id, each.address_id, each.why, at) for each in dropped])
    for answer in answers:
        if not isinstance(answer, Answer):
            raise StoreUnavailable(f"an address was not removed: {answer}")
