"""What is played again, whatever its sport: a match, and what it is offered as."""

from datetime import datetime
from typing import Protocol

import msgspec

from domain.ids import FixtureId, MarketId
from domain.pricing import Books, PricedMarket


class PlayedMatch(Protocol):
    """A match that was played, or drawn: who, when (UTC), where. `source` tells its file or its draw."""

    @property
    def sport(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def competition(self) -> str: ...  # noqa: D102
    @property
    def home(self) -> str: ...  # noqa: D102
    @property
    def away(self) -> str: ...  # noqa: D102
    @property
    def kick_off(self) -> datetime: ...  # noqa: D102
    @property
    def neutral(self) -> bool: ...  # noqa: D102


class MatchOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A match in one lap of the replay, with the ids that follow from it: the same after every restart.

    `producer` gives the prices, and asks for what is done; `opening` is what the markets cost before the match begins.
    """

    match: PlayedMatch
    fixture_id: FixtureId
    market_ids: dict[PricedMarket, MarketId]
    producer: str
    opening: Books
