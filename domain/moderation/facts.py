"""What happens to the case of an item: a slip, a comment or an account. Its stream's id follows from the item (`domain.ids.case_of`)."""

from datetime import datetime

import msgspec

from domain.fact import Fact


class ModeratedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What a case is about: `kind` is slip, comment or account.

    `slip_id` is the slip itself, or the one commented on, empty for an account.
    """

    kind: str
    item_id: str
    author_id: str
    slip_id: str = ""


class ItemReported(Fact, frozen=True, tag="moderation.item_reported.v1"):
    """Somebody reported the item, for a reason of a closed vocabulary. An account reports an item once."""

    item: ModeratedItem
    reporter_id: str
    reason: str
    at: datetime


class ItemHeld(Fact, frozen=True, tag="moderation.item_held.v1"):
    """The item is shown to nobody but its author until it is released; an account neither shares nor comments, until `until`.

    `rule` says which rule held it, `actor` who applied it: a moderator, `reports` where so many reports that nobody had looked at held it,
    or `words` where the word filter marked its text. `reports` is how many reports nobody had looked at.
    """

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    reports: int
    at: datetime
    until: datetime | None = None


class ItemRemoved(Fact, frozen=True, tag="moderation.item_removed.v1"):
    """A moderator upheld the reports: the item stays hidden from all but its author."""

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    at: datetime


class ItemReleased(Fact, frozen=True, tag="moderation.item_released.v1"):
    """A moderator let the item be seen again, or the account share again."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


class ReportsDismissed(Fact, frozen=True, tag="moderation.reports_dismissed.v1"):
    """A moderator looked at the reports and found nothing wrong with an item that was not held. Later reports are counted anew."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


class DecisionAppealed(Fact, frozen=True, tag="moderation.decision_appealed.v1"):
    """The author asked for another look at what was held or removed. `text` is sealed."""

    item: ModeratedItem
    text: str
    at: datetime


class AppealDecided(Fact, frozen=True, tag="moderation.appeal_decided.v1"):
    """Another moderator than the one who decided looked again. An appeal that is `granted` releases the item."""

    item: ModeratedItem
    granted: bool
    reason: str
    actor: str
    at: datetime


class AccountShadowed(Fact, frozen=True, tag="moderation.account_shadowed.v1"):
    """From now on, what the account shares and says is shown to itself alone."""

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    at: datetime


class AccountUnshadowed(Fact, frozen=True, tag="moderation.account_unshadowed.v1"):
    """What the account shares and says is shown to others again."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


ModerationFact = (
    ItemReported
    | ItemHeld
    | ItemRemoved
    | ItemReleased
    | ReportsDismissed
    | DecisionAppealed
    | AppealDecided
    | AccountShadowed
    | AccountUnshadowed
)
