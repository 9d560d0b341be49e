"""What traders are told is at risk, as the OpenAPI document shows it."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.betting.answers import MarketShape, ShownClockShape, ShownScoreShape
from api.http.field_types import Currency, Id


class CurrencyExposureShape(BaseModel):
    """What is at risk in one currency. `bets` counts an open bet on each market that it is on.

    `payout_minor_max` is what the book pays if on every market the dearest selection wins, `worst_minor` its result then: negative where
    it loses.
    """

    currency: Currency
    bets: int = Field(examples=[212])
    stakes_minor: int = Field(examples=[482_050])
    payout_minor_max: int = Field(examples=[1_204_300])
    worst_minor: int = Field(examples=[-722_250])


class SelectionExposureShape(BaseModel):
    """What the book pays at most if a selection wins, and its result on the market then: negative where it loses."""

    selection: str
    payout_minor: int = Field(examples=[1_204_300])
    result_minor: int = Field(examples=[-722_250])


class MarketExposureShape(BaseModel):
    """What is at risk on a market in one currency; selections in the order of the market."""

    currency: Currency
    bets: int = Field(examples=[212])
    stakes_minor: int = Field(examples=[482_050])
    worst_minor: int = Field(examples=[-722_250])
    selections: list[SelectionExposureShape]


class ExposedMarketShape(MarketShape):
    """A market as the board shows it, and what is at risk on it: no `sums` where there are no open bets.

    `payout_minor_max` is the most that is paid on a bet with a leg on it, null where no trader limits it.
    """

    sums: list[MarketExposureShape]
    payout_minor_max: int | None = Field(examples=[250_000])


class FixtureExposureShape(BaseModel):
    """A match, and what is at risk on it by currency."""

    fixture_id: Id
    sport: str
    competition: str
    home: str
    away: str
    status: str
    kick_off: datetime
    clock: ShownClockShape
    score: ShownScoreShape
    sums: list[CurrencyExposureShape]


class ExposureOfFixtureShape(FixtureExposureShape):
    """A match with its markets: those without a result, and those with open bets yet.

    `payout_minor_max` is the most that is paid on a bet with a leg on it, null where no trader limits the match.
    """

    payout_minor_max: int | None = Field(examples=[250_000])
    markets: list[ExposedMarketShape]


class CompetitionExposureShape(BaseModel):
    """What is at risk on the listed matches of a competition, by currency."""

    sport: str
    competition: str
    fixtures: int = Field(examples=[6])
    sums: list[CurrencyExposureShape]


class ExposureListShape(BaseModel):
    """Matches by their worst case, the deepest loss first, and their competitions likewise."""

    items: list[FixtureExposureShape]
    competitions: list[CompetitionExposureShape]
