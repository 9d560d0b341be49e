"""What may be asked of the case of an item. Who acts is checked by the use case; `item` is as the item's own stream has it."""

from datetime import datetime

import msgspec

from domain.moderation.facts import ModeratedItem


class ReportItem(msgspec.Struct, frozen=True, gc=False):
    """Report an item. From `hold_at` reports on that no moderator has looked at, a slip or a comment is held; 0 never holds."""

    item: ModeratedItem
    reporter_id: str
    reason: str
    hold_at: int
    at: datetime


class HoldItem(msgspec.Struct, frozen=True, gc=False):
    """Hold an item by a rule; an account until a moment, at most a year from `now_us`, the log's time."""

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    at: datetime
    until: datetime | None = None
    now_us: int = 0


class RemoveItem(msgspec.Struct, frozen=True, gc=False):
    """Hide a slip or a comment for good."""

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    at: datetime


class ReleaseItem(msgspec.Struct, frozen=True, gc=False):
    """Let an item be seen again, or an account share again."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


class DismissReports(msgspec.Struct, frozen=True, gc=False):
    """Find nothing wrong with an item that is not held."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


class AppealDecision(msgspec.Struct, frozen=True, gc=False):
    """Ask for another look at what was held or removed. `text` is sealed."""

    item: ModeratedItem
    text: str
    at: datetime


class DecideAppeal(msgspec.Struct, frozen=True, gc=False):
    """Grant an appeal, or decline it."""

    item: ModeratedItem
    granted: bool
    reason: str
    actor: str
    at: datetime


class ShadowAccount(msgspec.Struct, frozen=True, gc=False):
    """Show what an account shares and says to itself alone."""

    item: ModeratedItem
    rule: str
    reason: str
    actor: str
    at: datetime


class UnshadowAccount(msgspec.Struct, frozen=True, gc=False):
    """Show what an account shares and says to others again."""

    item: ModeratedItem
    reason: str
    actor: str
    at: datetime


ModeratorCommand = HoldItem | RemoveItem | ReleaseItem | DismissReports | DecideAppeal | ShadowAccount | UnshadowAccount
ModerationCommand = ReportItem | AppealDecision | ModeratorCommand
