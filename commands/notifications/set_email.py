"""Name the e-mail address at which an account wants to be told, and confirm it: one is told at a time."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.notifications.change_addresses import AddressReceipt
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.ids import address_of, notifications_of
from domain.notification.commands import AddAddress, ConfirmAddress, RemoveAddress
from domain.notification.decider import NOTIFICATION
from domain.notification.kinds import EMAIL


class SetEmail(msgspec.Struct, frozen=True, gc=False):
    """Name an address, sealed. Another one that was not confirmed yet goes; the one that was stays until this one is confirmed."""

    account_id: str
    sealed: str
    at: datetime


class ConfirmEmail(msgspec.Struct, frozen=True, gc=False):
    """Confirm an address: it takes the place of every other."""

    account_id: str
    address_id: str
    at: datetime


def streams_of(ask: SetEmail | ConfirmEmail) -> Sequence[StreamRef]:
    """Name what the account set, and the account."""
    return StreamRef(NOTIFICATION, notifications_of(ask.account_id)), StreamRef(ACCOUNT, ask.account_id)


def set_email(ask: SetEmail, streams: UnitOfWork) -> Outcome:
    """Name an address; a repeat changes nothing.

    Raises:
        AccountUnknown: for an account that does not exist. Refused: what the rules of addresses refuse.

    """
    check_account(streams, ask.account_id)
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    address_id = address_of(ask.account_id, EMAIL, ask.sealed)
    for other, known in list(own.state.addresses.items()):
        if known.channel == EMAIL and not known.confirmed and other != address_id:
            own.decide(RemoveAddress(ask.account_id, other, "replaced", ask.at))
    own.decide(AddAddress(ask.account_id, EMAIL, ask.sealed, ask.at))
    return Outcome(AddressReceipt(address_id, added=True, confirmed=own.state.addresses[address_id].confirmed), own)


def confirm_email(ask: ConfirmEmail, streams: UnitOfWork) -> Outcome:
    """Confirm an address; a repeat changes nothing.

    Raises:
        AddressUnknown: for one that was taken back or replaced.

    """
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    own.decide(ConfirmAddress(ask.account_id, ask.address_id, ask.at))
    for other, known in list(own.state.addresses.items()):
        if known.channel == EMAIL and other != ask.address_id:
            own.decide(RemoveAddress(ask.account_id, other, "replaced", ask.at))
    return Outcome(AddressReceipt(ask.address_id, added=True, confirmed=True), own)
