"""Find the addresses of an account, as its stream has them."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.ids import notifications_of
from domain.notification.decider import NOTIFICATION


class FindAddresses(msgspec.Struct, frozen=True, gc=False):
    """Ask at which addresses of a channel an account is told. Appends nothing."""

    account_id: str
    channel: str


class FoundAddress(NamedTuple):
    """An address: its id, and its sealed text."""

    address_id: str
    sealed: str


def streams_of(ask: FindAddresses) -> Sequence[StreamRef]:
    """Name what the account set."""
    return (StreamRef(NOTIFICATION, notifications_of(ask.account_id)),)


def find_addresses(ask: FindAddresses, streams: UnitOfWork) -> Outcome:
    """Return the addresses; none for an account that has none, or does not exist."""
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    found = [FoundAddress(address_id, known.sealed) for address_id, known in own.state.addresses.items() if known.channel == ask.channel]
    return Outcome(found, own)
