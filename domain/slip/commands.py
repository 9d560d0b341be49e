"""What may be asked of a slip."""

from datetime import datetime

import msgspec

from domain.settling.same_game import SameGame
from domain.slip.facts import SlipLeg


class ShareSlip(msgspec.Struct, frozen=True, gc=False):
    """Show a slip to others.

    With a `bet_id` it is verified: type, legs, `same_game`, stake and currency are those of its placement, as the use case read them.
    Without one it is a pick, and there is no stake. `caption` is sealed text, empty where there is none.
    """

    slip_id: str
    author_id: str
    type: str
    legs: tuple[SlipLeg, ...]
    visibility: str
    stake_shown: str
    at: datetime
    bet_id: str = ""
    stake_minor: int = 0
    currency: str = ""
    unit_minor: int = 0
    caption: str = ""
    mentions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    same_game: tuple[SameGame, ...] = ()


class ChangeSlip(msgspec.Struct, frozen=True, gc=False):
    """Change who sees a slip, or whether and until when it takes comments; None leaves one as it is.

    `replies_closed` counts from now on and takes a closing time away; `replies_close_at` closes them later, and opens them until then.
    `now_us` is the log's time as far as it is known.
    """

    slip_id: str
    author_id: str
    visibility: str | None
    replies_closed: bool | None
    at: datetime
    replies_close_at: datetime | None = None
    now_us: int = 0


class RemoveSlip(msgspec.Struct, frozen=True, gc=False):
    """Take one's slip off every list, for good."""

    slip_id: str
    author_id: str
    at: datetime


class HoldSlip(msgspec.Struct, frozen=True, gc=False):
    """Show a slip to nobody but its author, by a `rule` that `actor` applied."""

    slip_id: str
    rule: str
    reason: str
    actor: str
    at: datetime


class ReleaseSlip(msgspec.Struct, frozen=True, gc=False):
    """Let a held slip be seen again."""

    slip_id: str
    actor: str
    at: datetime


SlipCommand = ShareSlip | ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip
