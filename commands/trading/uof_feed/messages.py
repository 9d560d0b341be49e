"""What messages of a Unified Odds Feed say, as plain data: ids are the book's own, times are milliseconds of the sender's clock.

`source` says where a message was read: a file and a line, or the id of a posted message. It names whatever is refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from commands.trading.odds_feed.messages import MarketKey
from domain.odds import Odds
from domain.settling import LegResult

Goals = tuple[int, int]
MatchStage = Literal["before", "playing", "over", "abandoned", "unknown"]


class UofRefusal(msgspec.Struct, frozen=True):
    """Something that a message says and that is not done: where it stands, what it is about, and why.

    It `is_expected` where it is about a market that the book grades none of, as most of a feed's are.
    """

    source: str
    about: str
    reason: str
    is_expected: bool = False

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.about, self.reason) if part)


class UofMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What every message has. `producer` is the number of the sender's product."""

    source: str
    producer: int
    at_ms: int


class EventMessage(UofMessage, frozen=True, kw_only=True):
    """A message about one event, named as the sender names it."""

    event: str


class Alive(UofMessage, frozen=True, kw_only=True):
    """The producer lives. Where it is not `subscribed`, messages were missed."""

    subscribed: bool


class SnapshotComplete(UofMessage, frozen=True, kw_only=True):
    """All that was asked for with `request_id` was sent."""

    request_id: int


class MarketOdds(msgspec.Struct, frozen=True):
    """The odds of a market: of the selections on offer, and of those that are not; none are taken unless it `is_active`."""

    market: MarketKey
    is_active: bool
    prices: dict[str, Odds]
    withdrawn: dict[str, Odds]


class MatchTold(msgspec.Struct, frozen=True):
    """Where a match stands: goals in all, in regular time and at half time where told; the minute is None without a clock."""

    stage: MatchStage
    home: int
    away: int
    period: str
    minute: int | None = None
    half_time: Goals | None = None
    regular: Goals | None = None
    reason: str = ""


class OddsChange(EventMessage, frozen=True, kw_only=True):
    """Odds of some markets, and where the match stands."""

    markets: tuple[MarketOdds, ...] = ()
    match: MatchTold | None = None


class BetStop(EventMessage, frozen=True, kw_only=True):
    """No bets on the markets of these groups until their next odds."""

    groups: frozenset[str]


class BetSettlement(EventMessage, frozen=True, kw_only=True):
    """How markets came out. Certainty 1 is as seen on the ground, 2 is confirmed."""

    certainty: int
    results: Mapping[MarketKey, Mapping[str, LegResult]]


class BetCancel(EventMessage, frozen=True, kw_only=True):
    """Bets on these markets are void: all, or those struck from `start_ms` to `end_ms`."""

    markets: Mapping[MarketKey, str]
    start_ms: int | None = None
    end_ms: int | None = None


class RolledBack(EventMessage, frozen=True, kw_only=True):
    """A settlement (`what` is "bet_settlement") or a cancellation ("bet_cancel") of these markets was wrong.

    With a beginning or an end, the cancellation of just that window; without, every cancellation before.
    """

    what: Literal["bet_settlement", "bet_cancel"]
    markets: tuple[MarketKey, ...]
    start_ms: int | None = None
    end_ms: int | None = None


class FixtureChange(EventMessage, frozen=True, kw_only=True):
    """The fixture is another one: its kick-off, or that it is cancelled; what else may have changed is asked for at the sender."""

    kick_off: datetime | None = None
    is_cancelled: bool = False


class FixtureTold(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a fixture: who plays, where, and when. It has no producer."""

    source: str
    event: str
    sport: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    neutral: bool
    at_ms: int


AnyMessage = Alive | SnapshotComplete | OddsChange | BetStop | BetSettlement | BetCancel | RolledBack | FixtureChange | FixtureTold
