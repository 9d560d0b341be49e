"""Answers to traders, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.http.field_types import Currency, Id
from api.moments import MOMENT_EXAMPLE


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


class PayoutLimitShape(BaseModel):
    """The most that is paid on a bet with a leg on a market, before account factors; null where it is as on any market."""

    market_id: Id
    payout_minor_max: int | None = Field(examples=[250_000])
    version: int
    position: int
    referral_minor_max: int | None = Field(None, examples=[1_000_000])
    referral_s: int | None = Field(None, examples=[60])


class FixturePayoutLimitShape(BaseModel):
    """The most that is paid on a bet with a leg on a match, before account factors; null where no trader limits the match."""

    fixture_id: Id
    payout_minor_max: int | None = Field(examples=[250_000])
    position: int


class ReferralLegShape(BaseModel):
    """A leg at the odds that were asked for."""

    market_id: Id
    selection: str
    odds: str
    fixture_id: Id


class ReferralShape(BaseModel):
    """A bet that waits for a trader: whose, for what, and from when until when it may be taken; it may be refused at once."""

    bet_id: Id
    account_id: Id
    stake_minor: int
    currency: str
    type: str
    each_way: bool = Field(examples=[False])
    lines: int = Field(examples=[1])
    odds: str
    potential_returns_minor: int
    accept: str
    legs: list[ReferralLegShape]
    asked_at: datetime = Field(examples=["2026-06-11T18:59:00Z"])
    answer_from: datetime = Field(examples=["2026-06-11T18:59:00Z"])
    answer_until: datetime = Field(examples=["2026-06-11T19:00:00Z"])


class ReferralPage(BaseModel):
    """A page of bets that wait for a trader, those whose time is up first on top; `next_cursor` is null at the end."""

    items: list[ReferralShape]
    next_cursor: str | None


class ReferralReceiptShape(BaseModel):
    """What became of a bet that a trader answered: open, struck for `stake_minor`, or refused for `reason`, the type of a problem."""

    bet_id: Id
    status: str = Field(examples=["open"])
    stake_minor: int
    reason: str | None = Field(None, examples=[None])
    position: int


class GateReceiptShape(BaseModel):
    """Where the betting on a fixture, a competition or a sport stands after a trader's command; `status` is open, stopped or over."""

    scope: str
    subject: list[str]
    status: str
    position: int


class ProposalReceiptShape(BaseModel):
    """Where a proposal stands: open, approved or rejected. What became of its market or fixture is there once it was approved.

    It is about a market, a fixture or an account; the other ids are null.
    """

    proposal_id: Id
    status: str
    action: str
    market_id: Id | None
    fixture_id: Id | None
    account_id: Id | None
    expires_at: datetime
    market_status: str | None
    market_version: int | None
    fixture_status: str | None
    position: int


class PreviewedMoneyShape(BaseModel):
    """What is at stake in one currency: `bets` with a leg there, struck for `stake_minor` in all; `settled` of them would be settled by it.

    Wallets would hold `change_minor` more, or less where that is below zero. `below_zero` of them do not have what would be taken back, and
    would owe `owed_minor`. At most `paid_minor_max` may be paid by it and `taken_minor_max` taken back, whatever comes of other legs.
    """

    currency: Currency
    bets: int = Field(examples=[12])
    stake_minor: int
    settled: int = Field(examples=[9])
    change_minor: int = Field(examples=[-4_150])
    below_zero: int = Field(examples=[1])
    owed_minor: int = Field(examples=[350])
    paid_minor_max: int = Field(examples=[12_000])
    taken_minor_max: int = Field(examples=[9_300])


class PreviewShape(BaseModel):
    """What would happen as of a position of the log, while the market, or the gate of the match, stays at that version."""

    version: int
    upto: int = Field(examples=[4_217])
    money: list[PreviewedMoneyShape]


class ProposalPreviewShape(BaseModel):
    """What a proposal would do, as an approval has to name it; null where it moves no money, or is not open."""

    proposal_id: Id
    preview: PreviewShape | None


class ProposalShape(BaseModel):
    """A proposal that waits for another trader: `details` are what it would do, `cause` why it needs one.

    It is about a market, a fixture or an account; the other ids are null.
    """

    proposal_id: Id
    action: str
    market_id: Id | None
    fixture_id: Id | None
    account_id: Id | None
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


class RestrictionShape(BaseModel):
    """What the bookmaker restricted: of kind stake_factor, the most that is paid on a bet is multiplied by `factor`.

    Of kind withdrawal_hold, no money goes out, for the `reason`; bets and deposits go on. What a kind does not have is null.
    """

    kind: str = Field(examples=["stake_factor"])
    factor: str | None = Field(examples=["0.25"])
    since: datetime = Field(examples=[MOMENT_EXAMPLE])
    reason: str | None = Field(examples=[None])


class RestrictionsShape(BaseModel):
    """How an account is restricted; `restrictions` is empty where it is as anybody. Amounts are in its currency.

    `payout_minor_max` is the most that is paid on one bet, its stake included. `stake_minor_max` is the largest stake of a single at the
    odds that were asked for; without them, of any bet. `markets_minor_max` is the lowest limit of the markets that were asked about, before
    the account's factor; null where none has one.
    """

    account_id: Id
    currency: Currency
    restrictions: list[RestrictionShape]
    payout_minor_max: int = Field(examples=[250_000_000])
    stake_minor_max: int = Field(examples=[100_000_000])
    markets_minor_max: int | None = Field(None, examples=[None])
    position: int


class GrantedFreeBetShape(BaseModel):
    """A free bet as it was granted."""

    free_bet_id: Id
    account_id: Id
    amount_minor: int = Field(examples=[1000])
    currency: str = Field(examples=["EUR"])
    expires_at: datetime
    reason: str = Field(examples=["welcome"])
    granted_at: datetime = Field(examples=[MOMENT_EXAMPLE])
    position: int


class CreditedBonusShape(BaseModel):
    """A bonus as it was credited; `wager_minor` is how much is to be staked from it."""

    bonus_id: Id
    account_id: Id
    amount_minor: int = Field(examples=[1000])
    currency: str = Field(examples=["EUR"])
    times: int = Field(examples=[5])
    wager_minor: int = Field(examples=[5000])
    odds_min: str = Field(examples=["1.50"])
    stake_minor_max: int = Field(examples=[500])
    expires_at: datetime
    reason: str = Field(examples=["welcome"])
    credited_at: datetime = Field(examples=[MOMENT_EXAMPLE])
    position: int


class StakeFactorShape(BaseModel):
    """The stake factor of an account, since when it counts, and the most that is paid on one of its bets."""

    account_id: Id
    factor: str = Field(examples=["0.25"])
    since: datetime | None = Field(examples=[MOMENT_EXAMPLE])
    payout_minor_max: int = Field(examples=[250_000_000])
    position: int
