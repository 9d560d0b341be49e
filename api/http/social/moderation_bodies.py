"""Bodies of requests on reports, decisions and appeals, as the OpenAPI document shows them."""

from typing import Literal, Self

from pydantic import Field, model_validator

from api.http.field_types import Body, Id, Moment, Name
from domain.moderation.state import APPEAL_CHARACTERS_MAX, REASONS

WORD_CHARACTERS_MAX = 60


class ReportBody(Body):
    """What is reported: a slip, a comment or an account, and why."""

    slip_id: Id | None = None
    comment_id: Id | None = None
    account_id: Id | None = None
    reason: str = Field(max_length=WORD_CHARACTERS_MAX, examples=["spam"], description=", ".join(REASONS))

    @model_validator(mode="after")
    def _reports_one_thing(self) -> Self:
        if sum(each is not None for each in (self.slip_id, self.comment_id, self.account_id)) != 1:
            raise ValueError("Input should have one of slip_id, comment_id and account_id")
        return self


class DecisionBody(Body):
    """What a moderator decides, by which rule and why: the author is told the words.

    hold, remove and shadow need a `rule`, the hold of an account a moment `until`; release, dismiss and unshadow need neither.
    """

    action: Literal["hold", "remove", "release", "dismiss", "shadow", "unshadow"]
    rule: Name | None = Field(None, examples=["spam"])
    reason: Name = Field(examples=["The same link under twenty slips."])
    until: Moment | None = None

    @model_validator(mode="after")
    def _names_its_rule(self) -> Self:
        if (self.rule is None) == (self.action in ("hold", "remove", "shadow")):
            raise ValueError("Input should have a rule for hold, remove and shadow, and for nothing else")
        if self.until is not None and self.action != "hold":
            raise ValueError("Input should have until for hold alone")
        return self


class AppealBody(Body):
    """What the author says to a decision."""

    text: str = Field(examples=["It was a joke among friends."], description=f"At most {APPEAL_CHARACTERS_MAX} characters as people count.")


class AppealAnswerBody(Body):
    """Whether an appeal is granted, and why."""

    granted: bool = Field(examples=[True])
    reason: Name = Field(examples=["It was one."])
