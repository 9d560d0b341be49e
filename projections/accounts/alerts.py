"""The open alerts of monitoring, oldest first, for compliance alone: no row here is in a partition, a key or a channel of the holder's.

    {pNN}:open    sorted set of alerts, by the microsecond in which they were raised
    {pNN}:rows    hash: <alert> as it was raised

All in one partition: they are few, and read together. An alert is named by the stream of its account's monitoring and its number.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.fact import Recorded, moment
from domain.monitoring.facts import AlertsClosed, TransferAssessed
from projections.changes import Change, Drop, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Cursor, Page, ReadModels, View

ALERTS = tag_of("alerts")
OPEN = f"{ALERTS}:open"
ROWS = f"{ALERTS}:rows"
PAGE_MAX = 200


class AlertFinding(msgspec.Struct, frozen=True, array_like=True):
    """A rule that was met, as it is kept: what the transfer came to there, and from what on it is met."""

    rule: str
    measured: int
    bound: int


class AlertRow(msgspec.Struct, frozen=True, array_like=True):
    """An alert as it is kept; `raised_us` is when it was committed."""

    account_id: str
    number: int
    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    findings: tuple[AlertFinding, ...]
    raised_us: int


class ListedFinding(msgspec.Struct, frozen=True):
    """A rule that was met, as it is listed: minor units, but for `count`, which counts transfers."""

    rule: str
    measured: int
    bound: int


class Alert(msgspec.Struct, frozen=True):
    """An alert as it is listed: of which account and transfer, and which rules that met."""

    account_id: str
    number: int
    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    findings: list[ListedFinding]
    raised_at: datetime


class Alerts(msgspec.Struct, frozen=True):
    """A page of open alerts, oldest first; `next_cursor` is None at the end."""

    items: list[Alert]
    next_cursor: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AlertRow).decode


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact of monitoring changes here."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _assessed(recorded: Recorded, fact: TransferAssessed) -> Sequence[Change]:
    if not fact.alert:
        return ()
    row = AlertRow(
        account_id=fact.holder_id,
        number=fact.alert,
        transfer_id=fact.transfer_id,
        direction=fact.direction,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        findings=tuple([AlertFinding(each.rule, each.measured, each.bound) for each in fact.findings]),
        raised_us=recorded.committed_us,
    )
    name = _name(recorded, fact.alert)
    return Put(ROWS, name, _encode(row)), Rank(OPEN, name, recorded.committed_us)


def _closed(recorded: Recorded, fact: AlertsClosed) -> Sequence[Change]:
    names = [_name(recorded, number) for number in range(fact.first, fact.upto + 1)]
    return [change for name in names for change in (Unrank(OPEN, name), Drop(ROWS, name))]


def _name(recorded: Recorded, number: int) -> str:
    return f"{recorded.stream_id}:{number}"


async def alerts(reads: ReadModels, *, cursor: str | None = None, limit: int = 50) -> Alerts:
    """Return open alerts, at most `limit` (up to 200) after the cursor.

    Raises:
        UnreadableCursor: when the cursor is not one that a list gave.

    """
    limit = max(1, min(limit, PAGE_MAX))
    (entries,) = await reads.many(VIEW, [Page(OPEN, limit + 1, Cursor.read(cursor), rows=ROWS, suffixes=("",))])
    shown = [_shown(_decode(entry.rows[0])) for entry in entries[:limit] if entry.rows[0] is not None]
    more = len(entries) > limit
    return Alerts(shown, Cursor(entries[limit - 1].score, entries[limit - 1].member.decode()).text if more else None)


def _shown(row: AlertRow) -> Alert:
    return Alert(
        account_id=row.account_id,
        number=row.number,
        transfer_id=row.transfer_id,
        direction=row.direction,
        amount_minor=row.amount_minor,
        currency=row.currency,
        findings=[ListedFinding(each.rule, each.measured, each.bound) for each in row.findings],
        raised_at=moment(row.raised_us),
    )


_PROJECTED: Mapping[type, Callable[[Recorded, Any], Sequence[Change]]] = {TransferAssessed: _assessed, AlertsClosed: _closed}

VIEW = View("alerts", 1, project, consumes=frozenset(_PROJECTED))
