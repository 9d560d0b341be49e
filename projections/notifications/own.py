"""What an account set of its notifications, what protects it, and what it marked, as the view of its inbox keeps it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from domain.notification.kinds import ADDRESSED
from domain.notification.policy import Preferences, Protection
from domain.notification.schedule import DigestChoice, Schedule
from projections.notifications import inbox
from projections.notifications.inbox import inbox_key
from projections.ports import Ask, Fields, Page, RankedRow, ReadModels

PREFERENCES_MAX = 1_000
SCHEDULED = (inbox.SCHEDULE, inbox.LANGUAGE, *[inbox.DIGEST + channel for channel in ADDRESSED])
_hours = msgspec.msgpack.Decoder(tuple[str, int, int, str]).decode
_digest = msgspec.msgpack.Decoder(DigestChoice).decode


class Own(NamedTuple):
    """What an account set, its schedule, and its marks: up to which position it saw, read and archived, all or single notices."""

    preferences: Preferences
    protection: Protection
    marks: Mapping[str, int]
    single: Mapping[str, Mapping[str, int]]
    schedule: Schedule

    def is_marked(self, mark: str, notice_id: str, position: int) -> bool:
        """Whether what happened at a position is marked."""
        return 0 < position <= max(self.marks.get(mark, 0), self.single.get(mark, {}).get(notice_id, 0))


async def own_of(reads: ReadModels, account_id: str) -> Own:
    """Return what an account set and marked."""
    return own_answered(await reads.many(inbox.VIEW, own_asks(account_id)))


def own_asks(account_id: str) -> list[Ask]:
    """Return the questions for what an account set and marked, for whoever asks more in one round trip; see `own_answered`."""
    return [
        Page(inbox_key(inbox.PREFERENCES, account_id), PREFERENCES_MAX, newest_first=True),
        Fields(inbox_key(inbox.MARKS, account_id), (*inbox.WHOLE, inbox.TIMED_OUT, inbox.EXCLUDED, inbox.CLOSED, *SCHEDULED)),
        *[Page(inbox_key(mark, account_id), inbox.MARKED_MAX, newest_first=True) for mark in inbox.SINGLE],
    ]


def own_answered(answers: Sequence[Any]) -> Own:
    """Return what the answers to `own_asks` say."""
    set_, marks, *of_single = answers
    numbers = [int(value or 0) for value in marks[: len(inbox.WHOLE)]]
    timed_out, excluded, closed, *scheduled = marks[len(inbox.WHOLE) :]
    single = {mark: {row.member.decode(): row.score for row in rows} for mark, rows in zip(inbox.SINGLE, of_single, strict=True)}
    protection = Protection(int(timed_out or 0), int(excluded or 0), closed is not None)
    return Own(_preferences(set_), protection, dict(zip(inbox.WHOLE, numbers, strict=True)), single, _schedule(scheduled))


def _schedule(rows: Sequence[bytes | None]) -> Schedule:
    hours, language, *digests = rows
    kept = {channel: _digest(row) for channel, row in zip(ADDRESSED, digests, strict=True) if row is not None}
    known = Schedule(*_hours(hours)) if hours is not None else Schedule()
    return known._replace(digests=kept, language=language.decode() if language is not None else known.language)


def _preferences(rows: Sequence[RankedRow]) -> Preferences:
    settings: dict[tuple[str, str, str], tuple[str, int]] = {}
    for row in rows:
        level, channel, subject, setting = row.member.decode().split("|")
        settings[level, channel, subject] = (setting, row.score)
    return Preferences(settings)
