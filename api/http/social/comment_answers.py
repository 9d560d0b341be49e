"""Answers to comments, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import Id


class CommentAuthorShape(BaseModel):
    """Who wrote a comment."""

    account_id: Id
    handle: str


class CommentShape(BaseModel):
    """A comment as its author left it; `parent_id` is null where it is no reply. `mentions` are the accounts that it mentions.

    `held_rule` is `words` where the word filter marked this text, and the comment is held for a moderator.
    """

    comment_id: Id
    slip_id: Id
    parent_id: Id | None
    author: CommentAuthorShape
    text: str = Field(examples=["Home all the way, @ada"])
    mentions: list[Id] = Field(examples=[["01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"]])
    posted_at: datetime = Field(examples=["2026-06-11T19:00:00Z"])
    edited: bool = Field(examples=[False])
    held_rule: str | None = Field(examples=[None])
    position: int


class CommentDeletedShape(BaseModel):
    """A comment that is no more; replies to it stay."""

    comment_id: Id
    slip_id: Id
    deleted: bool = Field(examples=[True])
    position: int
