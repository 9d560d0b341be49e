"""Where an account is told beside the page: its addresses, sealed until somebody shows one or sends to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.fact import moment
from projections.notifications import inbox
from projections.notifications.inbox import inbox_key
from projections.ports import Page, RankedRow, ReadModels

ADDRESSES_MAX = 20
"""As many as an account may have."""


class AddressRow(NamedTuple):
    """An address as it is kept; `sealed` opens with the key of its account as a JSON object of text. `at_us` since when it stands."""

    address_id: str
    channel: str
    sealed: str
    confirmed: bool
    at_us: int


class AddressView(msgspec.Struct, frozen=True):
    """An address as its account sees it: `address` is None where it cannot be opened any more; `device` is what the person called it."""

    address_id: str
    channel: str
    address: str | None
    device: str
    confirmed: bool
    at: datetime


class AddressViews(msgspec.Struct, frozen=True):
    """All addresses of an account, the newest first."""

    items: list[AddressView]


_row = msgspec.msgpack.Decoder(tuple[str, str, int]).decode


async def addresses_of(reads: ReadModels, account_id: str) -> list[AddressRow]:
    """Return the addresses of an account, the newest first."""
    (rows,) = await reads.many(inbox.VIEW, [addresses_ask(account_id)])
    return address_rows(rows)


def addresses_ask(account_id: str) -> Page:
    """Return the question for an account's addresses, for whoever asks more in one round trip."""
    rows = inbox_key(inbox.REACHED, account_id)
    return Page(inbox_key(inbox.ADDRESSES, account_id), ADDRESSES_MAX, newest_first=True, rows=rows, suffixes=("", inbox.CONFIRMED))


def address_rows(rows: Sequence[RankedRow]) -> list[AddressRow]:
    """Return the addresses that an answer has."""
    found = []
    for row in rows:
        kept, confirmed = row.rows
        if kept is not None:
            channel, sealed, at_us = _row(kept)
            found.append(AddressRow(row.member.decode(), channel, sealed, confirmed is not None, at_us))
    return found


def shown_address(opened: str | None) -> tuple[str | None, str]:
    """Return what an account reads of an address of its own, no secret of a subscription, and what it called the device."""
    if opened is None:
        return None, ""
    try:
        fields = msgspec.json.decode(opened, type=dict[str, str])
    except msgspec.DecodeError:
        return None, ""
    return next((fields[name] for name in ("email", "endpoint", "token") if name in fields), None), fields.get("device", "")


def address_views(rows: Sequence[AddressRow], opened: Sequence[str | None]) -> AddressViews:
    """Return addresses with what is shown of each."""
    items = [
        AddressView(row.address_id, row.channel, *shown_address(text), row.confirmed, moment(row.at_us))
        for row, text in zip(rows, opened, strict=True)
    ]
    return AddressViews(items)
