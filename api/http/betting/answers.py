"""Answers to bettors, as the OpenAPI document shows them; the bodies of requests are in `bodies.py`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.http.betting.same_game_answers import BetSameGameShape, SameGameShape
from api.http.field_types import Currency, Id


class LegShape(BaseModel):
    """A leg as it was struck; of an each-way bet with `place_terms`, what a place pays."""

    model_config = ConfigDict(extra="allow")

    market_id: Id
    selection: str
    odds: str
    version: int


class BetReceiptShape(BaseModel):
    """A bet as it was struck, or, with status 202, as it waits. A retry with the same key gets the same bytes, whatever became of it since.

    A bet in play on a market with a delay is pending for `delay_s` seconds from its commit: its stake is reserved, and when they are over
    it is struck at what holds then, or refused. GET /v1/bets/{bet_id} says what became of it, as does the channel of the portfolio.
    """

    bet_id: Id
    status: str
    type: str
    odds: str
    odds_fractional: str
    odds_american: str
    stake_minor: int
    currency: Currency
    potential_returns_minor: int
    returns_minor: None = Field(None, description="Null, as in any bet that is open; GET /v1/bets/{bet_id} tells what came of it.")
    legs: list[LegShape]
    accept: str
    placed_at: datetime
    position: int
    each_way: bool = Field(False, examples=[False], description="There where it is true, as is `each_way_rule`.")
    each_way_rule: str | None = Field(None, examples=[None])
    free_bet_id: str | None = Field(None, examples=[None], description="There where the stake is a free bet, which is not returned.")
    same_game: list[SameGameShape] = Field([], description="Legs of one match; there where there are any.")
    bonus_id: str | None = Field(None, examples=[None], description="There where the stake is of a bonus.")
    delay_s: int = Field(0, examples=[0], description="There where the bet is pending, in play; `refer_s` where it is put to a trader.")
    refer_s: int = Field(0, examples=[0])


class WalletShape(BaseModel):
    """What a wallet holds: `balance_minor` is what may be staked and what is at risk in open bets.

    `owed_minor` is what a corrected result took back and was not there any more; whatever comes in repays it first. Bonus money is no part
    of these: `bonus_minor` of it may be staked, `bonus_at_risk_minor` is in open bets.
    """

    account_id: Id
    currency: Currency
    balance_minor: int
    available_minor: int
    at_risk_minor: int
    owed_minor: int = Field(examples=[0])
    bonus_minor: int = Field(examples=[0])
    bonus_at_risk_minor: int = Field(examples=[0])


class LineShape(BaseModel):
    """A movement of the wallet, and what was available after it; `owed_minor` is by how much it changed what is owed.

    `kind` is deposit, withdrawal, stake, released (the stake of a bet that was refused after its delay), cash_out, returns, refund, lost or
    reversal, which takes back what a settlement paid.
    """

    position: int
    kind: str
    amount_minor: int
    available_minor: int
    reference: str
    at: datetime
    owed_minor: int = Field(examples=[0])


class StatementPage(BaseModel):
    """A page of movements, newest first; `next_cursor` is null at the end."""

    items: list[LineShape]
    next_cursor: str | None


class BetLegShape(BaseModel):
    """A leg with its odds in all three forms; `result` is open, won, placed, lost, void, half_won, half_lost or dead_heat.

    `place_terms` is the fraction of the profit that a place pays in an each-way bet; `rule4_pence` what Rule 4 takes off each pound won.
    `struck_odds` is null but where the leg was struck at a price that was an obvious error: `odds` are the right ones then, which it pays.
    """

    market_id: Id
    selection: str
    odds: str
    fractional: str
    american: str
    version: int
    result: str
    place_terms: str | None = Field(None, examples=[None])
    rule4_pence: int = Field(0, examples=[0])
    struck_odds: str | None = Field(None, examples=[None])


class BetShape(BaseModel):
    """A bet as it stands; `status` is pending, open, won, lost, void, part_lost, cashed_out or refused.

    A pending bet is decided soon after `pending_until`, by the log's time, at what holds then: struck, or refused for `reason`, the type of
    a problem in whose words `reason_title` is; `referred`, it waits for a trader. It is listed as open, a refused one, repaid, as settled.
    `returns_minor` is all that it paid: `cashed_out_minor` of it for `stake_closed_minor` of the stake, before it was settled. Of an open
    bet, `potential_returns_minor` is what the rest of its stake may return.
    `settlement` counts how often it was settled: more than once where a result was corrected, 0 while it is open.
    """

    bet_id: Id
    account_id: Id
    type: str
    status: str
    odds: str
    stake_minor: int
    currency: Currency
    potential_returns_minor: int
    returns_minor: int | None
    legs: list[BetLegShape]
    position: int
    placed_at: datetime
    settled_at: datetime | None
    settlement: int = Field(examples=[0])
    each_way: bool = Field(False, examples=[False])
    each_way_rule: str | None = Field(None, examples=[None])
    stake_closed_minor: int = Field(0, examples=[0])
    cashed_out_minor: int = Field(0, examples=[0])
    free_bet_id: str | None = Field(None, examples=[None], description="The free bet that is its stake: what it pays is without that.")
    same_game: list[BetSameGameShape] = []
    pending_until: datetime | None = Field(None, examples=[None])
    referred: bool = Field(False, examples=[False])
    reason: str | None = Field(None, examples=[None])
    reason_title: str | None = Field(None, examples=[None])
    bonus_id: str | None = Field(None, examples=[None], description="The bonus that its stake is of.")


class CashOutOfferShape(BaseModel):
    """What `share` percent of a bet's open stake, `stake_minor`, may be closed for until `expires_at`; `stake_left_minor` stays open."""

    bet_id: Id
    offer_minor: int = Field(examples=[475])
    currency: Currency
    share: int = Field(examples=[100])
    stake_minor: int
    stake_left_minor: int = Field(examples=[0])
    version: str = Field(examples=["1-7-1781438410000"])
    expires_at: datetime


class CashOutShape(BaseModel):
    """A cash-out as it was committed; `status` is the bet's then, cashed_out or open. `cashed_out_minor` is what all its cash-outs paid."""

    bet_id: Id
    status: str = Field(examples=["cashed_out"])
    amount_minor: int
    currency: Currency
    share: int = Field(examples=[100])
    stake_minor: int
    stake_left_minor: int = Field(examples=[0])
    cashed_out_minor: int = Field(examples=[475])
    potential_returns_minor: int = Field(examples=[0])
    cashed_out_at: datetime = Field(examples=["2026-06-11T19:00:00Z"])


class BetPage(BaseModel):
    """A page of bets, newest first; `next_cursor` is null at the end."""

    items: list[BetShape]
    next_cursor: str | None


class PortfolioShape(BaseModel):
    """What an account has; further pages of bets are at /v1/bets."""

    account_id: Id
    currency: Currency
    available_minor: int
    at_risk_minor: int
    open: BetPage
    settled: BetPage
    owed_minor: int = Field(examples=[0])
    bonus_minor: int = Field(examples=[0], description="Bonus money that may be staked: in no amount of cash.")
    bonus_at_risk_minor: int = Field(examples=[0])


class ShownClockShape(BaseModel):
    """The match clock; `minute` is null before and after the match."""

    minute: int | None
    period: str


class ShownTennisShape(BaseModel):
    """A score of tennis: the games of each set, the points of the game as they are called, who serves, and who gave up, else empty."""

    sets: list[tuple[int, int]] = Field(examples=[[[6, 4], [2, 1]]])
    points: tuple[str, str] = Field(examples=[["40", "15"]])
    serving: str = Field(examples=["home"])
    retired: str = Field(examples=[""])


class ShownScoreShape(BaseModel):
    """Goals or points so far; of tennis, the sets won, with the rest in `tennis`, which is there for no other sport."""

    home: int
    away: int
    tennis: ShownTennisShape | None = None


class ShownSelectionShape(BaseModel):
    """An outcome; `odds` is the exact text that a bet sends back, null while it is not offered."""

    selection: str
    name: str
    odds: str | None
    fractional: str | None
    american: str | None
    result: str | None


class MarketShape(BaseModel):
    """A market; `status` is open, suspended, closed or resulted. A bet sends `version` back. `reason` says why it takes no bets."""

    market_id: Id
    fixture_id: Id
    type: str
    specifiers: dict[str, str]
    status: str
    reason: str | None
    version: int
    selections: list[ShownSelectionShape]
    bet_delay_s: int = Field(0, examples=[5], description="Seconds that a bet in play is pending; there where it is not 0.")


class FixtureInList(BaseModel):
    """A fixture; `status` is scheduled, live, ended or abandoned. Lists leave `markets` out unless they were asked for.

    `moved_from` is the kick-off that was announced first, where the match was moved; null else. Its bets stand.
    """

    fixture_id: Id
    sport: str
    competition: str
    home: str
    away: str
    neutral: bool
    kick_off: datetime
    moved_from: datetime | None
    status: str
    clock: ShownClockShape
    score: ShownScoreShape
    markets: list[MarketShape] | None = None


class FixtureShape(FixtureInList):
    """A fixture with its markets, in the order they were opened."""

    markets: list[MarketShape]


class FixturePage(BaseModel):
    """A page of fixtures; `next_cursor` is null at the end."""

    items: list[FixtureInList]
    next_cursor: str | None


class SessionCostsShape(BaseModel):
    """What a session came to so far: staked, returned and the net (returned less staked), of all devices since `session_began_at`.

    `complete` is false where movements so old are not kept any more.
    """

    session_began_at: datetime = Field(examples=["2026-06-12T19:01:00Z"])
    staked_minor: int = Field(examples=[500])
    returned_minor: int = Field(examples=[0])
    net_minor: int = Field(examples=[-500])
    complete: bool = Field(examples=[True])
