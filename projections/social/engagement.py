"""What people do with a slip: likes, reposts, saves, tails and comments.

    {pNN}:counts            hash: <slip>:likes, :reposts, :saves, :comments, :tailers
    {pNN}:likers:<slip>     sorted set of the accounts that like it, by position
    {pNN}:reposts:<slip>    hash: <account> -> position, of those who repost it
    {pNN}:tailed            hash: <slip>:<account>, where the account tailed it
    {pNN}:comments          hash: <comment> as posted, <comment>:text as edited last, <comment>:gone, <comment>:held
    {pNN}:threads:<slip>    sorted set of the comments on it that reply to no other, by position
    {pNN}:replies:<comment> sorted set of the replies to a comment, by position
    {pNN}:given:<kind>:<account>  sorted set of <slip>:<author> that an account likes, reposts or saves, by position, in its own partition

All but `given` is in the partition of the slip's id, which every fact on a slip names. On the stream of a
reaction, giving and withdrawing alternate, so that adding one and subtracting one counts exactly those who react.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from domain.comment.facts import CommentDeleted, CommentEdited, CommentHeld, CommentPosted, CommentReleased
from domain.fact import Recorded
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.tail.facts import SlipTailed
from projections.changes import Add, Change, Drop, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Fields, ReadModels, Row, Scores, SeenRows, View

KINDS = ("like", "repost", "save")
COUNTED = {"like": "likes", "repost": "reposts", "save": "saves"}
COUNTS = ("likes", "reposts", "saves", "comments", "tailers")

TEXT, GONE, HELD_BACK = ":text", ":gone", ":held"
COMMENT_ROWS = ("", TEXT, GONE, HELD_BACK)


class CommentRow(msgspec.Struct, frozen=True, array_like=True):
    """A comment as it was posted, as it is kept; `text` is sealed, `at_us` in microseconds since 1970 by the log's clock."""

    author_id: str
    parent_id: str
    text: str
    position: int
    at_us: int


class EditedRow(msgspec.Struct, frozen=True, array_like=True):
    """What a comment says since it was edited, as it is kept."""

    text: str
    at_us: int


_encode = msgspec.msgpack.Encoder().encode


def likers_key(slip_id: str) -> str:
    """Return the key of those who like a slip."""
    return f"{tag_of(slip_id)}:likers:{slip_id}"


def reposts_key(slip_id: str) -> str:
    """Return the key of those who repost a slip."""
    return f"{tag_of(slip_id)}:reposts:{slip_id}"


def comments_key(slip_id: str) -> str:
    """Return the key of the comments of a slip's partition."""
    return f"{tag_of(slip_id)}:comments"


def thread_key(slip_id: str, parent_id: str = "") -> str:
    """Return the key of the comments on a slip, or of the replies to one of them."""
    return f"{tag_of(slip_id)}:replies:{parent_id}" if parent_id else f"{tag_of(slip_id)}:threads:{slip_id}"


def given_key(kind: str, account_id: str) -> str:
    """Return the key of the slips that an account likes, reposts or saves."""
    return f"{tag_of(account_id)}:given:{kind}:{account_id}"


def count_fields(slip_id: str) -> Fields:
    """Ask for the counts of a slip, in the order of `COUNTS`."""
    return Fields(f"{tag_of(slip_id)}:counts", [f"{slip_id}:{name}" for name in COUNTS])


async def counted(reads: ReadModels, viewer_id: str, names: Sequence[tuple[str, str]]) -> list[tuple[Mapping[str, int], frozenset[str]]]:
    """Return the counts of each slip, and which reactions the viewer gave to it. Each slip has a key: ask only for what is shown."""
    if not names:
        return []
    answers = await reads.many(VIEW, [*given_asks(viewer_id, names), *[count_fields(slip_id) for slip_id, _ in names]])
    given, counts = answers[: len(KINDS)], answers[len(KINDS) :]
    kinds = [frozenset(kind for kind, each in zip(KINDS, given, strict=True) if each[number] is not None) for number in range(len(names))]
    return [(numbers_of(row), of_viewer) for row, of_viewer in zip(counts, kinds, strict=True)]


def numbers_of(row: Sequence[bytes | None]) -> Mapping[str, int]:
    """Return counts by their names, from the answer to `count_fields`."""
    return {name: int(number or 0) for name, number in zip(COUNTS, row, strict=True)}


def given_asks(account_id: str, slips: Sequence[tuple[str, str]]) -> Sequence[Scores]:
    """Ask which of these slips, by id and author, an account likes, reposts and saves, in the order of `KINDS`."""
    members = [f"{slip_id}:{author_id}" for slip_id, author_id in slips]
    return [Scores(given_key(kind, account_id), members) for kind in KINDS]


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a tail, the one that is there if the account tailed the slip before."""
    body = recorded.body
    if not isinstance(body, SlipTailed) or body.side != "tail":
        return ()
    return (Row(f"{tag_of(body.slip_id)}:tailed", f"{body.slip_id}:{body.tailer_id}"),)


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes."""
    if isinstance(recorded.body, SlipTailed):
        return [
            change
            for row, tailed in rows.items()
            if tailed is None
            for change in (Put(row.key, row.field, b"1"), _count(recorded.body.slip_id, "tailers", 1))
        ]
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _given(recorded: Recorded, fact: Reacted) -> Sequence[Change]:
    slip_id, account_id, position = fact.slip_id, fact.account_id, recorded.position
    changes: list[Change] = [
        _count(slip_id, COUNTED[fact.kind], 1),
        Rank(given_key(fact.kind, account_id), f"{slip_id}:{fact.slip_author_id}", position),
    ]
    if fact.kind == "like":
        changes.append(Rank(likers_key(slip_id), account_id, position))
    elif fact.kind == "repost":
        changes.append(Put(reposts_key(slip_id), account_id, b"%d" % position))
    return changes


def _withdrawn(_recorded: Recorded, fact: ReactionWithdrawn) -> Sequence[Change]:
    slip_id, account_id = fact.slip_id, fact.account_id
    changes: list[Change] = [
        _count(slip_id, COUNTED[fact.kind], -1),
        Unrank(given_key(fact.kind, account_id), f"{slip_id}:{fact.slip_author_id}"),
    ]
    if fact.kind == "like":
        changes.append(Unrank(likers_key(slip_id), account_id))
    elif fact.kind == "repost":
        changes.append(Drop(reposts_key(slip_id), account_id))
    return changes


def _posted(recorded: Recorded, fact: CommentPosted) -> Sequence[Change]:
    row = CommentRow(fact.author_id, fact.parent_id, fact.text, recorded.position, recorded.committed_us)
    return (
        _count(fact.slip_id, "comments", 1),
        Put(comments_key(fact.slip_id), recorded.stream_id, _encode(row)),
        Rank(thread_key(fact.slip_id, fact.parent_id), recorded.stream_id, recorded.position),
    )


def _edited(recorded: Recorded, fact: CommentEdited) -> Sequence[Change]:
    return (Put(comments_key(fact.slip_id), recorded.stream_id + TEXT, _encode(EditedRow(fact.text, recorded.committed_us))),)


def _deleted(recorded: Recorded, fact: CommentDeleted) -> Sequence[Change]:
    """Take a comment's text away. Its row stays, since replies may hang on it."""
    key, comment_id = comments_key(fact.slip_id), recorded.stream_id
    return _count(fact.slip_id, "comments", -1), Put(key, comment_id + GONE, b"1"), Drop(key, comment_id + TEXT)


def _held(recorded: Recorded, fact: CommentHeld) -> Sequence[Change]:
    return (Put(comments_key(fact.slip_id), recorded.stream_id + HELD_BACK, b"1"),)


def _released(recorded: Recorded, fact: CommentReleased) -> Sequence[Change]:
    return (Drop(comments_key(fact.slip_id), recorded.stream_id + HELD_BACK),)


def _count(slip_id: str, name: str, by: int) -> Add:
    return Add(f"{tag_of(slip_id)}:counts", f"{slip_id}:{name}", by)


_PROJECTED: dict[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    Reacted: _given,
    ReactionWithdrawn: _withdrawn,
    CommentPosted: _posted,
    CommentEdited: _edited,
    CommentDeleted: _deleted,
    CommentHeld: _held,
    CommentReleased: _released,
}

VIEW = View("engagement", 1, project, consumes=frozenset({*_PROJECTED, SlipTailed}), sees=sees)
