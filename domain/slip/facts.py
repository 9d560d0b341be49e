"""What happens to a slip. A verified slip's id follows from its bet (`domain.ids.slip_of`), so that a bet is shared once."""

from datetime import datetime

import msgspec

from domain.fact import Fact
from domain.odds import Odds
from domain.settling.same_game import SameGame


class SlipLeg(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A leg as it is shown: `odds` as the bet took them or as the author typed them; `version` is the market's then, 0 in a pick."""

    fixture_id: str
    market_id: str
    selection: str
    odds: Odds
    version: int = 0


class SlipShared(Fact, frozen=True, tag="slip.shared.v2"):
    """The author shows a slip to everybody (`visibility` public) or to followers.

    A slip with a `bet_id` is verified: its type, legs and stake are those of the bet's placement. Without one it is a pick that was typed
    in by hand, and `stake_minor` is 0. `stake_shown` says how the stake is shown: amount, units (of `unit_minor` each) or hidden. `caption`
    is sealed text, empty where there is none; `mentions` are accounts, `tags` lowercase words without the #. `same_game` are the odds of
    legs of one match together, as the bet took them; slips in logs before version 2 have none.
    """

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


class SlipChanged(Fact, frozen=True, tag="slip.changed.v2"):
    """The author changed who sees the slip, or whether it takes comments. Both are said as they stand from now on.

    With `replies_close_at` it takes none from that moment of the log's time on; `replies_closed` is False then.
    """

    author_id: str
    visibility: str
    replies_closed: bool
    at: datetime
    replies_close_at: datetime | None = None


class SlipRemoved(Fact, frozen=True, tag="slip.removed.v1"):
    """The author took the slip off every list. What its bet made stays in the author's record."""

    author_id: str
    at: datetime


class SlipHeld(Fact, frozen=True, tag="slip.held.v1"):
    """The slip is shown to nobody but its author until it is released: `rule` says which rule held it, `actor` who applied it."""

    author_id: str
    rule: str
    reason: str
    actor: str
    at: datetime


class SlipReleased(Fact, frozen=True, tag="slip.released.v1"):
    """A moderator let a held slip be seen again."""

    author_id: str
    actor: str
    at: datetime


SlipFact = SlipShared | SlipChanged | SlipRemoved | SlipHeld | SlipReleased
