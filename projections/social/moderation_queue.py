"""What waits for moderators, oldest first, and the decisions on an author's own items, as the author sees them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.fact import moment
from projections.partitions import TAGS
from projections.ports import Cursor, Fields, Page, RankedRow, ReadModels
from projections.social import people, slips
from projections.social.cards import SlipAuthor
from projections.social.engagement import COMMENT_ROWS, CommentRow, EditedRow, comments_key
from projections.social.engagement import VIEW as ENGAGEMENT
from projections.social.moderation import VIEW, ModeratedCaseRow, cases_key, decode_case, moderated_key

PAGE_MAX = 100


class QueuedCase(msgspec.Struct, frozen=True):
    """A case that waits: `text` is the caption or the comment, `appeal_text` what its author says, sealed until the page is made."""

    kind: str
    item_id: str
    slip_id: str | None
    author: SlipAuthor
    text: str | None
    reports: int
    reasons: dict[str, int]
    waits_since: datetime
    age_s: int
    status: str
    rule: str | None
    decided_by: str | None
    appealed: bool
    appeal_text: str | None
    shadowed: bool


class QueuedCases(msgspec.Struct, frozen=True):
    """A page of what waits, oldest first; `next_cursor` is None at the end."""

    items: list[QueuedCase]
    next_cursor: str | None


class OwnCase(msgspec.Struct, frozen=True):
    """What was decided about something of one's own: `status` is held, removed or released, `appeal` open, granted, declined or None."""

    kind: str
    item_id: str
    slip_id: str | None
    status: str
    rule: str | None
    reason: str
    decided_at: datetime
    until: datetime | None
    appeal: str | None
    answer: str | None


class OwnCases(msgspec.Struct, frozen=True):
    """A page of what was decided, newest first; `next_cursor` is None at the end."""

    items: list[OwnCase]
    next_cursor: str | None


_comment_row = msgspec.msgpack.Decoder(CommentRow).decode
_edited_row = msgspec.msgpack.Decoder(EditedRow).decode


async def queue(reads: ReadModels, cursor: str | None, limit: int, now_us: int) -> QueuedCases:
    """Return what waits for a moderator. Every partition is asked: the queue is short, and moderators are few.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    asks = [Page(f"{tag}:queue", limit + 1, after, rows=f"{tag}:cases", suffixes=("",)) for tag in TAGS]
    found = sorted((row for page in await reads.many(VIEW, asks) for row in page), key=_place)
    shown = found[:limit]
    cases = [decode_case(row.rows[0]) for row in shown if row.rows[0] is not None]
    more = Cursor(shown[-1].score, shown[-1].member.decode()).text if len(found) > limit else None
    handles = await people.handles(reads, list(dict.fromkeys(case.author_id for case in cases)))
    texts = await _texts(reads, cases)
    return QueuedCases([_queued(case, text, handles, now_us) for case, text in zip(cases, texts, strict=True)], more)


def _place(row: RankedRow) -> tuple[int, bytes]:
    return row.score, row.member


async def _texts(reads: ReadModels, cases: Sequence[ModeratedCaseRow]) -> list[str | None]:
    """Return the captions of slips and the texts of comments, sealed; None for accounts and for what is no longer there."""
    if not cases:
        return []
    captions = await reads.many(slips.VIEW, [Fields(slips.cards_key(case.author_id), [case.item_id]) for case in cases])
    said = await reads.many(
        ENGAGEMENT, [Fields(comments_key(case.slip_id), [case.item_id + part for part in COMMENT_ROWS]) for case in cases]
    )
    return [_text(case, caption, of_comment) for case, (caption,), of_comment in zip(cases, captions, said, strict=True)]


def _text(case: ModeratedCaseRow, caption: bytes | None, comment: Sequence[bytes | None]) -> str | None:
    if case.kind == "slip" and caption is not None:
        return slips.decode_slip(caption).caption or None
    posted, edited, gone = comment[:3]
    if case.kind != "comment" or posted is None or gone is not None:
        return None
    return _edited_row(edited).text if edited is not None else _comment_row(posted).text


def _queued(case: ModeratedCaseRow, text: str | None, handles: dict[str, str], now_us: int) -> QueuedCase:
    return QueuedCase(
        kind=case.kind,
        item_id=case.item_id,
        slip_id=case.slip_id or None,
        author=SlipAuthor(case.author_id, handles.get(case.author_id, "")),
        text=text,
        reports=sum(case.reasons.values()),
        reasons=case.reasons,
        waits_since=moment(case.waits_from_us),
        age_s=max(0, now_us - case.waits_from_us) // 1_000_000,
        status=case.status or "open",
        rule=case.rule or None,
        decided_by=case.decided_by if case.status else None,
        appealed=case.appeal == "open",
        appeal_text=case.appeal_text or None,
        shadowed=case.shadowed,
    )


async def of_author(reads: ReadModels, author_id: str, cursor: str | None, limit: int) -> OwnCases:
    """Return what was decided about what an account made, newest first. Shadow bans are left out.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    ask = Page(moderated_key(author_id), limit + 1, after, newest_first=True, rows=cases_key(author_id), suffixes=("",))
    (page,) = await reads.many(VIEW, [ask])
    shown = page[:limit]
    more = Cursor(shown[-1].score, shown[-1].member.decode()).text if len(page) > limit else None
    return OwnCases([_own(decode_case(row.rows[0])) for row in shown if row.rows[0] is not None], more)


def _own(case: ModeratedCaseRow) -> OwnCase:
    return OwnCase(
        kind=case.kind,
        item_id=case.item_id,
        slip_id=case.slip_id or None,
        status=case.status or "released",
        rule=case.rule or None,
        reason=case.reason,
        decided_at=moment(case.decided_us),
        until=moment(case.until_us) if case.until_us else None,
        appeal=case.appeal or None,
        answer=case.answer or None,
    )
