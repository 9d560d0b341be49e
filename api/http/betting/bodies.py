"""Bodies of requests of bettors, as the OpenAPI document shows them."""

from pydantic import Field

from api.bet_messages import INT64_MAX
from api.http.field_types import (
    AmountMinor,
    BetTypeName,
    Body,
    Currency,
    Id,
    OddsText,
    SelectionKey,
)
from domain.settling.each_way import EACH_WAY_RULES, WIN_TO_WIN


class LegBody(Body):
    """One selection at the odds and the market version on the screen."""

    market_id: Id
    selection: SelectionKey
    odds: OddsText
    version: int = Field(ge=1, le=INT64_MAX, examples=[7])


class BetBody(Body):
    """A bet at the odds shown. `accept` says what to do when a price moved: exact refuses, better takes better, any takes what stands."""

    type: BetTypeName
    stake_minor: AmountMinor = Field(description="The whole stake, spread evenly over the lines of the bet.")
    currency: Currency
    legs: list[LegBody]
    accept: str = Field("exact", max_length=60, examples=["exact"], description="exact, better or any.")
    each_way: bool = Field(False, examples=[False], description="Half of the stake on the win and half on the place, on every line.")
    each_way_rule: str = Field(WIN_TO_WIN, max_length=60, examples=[WIN_TO_WIN], description=f"{' or '.join(EACH_WAY_RULES)}.")
