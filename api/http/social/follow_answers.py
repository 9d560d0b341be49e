"""Answers about follows, blocks, mutes and profiles, as the OpenAPI document shows them. None says more than the caller's own doing."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.http.field_types import Id


class FollowShape(BaseModel):
    """What the caller is to the account: following it, or asking to where it is private."""

    account_id: Id
    following: bool = Field(examples=[True])
    requested: bool = Field(examples=[False])


class FollowerShape(BaseModel):
    """Whether the account follows the caller."""

    account_id: Id
    follower: bool = Field(examples=[True])


class BlockShape(BaseModel):
    """Whether the caller blocks the account."""

    account_id: Id
    blocked: bool = Field(examples=[True])


class MuteShape(BaseModel):
    """What the caller does not see of the account: all, reposts, or null for nothing; for good where `until` is null."""

    account_id: Id
    muted: Literal["all", "reposts"] | None = Field(examples=["reposts"])
    until: datetime | None = Field(examples=["2026-06-18T19:00:00Z"])


class OwnProfileShape(BaseModel):
    """What the account shows of itself; an empty text is none."""

    account_id: Id
    display_name: str = Field(examples=["Ada L."])
    bio: str = Field(examples=["Home wins only."])
    private: bool = Field(examples=[True])
