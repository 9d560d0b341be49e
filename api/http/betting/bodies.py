"""Bodies of requests of bettors, as the OpenAPI document shows them."""

from typing import Annotated

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
from domain.bet.cash_out import VERSION_CHARACTERS_MAX
from domain.settling.each_way import EACH_WAY_RULES, WIN_TO_WIN


class LegBody(Body):
    """One selection at the odds and the market version on the screen."""

    market_id: Id
    selection: SelectionKey
    odds: OddsText
    version: int = Field(ge=1, le=INT64_MAX, examples=[7])


class SameGameBody(Body):
    """Legs of one match that are struck together: their numbers in `legs`, from 0, and their odds together on the screen."""

    legs: list[Annotated[int, Field(ge=0, le=INT64_MAX, examples=[0])]] = Field(examples=[[0, 1]])
    odds: OddsText


class QuotedLegBody(Body):
    """One selection to be priced together with others of its match."""

    market_id: Id
    selection: SelectionKey


class SameGameQuoteBody(Body):
    """Two or more legs of one match."""

    legs: list[QuotedLegBody]


class CashOutBody(Body):
    """An offer to cash out that is accepted: the least amount, and the version, as they were offered for that share."""

    offer_minor: AmountMinor
    version: str = Field(max_length=VERSION_CHARACTERS_MAX, examples=["1-7-1781438410000"], description="As the offer came with it.")
    share: int = Field(100, ge=-INT64_MAX, le=INT64_MAX, examples=[100], description="Percent of the open stake, 1 to 100.")


class BetBody(Body):
    """A bet at the odds shown. `accept` says what to do when a price moved: exact refuses, better takes better, any takes what stands."""

    type: BetTypeName
    stake_minor: AmountMinor = Field(description="The whole stake, spread evenly over the lines of the bet.")
    currency: Currency
    legs: list[LegBody] = Field(description="Selections of one market are in lines each, and count as one leg of the type.")
    accept: str = Field("exact", max_length=60, examples=["exact"], description="exact, better or any.")
    each_way: bool = Field(False, examples=[False], description="Half of the stake on the win and half on the place, on every line.")
    free_bet_id: str = Field(
        "", max_length=36, examples=[""], description="A free bet that is available: the stake is exactly its amount, and is not returned."
    )
    bonus_id: str = Field("", max_length=36, examples=[""], description="An active bonus that the whole stake is of, in place of cash.")
    each_way_rule: str = Field(WIN_TO_WIN, max_length=60, examples=[WIN_TO_WIN], description=f"{' or '.join(EACH_WAY_RULES)}.")
    same_game: list[SameGameBody] = Field(
        [], examples=[[]], description="Legs of one match, which have odds together: see POST /v1/quotes/same-game."
    )
    refer: bool = Field(
        False, examples=[False], description="If it is over its limit, put it to a trader, who may take all, a part, or nothing of it."
    )
