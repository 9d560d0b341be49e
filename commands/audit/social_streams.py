"""The state that the audit keeps of each stream of what people do among people, until it ends."""

from datetime import datetime

import msgspec

from commands.audit.streams import Audited
from domain.odds import Odds


class AuditedProfile(Audited, kw_only=True):
    """A profile: a digest of its sealed texts, and whether the account is private."""

    account_id: str
    texts: str
    private: bool = False


class AuditedPair(Audited, kw_only=True):
    """Two accounts: which of them follow the other, ask to, and block it, and what each mutes.

    An account is one letter, l (lower id) or u, to save memory.
    """

    following: str = ""
    asking: str = ""
    blocker: str = ""
    muting: tuple[str, str] = ("", "")


class AuditedSlip(Audited, kw_only=True):
    """A slip that was not removed: whose, of which type, on which selections of which markets, as they were shared."""

    author_id: str
    type: str
    legs: tuple[tuple[str, str], ...]
    visibility: str
    replies_closed: bool = False
    replies_close_us: int = 0
    held: bool = False


class AuditedReaction(Audited, kw_only=True):
    """A reaction, while its facts are looked at: whose slip it is to, and whether it stands."""

    slip_author_id: str
    given: bool


class AuditedComment(Audited, kw_only=True):
    """A comment that stands: whose, on which slip, since when, a digest of its sealed text, and how often that was edited."""

    author_id: str
    slip_id: str
    slip_author_id: str
    is_reply: bool
    text: str
    posted_us: int
    edits: int = 0
    held: bool = False


class AuditedCase(Audited, kw_only=True):
    """The case of an item: who reported it, how many reports nobody looked at, and what was decided by whom."""

    item_kind: str
    item_id: str
    author_id: str
    slip_id: str
    reporters: set[str] = msgspec.field(default_factory=set)
    open_reports: int = 0
    status: str = ""
    decided_by: str = ""
    appeal: str = ""
    until_us: int = 0
    shadowed: bool = False


class AuditedDraft(Audited, kw_only=True):
    """A draft that was not deleted: whose, a digest of its bet, and whether it was published."""

    account_id: str
    bet: str
    published: bool = False


class AuditedMutes(Audited, kw_only=True):
    """What an account mutes: slips and sealed words, each with the moment until which, empty for good."""

    account_id: str
    threads: dict[str, str] = msgspec.field(default_factory=dict)
    words: dict[str, str] = msgspec.field(default_factory=dict)


class AuditedNotifications(Audited, kw_only=True):
    """What an account wants to be told, what it marked up to which position, its addresses (whether each was confirmed) and schedule.

    `price_alerts` are those that stand, by market and selection: the match, the odds and since when.
    """

    account_id: str
    preferences: dict[str, str] = msgspec.field(default_factory=dict)
    marks: dict[str, int] = msgspec.field(default_factory=dict)
    addresses: dict[str, bool] = msgspec.field(default_factory=dict)
    schedule: str = "UTC 0 0 digest"
    digests: dict[str, str] = msgspec.field(default_factory=dict)
    language: str = "en"
    price_alerts: dict[str, tuple[str, Odds, datetime]] = msgspec.field(default_factory=dict)
