"""What answers look like, as the OpenAPI document shows them; requests are in `shapes.py`."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.http.shapes import Currency, Id


class Problem(BaseModel):
    """An RFC 9457 problem. `type` is stable; further members are the evidence."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str


class LegShape(BaseModel):
    """A leg as it was struck."""

    model_config = ConfigDict(extra="allow")

    market_id: Id
    selection: str
    odds: str
    version: int


class BetReceiptShape(BaseModel):
    """A bet as it was struck. A retry with the same key gets the same bytes, whatever became of the bet since."""

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


class FixtureReceiptShape(BaseModel):
    """Where a fixture stands after a trader's command."""

    fixture_id: Id
    status: str
    position: int


class MarketReceiptShape(BaseModel):
    """Where a market stands after a trader's command."""

    market_id: Id
    status: str
    version: int
    position: int


class GateReceiptShape(BaseModel):
    """Where the betting on a fixture, a competition or a sport stands after a trader's command; `status` is open, stopped or over."""

    scope: str
    subject: list[str]
    status: str
    position: int


class ProposalReceiptShape(BaseModel):
    """Where a proposal stands: open, approved or rejected. What became of its market is there once it was approved."""

    proposal_id: Id
    status: str
    action: str
    market_id: Id
    expires_at: datetime
    market_status: str | None
    market_version: int | None
    position: int


class ProposalShape(BaseModel):
    """A proposal that waits for another trader: `details` are what it would do, `cause` why it needs one."""

    proposal_id: Id
    action: str
    market_id: Id
    details: dict[str, Any]
    cause: str
    proposed_by: Id
    proposed_at: datetime
    expires_at: datetime
    age_s: int


class ProposalPage(BaseModel):
    """A page of open proposals, oldest first; `next_cursor` is null at the end."""

    items: list[ProposalShape]
    next_cursor: str | None


class WalletShape(BaseModel):
    """What a wallet holds: `balance_minor` is what may be staked and what is at risk in open bets.

    `owed_minor` is what a corrected result took back and was not there any more; whatever comes in repays it first.
    """

    account_id: Id
    currency: Currency
    balance_minor: int
    available_minor: int
    at_risk_minor: int
    owed_minor: int


class LineShape(BaseModel):
    """A movement of the wallet, and what was available after it; `owed_minor` is by how much it changed what is owed.

    `kind` is deposit, withdrawal, stake, returns, refund, lost or reversal, which takes back what a settlement paid.
    """

    position: int
    kind: str
    amount_minor: int
    available_minor: int
    reference: str
    at: datetime
    owed_minor: int


class StatementPage(BaseModel):
    """A page of movements, newest first; `next_cursor` is null at the end."""

    items: list[LineShape]
    next_cursor: str | None


class BetLegShape(BaseModel):
    """A leg with its odds in all three forms; `result` is open, won, lost, void, half_won, half_lost or dead_heat."""

    market_id: Id
    selection: str
    odds: str
    fractional: str
    american: str
    version: int
    result: str


class BetShape(BaseModel):
    """A bet as it stands; `status` is open, won, lost, void or part_lost.

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
    settlement: int


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
    owed_minor: int


class ShownClockShape(BaseModel):
    """The match clock; `minute` is null before and after the match."""

    minute: int | None
    period: str


class ShownScoreShape(BaseModel):
    """Goals so far."""

    home: int
    away: int


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


class FixtureInList(BaseModel):
    """A fixture; `status` is scheduled, live, ended or abandoned. Lists leave `markets` out unless they were asked for."""

    fixture_id: Id
    sport: str
    competition: str
    home: str
    away: str
    neutral: bool
    kick_off: datetime
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


class BalanceShape(BaseModel):
    """What a wallet held after the fact at `position`."""

    account_id: Id
    position: int
    currency: Currency
    available_minor: int
    at_risk_minor: int


class FactShape(BaseModel):
    """A fact in its place; further members are the fact's own."""

    model_config = ConfigDict(extra="allow")

    position: int
    stream_id: Id
    version: int
    fact: str


class FactPage(BaseModel):
    """A page of a stream, oldest first; `next_cursor` is null at the end."""

    items: list[FactShape]
    next_cursor: str | None
