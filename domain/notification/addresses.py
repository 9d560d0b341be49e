"""The rules of addresses: where an account is told beside the page. Each is sealed, few at a time, and named by what follows from it.

An address opens as a JSON object of text: `{"email": ...}`, `{"endpoint": ..., "p256dh": ..., "auth": ...}`, or
`{"provider": ..., "token": ...}`.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

import msgspec

from domain.ids import address_of
from domain.notification.commands import AddAddress, AddressCommand, ConfirmAddress, RemoveAddress
from domain.notification.facts import AddressAdded, AddressConfirmed, AddressFact, AddressRemoved
from domain.notification.kinds import ADDRESSED, CONFIRMED_FIRST
from domain.refused import Refused
from domain.sealed_text import SEALED, TextNotSealed

ADDRESSES_MAX = 20
"""As many as an account may have at a time, of all channels together."""
SEALED_ADDRESS_MAX = 3_000
"""How long a sealed address is at most: a push subscription takes some 600 characters."""
REMOVED_WHY = ("person", "gone", "bounced", "complained", "replaced")


class AddressMalformed(Refused):
    """There is no such address: it belongs to a channel outside the page, and its removal has a known reason."""

    channel: str
    why: str


class TooManyAddresses(Refused):
    """An account has at most 20 addresses at a time."""

    addresses_max: int


class AddressUnknown(Refused):
    """The account has no such address."""

    address_id: str


class KnownAddress(msgspec.Struct, frozen=True, gc=False):
    """An address that stands: of which channel, sealed, and whether it was confirmed."""

    channel: str
    sealed: str
    confirmed: bool = False


def decide_address(addresses: Mapping[str, KnownAddress], command: AddressCommand) -> Sequence[AddressFact]:
    """Decide what follows from a command about addresses. A repeat changes nothing; taking back what is not there neither.

    Raises:
        AddressMalformed, TextNotSealed, TooManyAddresses: from `AddAddress`, in this order.
        AddressUnknown: from `ConfirmAddress`. AddressMalformed: from `RemoveAddress`.

    """
    match command:
        case AddAddress(account_id, channel, sealed, at):
            if channel not in ADDRESSED:
                raise AddressMalformed(channel[:30], "")
            if len(sealed) > SEALED_ADDRESS_MAX or SEALED.fullmatch(sealed) is None:
                raise TextNotSealed("address")
            address_id = address_of(account_id, channel, sealed)
            if address_id in addresses:
                return ()
            if len(addresses) >= ADDRESSES_MAX:
                raise TooManyAddresses(ADDRESSES_MAX)
            return (AddressAdded(account_id, channel, address_id, sealed, at),)
        case ConfirmAddress(account_id, address_id, at):
            if address_id not in addresses:
                raise AddressUnknown(address_id[:60])
            return () if addresses[address_id].confirmed else (AddressConfirmed(account_id, address_id, at),)
        case RemoveAddress(account_id, address_id, why, at):
            if why not in REMOVED_WHY:
                raise AddressMalformed("", why[:30])
            return (AddressRemoved(account_id, address_id, why, at),) if address_id in addresses else ()
        case _:
            assert_never(command)


def addresses_after(addresses: Mapping[str, KnownAddress], fact: AddressFact) -> dict[str, KnownAddress]:
    """Return the addresses as they are after the fact."""
    match fact:
        case AddressAdded():
            known = KnownAddress(fact.channel, fact.sealed, confirmed=fact.channel not in CONFIRMED_FIRST)
            return {**addresses, fact.address_id: known}
        case AddressConfirmed():
            known = msgspec.structs.replace(addresses[fact.address_id], confirmed=True)
            return {**addresses, fact.address_id: known}
        case AddressRemoved():
            return {address_id: known for address_id, known in addresses.items() if address_id != fact.address_id}
        case _:
            assert_never(fact)
