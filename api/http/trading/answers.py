"""Answers to traders, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.http.field_types import Id


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
    """Where a proposal stands: open, approved or rejected. What became of its market or fixture is there once it was approved."""

    proposal_id: Id
    status: str
    action: str
    market_id: Id | None
    fixture_id: Id | None
    expires_at: datetime
    market_status: str | None
    market_version: int | None
    fixture_status: str | None
    position: int


class ProposalShape(BaseModel):
    """A proposal that waits for another trader: `details` are what it would do, on a market or a fixture; `cause` why it needs one."""

    proposal_id: Id
    action: str
    market_id: Id | None
    fixture_id: Id | None
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
