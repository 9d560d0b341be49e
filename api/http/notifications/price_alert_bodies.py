"""The shapes of price alerts."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import Body, Id


class PriceAlertBody(Body):
    """From which odds on one wants to be told."""

    odds: str = Field(max_length=60, examples=["2.6"], description="Decimal, fractional or American.")


class PriceAlertShape(BaseModel):
    """A price alert that stands."""

    fixture_id: Id
    market_id: Id
    selection: str = Field(examples=["home"])
    odds: str = Field(examples=["2.60"])
    at: datetime


class RemovedPriceAlertShape(BaseModel):
    """A price alert that does not stand."""

    market_id: Id
    selection: str = Field(examples=["home"])


class PriceAlertList(BaseModel):
    """All price alerts of the caller, the newest first."""

    items: list[PriceAlertShape]
