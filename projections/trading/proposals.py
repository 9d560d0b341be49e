"""The open proposals, which wait for a second trader, oldest first.

    {pNN}:open    sorted set of proposals, by the second in which they expire
    {pNN}:rows    hash: <proposal> as it was made

All in one partition: they are few, and read together. One that expired is not shown, and is deleted with a later one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.fact import Recorded, micros, moment
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from projections.changes import Change, Cut, Drop, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Cursor, Page, ReadModels, View

PROPOSALS = tag_of("proposals")
OPEN = f"{PROPOSALS}:open"
ROWS = f"{PROPOSALS}:rows"
PAGE_MAX = 200
SECOND_US = 1_000_000


class ProposalRow(msgspec.Struct, frozen=True, array_like=True):
    """A proposal as it was made, as it is kept; `proposed_us` is when it was committed."""

    action: str
    market_id: str
    details: str
    cause: str
    proposed_by: str
    proposed_us: int
    expires_at: datetime
    fixture_id: str = ""
    account_id: str = ""


class OpenProposal(msgspec.Struct, frozen=True):
    """A proposal as it is listed: what it would do to which market, fixture or account, why it needs another trader, and its age."""

    proposal_id: str
    action: str
    market_id: str | None
    fixture_id: str | None
    account_id: str | None
    details: msgspec.Raw
    cause: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    age_s: int


class OpenProposals(msgspec.Struct, frozen=True):
    """A page of proposals, oldest first; `next_cursor` is None at the end."""

    items: list[OpenProposal]
    next_cursor: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ProposalRow).decode


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact of a proposal changes."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _proposed(recorded: Recorded, fact: ActionProposed) -> Sequence[Change]:
    what = (fact.action, fact.market_id, fact.details, fact.cause, fact.proposed_by)
    row = ProposalRow(*what, recorded.committed_us, fact.expires_at, fact.fixture_id, fact.holder_id)
    return (
        Put(ROWS, recorded.stream_id, _encode(row)),
        Rank(OPEN, recorded.stream_id, micros(fact.expires_at) // SECOND_US),
        Cut(OPEN, recorded.committed_us // SECOND_US - 1),
    )


def _closed(recorded: Recorded, _fact: ProposalApproved | ProposalRejected) -> Sequence[Change]:
    return (Unrank(OPEN, recorded.stream_id), Drop(ROWS, recorded.stream_id))


async def open_proposals(reads: ReadModels, now_us: int, *, cursor: str | None = None, limit: int = 50) -> OpenProposals:
    """Return open proposals that have not expired by `now_us`, at most `limit` (up to 200) after the cursor, oldest first.

    Raises:
        UnreadableCursor: when the cursor is not one that a list gave.

    """
    limit = max(1, min(limit, PAGE_MAX))
    after = Cursor.read(cursor) or Cursor(now_us // SECOND_US, "")
    (entries,) = await reads.many(VIEW, [Page(OPEN, limit + 1, after, rows=ROWS, suffixes=("",))])
    shown = [_shown(entry.member.decode(), _decode(entry.rows[0]), now_us) for entry in entries[:limit] if entry.rows[0] is not None]
    more = len(entries) > limit
    return OpenProposals(shown, Cursor(entries[limit - 1].score, entries[limit - 1].member.decode()).text if more else None)


def _shown(proposal_id: str, row: ProposalRow, now_us: int) -> OpenProposal:
    return OpenProposal(
        proposal_id=proposal_id,
        action=row.action,
        market_id=row.market_id or None,
        fixture_id=row.fixture_id or None,
        account_id=row.account_id or None,
        details=msgspec.Raw(row.details.encode()),
        cause=row.cause,
        proposed_by=row.proposed_by,
        proposed_at=moment(row.proposed_us),
        expires_at=row.expires_at,
        age_s=max(0, (now_us - row.proposed_us) // SECOND_US),
    )


_PROJECTED: Mapping[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    ActionProposed: _proposed,
    ProposalApproved: _closed,
    ProposalRejected: _closed,
}

VIEW = View("proposals", 4, project, consumes=frozenset(_PROJECTED), ignores=frozenset())
