"""Bodies and answers about drafts and codes, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.betting.answers import FixtureInList
from api.http.field_types import AmountMinor, BetTypeName, Body, Id, OddsText, SelectionKey
from domain.bet.lines import SINGLE

UNITS = r"^[0-9]{1,4}(\.[0-9]{1,2})?$"
CODE = Field(examples=["7GKQ2M9XTA"])
TYPE = Field(examples=[SINGLE])


class DraftLegBody(Body):
    """A selection of a market."""

    market_id: Id
    selection: SelectionKey


class DraftBody(Body):
    """A bet that is not placed. It has no stake and no odds."""

    type: BetTypeName = SINGLE
    legs: list[DraftLegBody]


class OwnStakeBody(Body):
    """A stake of one's own, in one of three ways: `stake_minor`; `units` of `unit_minor` each; or `percent_of_balance`.

    `worst_odds` are the lowest odds of the whole bet to take.
    """

    stake_minor: AmountMinor | None = None
    units: str | None = Field(None, pattern=UNITS, examples=["1.5"], description="Decimal text with at most two places.")
    unit_minor: AmountMinor | None = None
    percent_of_balance: int | None = Field(None, examples=[5], description="1 to 100.")
    worst_odds: OddsText | None = None


class KeptLegShape(BaseModel):
    """A leg as it is kept."""

    fixture_id: Id
    market_id: Id
    selection: str = Field(examples=["home"])


class KeptDraftShape(BaseModel):
    """A draft. Its `code` opens it for its author alone until it is published."""

    code: str = CODE
    type: str = TYPE
    legs: list[KeptLegShape]
    published: bool = Field(examples=[False])
    position: int


class DraftChangedShape(BaseModel):
    """What became of a draft."""

    code: str = CODE
    published: bool = Field(examples=[True])
    deleted: bool = Field(examples=[False])
    position: int


class OpenedLegShape(BaseModel):
    """A leg at the price of this moment; `odds` are null and `version` 0 where none is offered. A bet leaves out what has `started`."""

    fixture_id: Id
    market_id: Id
    selection: str = Field(examples=["home"])
    selection_name: str = Field(examples=["Norway"])
    market_type: str = Field(examples=["match_result"])
    market: str = Field(examples=["open"])
    odds: str | None = Field(examples=["2.40"])
    version: int = Field(examples=[3])
    started: bool = Field(examples=[False])
    fixture: FixtureInList | None


class OpenedDraftShape(BaseModel):
    """A draft as whoever has its code sees it. It is never verified, since nothing of it was placed."""

    code: str = CODE
    type: str = TYPE
    legs: list[OpenedLegShape]
    own: bool = Field(examples=[False])
    published: bool = Field(examples=[True])
    kept_at: datetime = Field(examples=["2026-06-11T19:00:00Z"])
    verified: bool = Field(False, examples=[False])


class DraftPage(BaseModel):
    """A page of drafts, newest first."""

    items: list[OpenedDraftShape]
    next_cursor: str | None
