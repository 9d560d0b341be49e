"""The free bets of an account, in the rows of the portfolio.

{pNN}:free_bets            hash: <free bet> as granted, <free bet>:held by how many bets, <free bet>:by the last bet struck with it
{pNN}:granted:<account>    sorted set of free bets by the position they were granted at; the newest 200, older ones go with their rows
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.fact import Recorded
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from projections.changes import Add, Change, Put, Rank, Trim
from projections.partitions import tag_of
from projections.ports import Page, RankedRow

FREE_BETS_MAX = 200
FREE_BETS = "free_bets"
HELD, BY = ":held", ":by"
FREE_BET_ROWS = ("", HELD, BY)


class GrantedRow(msgspec.Struct, frozen=True, array_like=True):
    """A free bet as it was granted, as it is kept."""

    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    at: datetime


class FreeBetView(msgspec.Struct, frozen=True):
    """A free bet as it is shown; `status` is available, used or expired, `bet_id` the last bet that was struck with it."""

    free_bet_id: str
    status: str
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    granted_at: datetime
    bet_id: str | None


class FreeBetViews(msgspec.Struct, frozen=True):
    """The newest free bets of an account, newest first."""

    items: list[FreeBetView]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(GrantedRow).decode


def _granted(recorded: Recorded, fact: FreeBetGranted, tag: str) -> Sequence[Change]:
    rows, granted = f"{tag}:{FREE_BETS}", f"{tag}:granted:{fact.account_id}"
    row = GrantedRow(fact.amount_minor, fact.currency, fact.expires_at, fact.reason, fact.at)
    return (
        Put(rows, recorded.stream_id, _encode(row)),
        Rank(granted, recorded.stream_id, recorded.position),
        Trim(granted, FREE_BETS_MAX, rows, FREE_BET_ROWS),
    )


def _used(recorded: Recorded, fact: FreeBetUsed, tag: str) -> Sequence[Change]:
    rows = f"{tag}:{FREE_BETS}"
    return Add(rows, recorded.stream_id + HELD, 1), Put(rows, recorded.stream_id + BY, fact.bet_id.encode())


def _given_back(recorded: Recorded, _fact: FreeBetGivenBack, tag: str) -> Sequence[Change]:
    return (Add(f"{tag}:{FREE_BETS}", recorded.stream_id + HELD, -1),)


def _taken_again(recorded: Recorded, _fact: FreeBetTakenAgain, tag: str) -> Sequence[Change]:
    return (Add(f"{tag}:{FREE_BETS}", recorded.stream_id + HELD, 1),)


PROJECTED: dict[type, Callable[[Recorded, Any, str], Sequence[Change]]] = {
    FreeBetGranted: _granted,
    FreeBetUsed: _used,
    FreeBetGivenBack: _given_back,
    FreeBetTakenAgain: _taken_again,
}
"""Kind of fact -> what it changes, in the partition of its account."""


def free_bets_page(account_id: str) -> Page:
    """Ask for the free bets of an account with their rows."""
    tag = tag_of(account_id)
    return Page(f"{tag}:granted:{account_id}", FREE_BETS_MAX, None, newest_first=True, rows=f"{tag}:{FREE_BETS}", suffixes=FREE_BET_ROWS)


def free_bets_of_rows(entries: Sequence[RankedRow], now: datetime) -> FreeBetViews:
    """Return free bets as their rows show them at a moment."""
    found = []
    for entry in entries:
        row, held, by = entry.rows
        if row is None:
            continue
        granted = _decode(row)
        status = "used" if int(held or 0) > 0 else "expired" if granted.expires_at <= now else "available"
        found.append(
            FreeBetView(
                free_bet_id=entry.member.decode(),
                status=status,
                amount_minor=granted.amount_minor,
                currency=granted.currency,
                expires_at=granted.expires_at,
                reason=granted.reason,
                granted_at=granted.at,
                bet_id=by.decode() if by is not None else None,
            )
        )
    return FreeBetViews(found)
