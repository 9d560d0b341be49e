"""Where the case of an item stands, what it may hold, and what is refused."""

import msgspec

from domain.moderation.facts import ModeratedItem
from domain.refused import Refused

KINDS = ("slip", "comment", "account")
REASONS = ("spam", "abuse", "hate", "scam", "underage", "self_harm", "impersonation", "other")
"""What an item is reported for."""

REPORTERS_MAX = 1_000
APPEAL_CHARACTERS_MAX = 1_000
SUSPENSION_US_MAX = 366 * 24 * 3_600 * 1_000_000
REPORTS_RULE = "reports"
"""The rule, and the actor, of a hold that nobody but reports brought about."""
WORDS_RULE = "words"
"""The rule, and the actor, of a hold that the word filter brought about; such an item waits for a moderator."""

WORDS_REASON = "The word filter marked what it says."


class ReportReasonUnknown(Refused):
    """An item is reported for spam, abuse, hate, scam, underage, self_harm, impersonation or other."""

    reason: str


class OwnItemReported(Refused):
    """Nobody reports what is their own."""

    item_id: str


class ReportedEnough(Refused):
    """So many accounts reported this that another report adds nothing. Moderators see it."""

    reporters_max: int


class HeldByAnotherRule(Refused):
    """The item is held already, by another rule or until another moment; release it first."""

    rule: str


class NothingToAppeal(Refused):
    """The item is neither held nor removed."""

    item_id: str


class AppealedBefore(Refused):
    """A decision can be appealed once."""

    item_id: str


class AppealUnknown(Refused):
    """There is no appeal to decide."""

    item_id: str


class AppealOfOwnDecision(Refused):
    """An appeal is decided by another moderator than the one who decided first."""

    decided_by: str


class SuspensionOutOfRange(Refused):
    """An account is suspended until a moment in the future, at most 366 days away; nothing else has such a moment."""

    days_max: int


class AccountNotRemoved(Refused):
    """An account is suspended or shadowed, not removed; and nothing but an account is shadowed."""

    kind: str


class ModerationCase(msgspec.Struct, frozen=True, gc=False):
    """A case as it stands: `status` is held, removed or empty; `open_reports` counts those that no moderator has looked at.

    `decided_by` is who held or removed last, `appeal` is open, declined or empty. `until_us` is when the suspension of an account ends.
    """

    item: ModeratedItem | None = None
    reporters: frozenset[str] = frozenset()
    open_reports: int = 0
    status: str = ""
    rule: str = ""
    reason: str = ""
    until_us: int = 0
    decided_by: str = ""
    appeal: str = ""
    appeal_text: str = ""
    shadow_rule: str = ""
