"""Answers about legs of one match together, as the OpenAPI document shows them."""

from pydantic import BaseModel, Field

from api.http.field_types import Id


class SameGameShape(BaseModel):
    """Legs of one match as they were struck together, by their numbers in `legs`; `asked` are the odds that were on the screen."""

    legs: list[int] = Field(examples=[[0, 1]])
    odds: str
    asked: str = Field(examples=["3.40"])


class QuotedLegShape(BaseModel):
    """A leg with its odds alone, and the version of its market that the price stands on."""

    market_id: Id
    selection: str
    odds: str
    version: int


class SameGameQuoteShape(BaseModel):
    """What legs of one match cost together, in the three forms. A bet on them names these odds, and the versions."""

    fixture_id: Id
    odds: str
    odds_fractional: str
    odds_american: str
    legs: list[QuotedLegShape]


class BetSameGameShape(BaseModel):
    """Legs of one match that are settled as one, by their numbers in `legs`, and their odds together.

    They are lost with one lost leg, else void with one void leg, else won.
    """

    legs: list[int] = Field(examples=[[0, 1]])
    odds: str
    fractional: str
    american: str
