"""Answers to requests on slips, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import Id


class SlipAuthorShape(BaseModel):
    """Who shared a slip."""

    account_id: Id
    handle: str


class SharedLegShape(BaseModel):
    """A leg as it is shown; `version` is 0 in a pick."""

    fixture_id: Id
    market_id: Id
    selection: str
    odds: str
    version: int


class SharedSameGameShape(BaseModel):
    """Legs of one match that were struck together, by their numbers in `legs`, and their odds together."""

    legs: list[int] = Field(examples=[[0, 1]])
    odds: str


class SharedBetShape(BaseModel):
    """What a slip shows of its bet; a pick has no id and no stake. `stake_shown` is what others see of the stake."""

    bet_id: Id | None
    type: str
    odds: str
    stake_shown: str = Field(examples=["units"])
    stake_minor: int | None
    currency: str | None
    unit_minor: int | None = Field(examples=[100])
    legs: list[SharedLegShape]
    same_game: list[SharedSameGameShape]


class SharedSlipShape(BaseModel):
    """A slip as it was shared. A retry gets the same bytes, whatever became of the slip since.

    `held_rule` is `words` where the word filter held it for a moderator.
    """

    slip_id: Id
    author: SlipAuthorShape
    verified: bool = Field(examples=[True])
    visibility: str = Field(examples=["public"])
    caption: str = Field(examples=["Home all the way."])
    tags: list[str] = Field(examples=[["derby"]])
    mentions: list[Id] = Field(examples=[["01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"]])
    shared_at: datetime = Field(examples=["2026-06-11T19:00:00Z"])
    bet: SharedBetShape
    held_rule: str | None = Field(examples=[None])
    position: int


class SlipReceiptShape(BaseModel):
    """Where a slip stands now; `held_rule` is the rule by which a moderator holds it, null where none does.

    `replies_close_at` is when it takes no comments any more, null where its author said no such moment.
    """

    slip_id: Id
    visibility: str = Field(examples=["public"])
    replies_closed: bool = Field(examples=[False])
    replies_close_at: datetime | None = Field(examples=[None])
    removed: bool = Field(examples=[False])
    held_rule: str | None = Field(examples=["spam"])
    position: int
