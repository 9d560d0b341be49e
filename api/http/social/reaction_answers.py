"""Answers to reactions, as the OpenAPI document shows them."""

from pydantic import BaseModel, Field

from api.http.field_types import Id


class ReactionShape(BaseModel):
    """Whether the reaction (like, repost or save) stands now."""

    slip_id: Id
    reaction: str = Field(examples=["like"])
    given: bool = Field(examples=[True])
    position: int
