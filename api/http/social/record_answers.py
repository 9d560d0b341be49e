"""Answers about records and leaderboards, as the OpenAPI document has them."""

from datetime import date

from pydantic import BaseModel, Field

from api.http.field_types import Currency, Id

COUNT = Field(examples=[3])
AMOUNT = Field(examples=[23_50])
BASIS_POINTS = Field(examples=[520])
WINDOW = Field(examples=["30d"])


class FiguresShape(BaseModel):
    """What settled bets made that were shown to others before; `bets` of them, the sample size, `void` ones among these.

    `roi_bp` and `win_rate_bp` are hundredths of a percent, null where there are no bets; void ones count in neither. `units` is the profit
    in units, of the `unit_bets` whose stake was shown in units. `closing_line_bp` is the mean closing-line value, odds taken / closing odds
    - 1 with the margin in both, of the `closing_line_bets` that have one; `closing_line_beaten` of these took better odds than the closing.
    """

    bets: int = COUNT
    void: int = COUNT
    won: int = COUNT
    staked_minor: int = AMOUNT
    returned_minor: int = AMOUNT
    profit_minor: int = AMOUNT
    roi_bp: int | None = BASIS_POINTS
    win_rate_bp: int | None = Field(examples=[5400])
    average_odds: str | None = Field(examples=["2.100"])
    unit_bets: int = COUNT
    units: str = Field(examples=["-1.50"])
    closing_line_bp: int | None = Field(examples=[230])
    closing_line_bets: int = COUNT
    closing_line_beaten: int = COUNT


class ScopeFiguresShape(FiguresShape):
    """The figures of a sport or a market type; `mixed` where the legs of bets are not all one."""

    name: str = Field(examples=["football"])


class StreaksShape(BaseModel):
    """Bets in a row that won, or that did not, of the newest 2,000; void ones break no streak. `current` are those up to the newest."""

    current: int = COUNT
    current_won: bool = Field(examples=[True])
    longest_won: int = COUNT
    longest_lost: int = COUNT


class DayProfitShape(BaseModel):
    """What the bets made that were settled on a day, UTC."""

    day: date = Field(examples=["2026-06-14"])
    bets: int = COUNT
    profit_minor: int = AMOUNT


class TailedShape(BaseModel):
    """What those who tailed the account's slips really made with their bets, whatever the account's own made. Of all time."""

    bets: int = COUNT
    void: int = COUNT
    staked_minor: int = AMOUNT
    returned_minor: int = AMOUNT
    profit_minor: int = AMOUNT
    roi_bp: int | None = BASIS_POINTS


class RecordShape(FiguresShape):
    """The record of an account in a period and a currency; `days` are those with bets, oldest first, 366 at most."""

    account_id: Id
    currency: Currency
    window: str = WINDOW
    by_sport: list[ScopeFiguresShape]
    by_market_type: list[ScopeFiguresShape]
    streaks: StreaksShape
    days: list[DayProfitShape]
    tailed: TailedShape


class LeaderboardEntryShape(FiguresShape):
    """An account on a leaderboard."""

    rank: int = COUNT
    account_id: Id
    handle: str = Field(examples=["ada"])


class LeaderboardShape(BaseModel):
    """A page of a leaderboard; `next_cursor` is null at the end. Nobody with fewer than 20 settled bets in the period is on it."""

    window: str = WINDOW
    currency: Currency
    sport: str | None = Field(examples=["football"])
    items: list[LeaderboardEntryShape]
    next_cursor: str | None
