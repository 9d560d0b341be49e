"""Add an address where an account is told, confirm it, or remove it."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.ids import address_of, notifications_of
from domain.notification.addresses import KnownAddress
from domain.notification.commands import AddAddress, AddressCommand
from domain.notification.decider import NOTIFICATION


class AddressReceipt(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Whether an address stands, and whether it is told what its account is told.

    `others` are those of the same channel, by id, sealed: whoever added one tells by opening them which it takes the place of.
    """

    address_id: str
    added: bool
    confirmed: bool
    others: tuple[tuple[str, str], ...] = ()


def streams_of(ask: AddressCommand) -> Sequence[StreamRef]:
    """Name what the account set, and the account where it adds an address."""
    own = StreamRef(NOTIFICATION, notifications_of(ask.account_id))
    return (own, StreamRef(ACCOUNT, ask.account_id)) if isinstance(ask, AddAddress) else (own,)


def change_address(ask: AddressCommand, streams: UnitOfWork) -> Outcome:
    """Add, confirm or remove an address; what is repeated answers as the first did.

    Raises:
        AccountUnknown: from `AddAddress`, for an account that does not exist. Refused: what the rules of addresses refuse.

    """
    if isinstance(ask, AddAddress):
        check_account(streams, ask.account_id)
        address_id = address_of(ask.account_id, ask.channel, ask.sealed)
    else:
        address_id = ask.address_id
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    own.decide(ask)
    known = own.state.addresses.get(address_id)
    others = tuple(_others(own.state.addresses, ask.channel, address_id)) if isinstance(ask, AddAddress) else ()
    return Outcome(AddressReceipt(address_id, known is not None, known is not None and known.confirmed, others), own)


def _others(addresses: Mapping[str, KnownAddress], channel: str, address_id: str) -> Iterator[tuple[str, str]]:
    for other, known in addresses.items():
        if known.channel == channel and other != address_id:
            yield other, known.sealed
