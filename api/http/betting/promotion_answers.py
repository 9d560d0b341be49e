"""The answers about what the book gives away: free bets and bonuses."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import Currency, Id
from api.moments import MOMENT_EXAMPLE


class FreeBetShape(BaseModel):
    """A free bet; `status` is available, used or expired, `bet_id` the last bet that was struck with it."""

    free_bet_id: Id
    status: str = Field(examples=["available"])
    amount_minor: int = Field(examples=[1000])
    currency: Currency
    expires_at: datetime
    reason: str = Field(examples=["welcome"])
    granted_at: datetime = Field(examples=[MOMENT_EXAMPLE])
    bet_id: str | None = Field(examples=[None])


class FreeBetList(BaseModel):
    """The newest free bets of an account, newest first."""

    items: list[FreeBetShape]


class BonusShape(BaseModel):
    """A bonus; `status` is active, converted or expired. It becomes cash once `wagered_minor` reaches `wager_minor`.

    A stake counts when its bet is settled, unless that is void, on several selections of one market, or its odds are below `odds_min`.
    """

    bonus_id: Id
    status: str = Field(examples=["active"])
    amount_minor: int = Field(examples=[1000])
    available_minor: int = Field(examples=[1000])
    at_risk_minor: int = Field(examples=[0])
    owed_minor: int = Field(examples=[0])
    currency: Currency
    times: int = Field(examples=[5])
    wager_minor: int = Field(examples=[5000])
    wagered_minor: int = Field(examples=[0])
    odds_min: str = Field(examples=["1.50"])
    stake_minor_max: int = Field(examples=[500])
    expires_at: datetime
    reason: str = Field(examples=["welcome"])
    credited_at: datetime = Field(examples=[MOMENT_EXAMPLE])


class BonusList(BaseModel):
    """The newest bonuses of an account, newest first."""

    items: list[BonusShape]
