"""What an account mutes beside accounts. One stream for each account (`domain.ids.mutes_of`).

A mute holds before `until`, or for good where there is none. Words are sealed text: one word of an account is always the same bytes.
"""

from datetime import datetime

from domain.fact import Fact


class ThreadMuted(Fact, frozen=True, tag="mutes.thread_muted.v1"):
    """A slip and what is said below it are no longer shown to the account in lists."""

    account_id: str
    slip_id: str
    until: datetime | None
    at: datetime


class ThreadUnmuted(Fact, frozen=True, tag="mutes.thread_unmuted.v1"):
    """The slip and its discussion are shown again."""

    account_id: str
    slip_id: str
    at: datetime


class WordMuted(Fact, frozen=True, tag="mutes.word_muted.v1"):
    """Texts in which the word stands are no longer shown to the account in lists."""

    account_id: str
    word: str
    until: datetime | None
    at: datetime


class WordUnmuted(Fact, frozen=True, tag="mutes.word_unmuted.v1"):
    """Texts with the word are shown again."""

    account_id: str
    word: str
    at: datetime


MutesFact = ThreadMuted | ThreadUnmuted | WordMuted | WordUnmuted
