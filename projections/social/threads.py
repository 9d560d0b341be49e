"""Comments on a slip, in two levels, in the order in which they were posted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from domain.fact import moment
from projections.ports import Cursor, Page, RankedRow, ReadModels, Size
from projections.social import people, relations
from projections.social.cards import SlipAuthor
from projections.social.engagement import COMMENT_ROWS, VIEW, CommentRow, EditedRow, comments_key, thread_key
from projections.social.own_mutes import OpenTexts, OwnMutes, own_mutes

PAGE_MAX = 100
REPLIES_SHOWN_MAX = 3
"""Replies that come with a comment; the others have pages of their own."""


class ReplyView(msgspec.Struct, frozen=True):
    """A comment as it is shown; `text` is sealed until the page is made. It has no text and no author where it was deleted.

    A held comment is shown as a deleted one to all but its author; those of a shadowed author are not shown to others at all.
    """

    comment_id: str
    slip_id: str
    parent_id: str | None
    author: SlipAuthor | None
    text: str | None
    deleted: bool
    held: bool
    edited: bool
    posted_at: datetime
    position: int


class CommentView(ReplyView, frozen=True):
    """A comment with the first replies to it; `replies_count` counts all, with those that are not shown to everybody."""

    replies: list[ReplyView]
    replies_count: int


class CommentViews(msgspec.Struct, frozen=True):
    """A page of comments, oldest first; `next_cursor` is None at the end."""

    items: list[CommentView]
    next_cursor: str | None


comment_row = msgspec.msgpack.Decoder(CommentRow).decode
_edited_row = msgspec.msgpack.Decoder(EditedRow).decode


async def comments(
    reads: ReadModels,
    viewer_id: str,
    slip_id: str,
    parent_id: str,
    cursor: str | None,
    limit: int,
    now_us: int,
    *,
    open_texts: OpenTexts | None = None,
) -> CommentViews:
    """Return comments on a slip, or the replies to one of them, without those of authors that the viewer does not see.

    Given `open_texts`, comments with a word that the viewer mutes are left out too, with the replies to them.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    mutes = await own_mutes(reads, viewer_id, now_us, open_texts)
    return await _found(reads, viewer_id, slip_id, parent_id, after, limit, now_us, mutes)


async def _found(
    reads: ReadModels, viewer_id: str, slip_id: str, parent_id: str, after: Cursor | None, limit: int, now_us: int, mutes: OwnMutes
) -> CommentViews:
    """Return what is shown after a cursor, however much that is hidden comes before it."""
    found: list[CommentView] = []
    while True:
        (page,) = await reads.many(VIEW, [_page(slip_id, parent_id, limit + 1, after)])
        shown = page[:limit]
        found += await _shown(reads, viewer_id, slip_id, shown, now_us, mutes, with_replies=not parent_id)
        after = Cursor(shown[-1].score, shown[-1].member.decode()) if len(page) > limit else None
        if after is None or found:
            return CommentViews(found, after.text if after is not None else None)


def _page(slip_id: str, parent_id: str, limit: int, after: Cursor | None = None) -> Page:
    return Page(thread_key(slip_id, parent_id), limit, after, rows=comments_key(slip_id), suffixes=COMMENT_ROWS)


async def _shown(
    reads: ReadModels,
    viewer_id: str,
    slip_id: str,
    entries: Sequence[RankedRow],
    now_us: int,
    mutes: OwnMutes,
    *,
    with_replies: bool,
) -> list[CommentView]:
    """Return comments with the first replies to each; a deleted one is shown only for the replies below it that are."""
    ids = [entry.member.decode() for entry in entries]
    replies: list[Sequence[RankedRow]] = [()] * len(ids)
    sizes = [0] * len(ids)
    if with_replies and ids:
        asks = [ask for each in ids for ask in (_page(slip_id, each, REPLIES_SHOWN_MAX), Size(thread_key(slip_id, each)))]
        answers = await reads.many(VIEW, asks)
        replies, sizes = list(answers[::2]), list(answers[1::2])
    every = [row for row in (*entries, *[reply for each in replies for reply in each]) if row.rows[0] is not None]
    rows = {entry.member: comment_row(entry.rows[0] or b"") for entry in every}
    texts = [(rows[entry.member].author_id, text_of_comment(entry, rows[entry.member])) for entry in every]
    for entry, is_hidden in zip(every, await mutes.hidden(texts), strict=True):
        if is_hidden:
            del rows[entry.member]
    authors = list(dict.fromkeys(row.author_id for row in rows.values()))
    viewer = await relations.viewer(reads, viewer_id, authors, now_us)
    named = await people.handles(reads, [each for each in authors if each not in viewer.muted], viewer)
    found = []
    for entry, of_it, size in zip(entries, replies, sizes, strict=True):
        below = [view for reply in of_it if (view := reply_view(slip_id, reply, rows, named, viewer_id)) is not None and not view.deleted]
        head = reply_view(slip_id, entry, rows, named, viewer_id)
        if head is not None and head.deleted and not below and size > len(of_it) > 0:
            rest = Cursor(of_it[-1].score, of_it[-1].member.decode())
            later = await _found(reads, viewer_id, slip_id, head.comment_id, rest, REPLIES_SHOWN_MAX, now_us, mutes)
            below = [_as_reply(each) for each in later.items]
        if head is not None and (not head.deleted or below):
            found.append(CommentView(**msgspec.structs.asdict(head), replies=below, replies_count=size))
    return found


def _as_reply(view: CommentView) -> ReplyView:
    return ReplyView(**{name: getattr(view, name) for name in ReplyView.__struct_fields__})


def text_of_comment(entry: RankedRow, row: CommentRow) -> str:
    """Return the sealed text of a comment as it stands, empty where it was deleted."""
    if entry.rows[2] is not None:
        return ""
    return _edited_row(entry.rows[1]).text if entry.rows[1] is not None else row.text


def reply_view(
    slip_id: str, entry: RankedRow, rows: Mapping[bytes, CommentRow], handles: Mapping[str, str], viewer_id: str
) -> ReplyView | None:
    """Return a comment as somebody is shown it, with its text sealed; None where its author has no handle here."""
    row = rows.get(entry.member)
    if row is None or row.author_id not in handles:
        return None
    is_held = entry.rows[3] is not None
    is_deleted = entry.rows[2] is not None or (is_held and row.author_id != viewer_id)
    return ReplyView(
        comment_id=entry.member.decode(),
        slip_id=slip_id,
        parent_id=row.parent_id or None,
        author=None if is_deleted else SlipAuthor(row.author_id, handles[row.author_id]),
        text=None if is_deleted else text_of_comment(entry, row),
        deleted=is_deleted,
        held=is_held and not is_deleted,
        edited=entry.rows[1] is not None,
        posted_at=moment(row.at_us),
        position=row.position,
    )
