"""What can be wrong with reports, holds, decisions and appeals."""

from commands.audit.violation import Violation


class ReportOutOfPlace(Violation, frozen=True):
    """An account reported its own item, one that it had reported before, or one that it does not see."""

    item_id: str
    standing: str


class CaseOutOfOrder(Violation, frozen=True):
    """A case was decided where there was nothing to decide, or as it was decided before."""

    standing: str


class CaseOfAnother(Violation, frozen=True):
    """A fact of a case names another item than the case is about, or another author than the item has."""

    item_id: str
    author_id: str


class HeldByTooFew(Violation, frozen=True):
    """A hold does not tell the number of open reports, or reports alone held what they do not hold."""

    reports: int
    open_reports: int


class MarkedWithoutText(Violation, frozen=True):
    """The word filter is said to have held an item whose text does not come in the same append, or that is not hidden there."""

    item_id: str


class ItemNotAsDecided(Violation, frozen=True):
    """What is held or removed is seen, or what is released is not."""

    item_id: str
    standing: str


class AppealDecidedBySame(Violation, frozen=True):
    """An appeal was decided by the moderator who had decided before."""

    actor: str


class SharedWhileSuspended(Violation, frozen=True):
    """An account shared, reposted or commented while it was suspended from that."""

    account_id: str


class HeldWithoutCase(Violation, frozen=True):
    """A slip or a comment is said to be held for reports or words, and its case does not say so in the same append."""


class CommentHoldOutOfOrder(Violation, frozen=True):
    """A comment was held while it was, or released while it was not."""

    standing: str
