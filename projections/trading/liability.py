"""The open liability: what the book would pay if every open bet returned all it promises, by currency.

    {pNN}:promised     hash: <bet> as the currency and what it may return, while it is open
    {pNN}:liability    hash: <currency>, the sum of these

A bet is in its account's partition; whoever asks adds up the partitions. A bet that is settled anew stays settled: its reversal and the
next settlement are one append.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.fact import Recorded
from projections.changes import Add, Change, Drop, Put
from projections.partitions import TAGS, tag_of
from projections.ports import Row, SeenRows, View

LIABILITY = "liability"
SUMS = tuple(f"{tag}:{LIABILITY}" for tag in TAGS)
"""The key of the sums in each partition."""


class PromisedRow(msgspec.Struct, frozen=True, array_like=True):
    """What an open bet may return, as it is kept."""

    currency: str
    potential_returns_minor: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PromisedRow).decode


def _row(recorded: Recorded[Any]) -> Row:
    return Row(f"{tag_of(recorded.body.account_id)}:promised", recorded.stream_id)


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a bet that is settled or cashed out, what it promised."""
    return (_row(recorded),) if isinstance(recorded.body, BetSettled | BetCashedOut) else ()


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Add what a bet promises when it is struck, and take that off when it is settled; a cash-out leaves what the rest promises."""
    match body := recorded.body:
        case BetPlaced():
            row, promised = _row(recorded), PromisedRow(body.currency, body.potential_returns_minor)
            return Put(row.key, row.field, _encode(promised)), _moved(body.account_id, promised.currency, promised.potential_returns_minor)
        case BetSettled() if kept := rows.get(row := _row(recorded)):
            promised = _decode(kept)
            return Drop(row.key, row.field), _moved(body.account_id, promised.currency, -promised.potential_returns_minor)
        case BetCashedOut() if kept := rows.get(row := _row(recorded)):
            promised, left_minor = _decode(kept), body.potential_returns_minor
            moved = _moved(body.account_id, promised.currency, left_minor - promised.potential_returns_minor)
            rest = Put(row.key, row.field, _encode(PromisedRow(promised.currency, left_minor)))
            return rest if body.stake_left_minor else Drop(row.key, row.field), moved
        case _:
            return ()


def _moved(account_id: str, currency: str, amount_minor: int) -> Add:
    return Add(f"{tag_of(account_id)}:{LIABILITY}", currency, amount_minor)


VIEW = View(
    LIABILITY,
    2,
    project,
    consumes=frozenset({BetPlaced, BetCashedOut, BetSettled}),
    ignores=frozenset({BetPending, ReferralAnswered, BetRefused, BetLegResulted, BetSettlementReversed}),
    sees=sees,
)
