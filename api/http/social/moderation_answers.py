"""Answers on reports, decisions and appeals, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import EXAMPLE_ID, Id
from api.http.social.slip_answers import SlipAuthorShape

KIND = Field(examples=["slip"])
ITEM = Field(examples=[EXAMPLE_ID])
RULE = Field(examples=["spam"])
REASON = Field(examples=["The same link under twenty slips."])
WHEN = Field(examples=["2026-06-11T19:00:00Z"])


class ReportShape(BaseModel):
    """What was reported. Which reports others made, and what comes of them, is not told."""

    kind: str = KIND
    item_id: Id = ITEM
    position: int


class CaseShape(BaseModel):
    """Where the case of an item stands: `status` is held, removed or null, `appeal` is open, declined or null."""

    kind: str = KIND
    item_id: Id = ITEM
    author_id: Id
    status: str | None = Field(examples=["held"])
    rule: str | None = RULE
    reason: str | None = REASON
    until: datetime | None = Field(examples=[None])
    appeal: str | None = Field(examples=[None])
    shadowed: bool = Field(examples=[False])
    position: int


class AppealShape(BaseModel):
    """What stands against something of one's own, and that it is appealed."""

    kind: str = KIND
    item_id: Id = ITEM
    status: str = Field(examples=["held"])
    rule: str = RULE
    reason: str = REASON
    until: datetime | None = Field(examples=[None])
    appeal: str = Field(examples=["open"])
    position: int


class QueuedCaseShape(BaseModel):
    """What waits for a moderator: `text` is the caption or the comment; `reasons` counts reports that nobody has looked at."""

    kind: str = KIND
    item_id: Id = ITEM
    slip_id: Id | None = ITEM
    author: SlipAuthorShape
    text: str | None = Field(examples=["Win every day, write to me."])
    reports: int = Field(examples=[3])
    reasons: dict[str, int] = Field(examples=[{"spam": 2, "scam": 1}])
    waits_since: datetime = WHEN
    age_s: int = Field(examples=[90])
    status: str = Field(examples=["open"])
    rule: str | None = Field(examples=[None])
    decided_by: str | None = Field(examples=[None])
    appealed: bool = Field(examples=[False])
    appeal_text: str | None = Field(examples=[None])
    shadowed: bool = Field(examples=[False])


class QueuedCasePage(BaseModel):
    """What waits for a moderator, oldest first."""

    items: list[QueuedCaseShape]
    next_cursor: str | None


class OwnCaseShape(BaseModel):
    """What was decided about something of one's own. `status` is held, removed or released; `answer` is what an appeal was told."""

    kind: str = KIND
    item_id: Id = ITEM
    slip_id: Id | None = ITEM
    status: str = Field(examples=["held"])
    rule: str | None = RULE
    reason: str = REASON
    decided_at: datetime = WHEN
    until: datetime | None = Field(examples=[None])
    appeal: str | None = Field(examples=[None])
    answer: str | None = Field(examples=[None])


class OwnCasePage(BaseModel):
    """What was decided about what one made, newest first."""

    items: list[OwnCaseShape]
    next_cursor: str | None
