"""Why something was told or not, as the API shows it: `projections.notifications.explanations` in the words of OpenAPI."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.notifications.bodies import NOTICE_ID


class StepShape(BaseModel):
    """A step of a decision: the rule that was looked at, whether the notice passed it, and why."""

    rule: str = Field(examples=["author"])
    passed: bool = Field(examples=[True])
    why: str = Field(examples=["your bell: verified slips"])


class ChannelExplanationShape(BaseModel):
    """Whether a channel outside the page tells it, each step of that decision, and when it would be sent if it happened now."""

    channel: str = Field(examples=["web_push"])
    told: bool = Field(examples=[True])
    sends: str | None = Field(examples=["now"], description="now, later (by itself), digest (with others) or null: not at all.")
    not_before: datetime | None = Field(examples=["2026-06-14T05:30:00Z"])
    steps: list[StepShape]


class DeliveryShape(BaseModel):
    """What became of it at one address, named by its id. What goes into a digest is due, tried and ended with it."""

    delivery_id: str = Field(examples=["5f0c7f6e-2f6c-5c2e-9d59-0b1c3a0f6f11"])
    channel: str = Field(examples=["web_push"])
    address_id: str = Field(examples=["0197c2f6-7b1a-7000-8000-00000000d001"])
    state: str = Field(
        examples=["sent"],
        description="waiting, queued, claimed (looked at again), attempting (with the provider), folded (into a digest), sent, gone (the "
        "address is no more), dead (failed for good), unknown (it may have arrived) or suppressed.",
    )
    rule: str = Field(examples=["provider"], description="What ended or delays it: provider, retry, worker, or the rule that kept it.")
    why: str = Field(examples=[""], description="Why that rule kept it.")
    provider_said: str | None = Field(examples=["201"], description="Its last answer, without addresses; null while there is none.")
    attempts: int = Field(examples=[1])
    in_digest: bool = Field(examples=[False])
    happened_at: datetime = Field(examples=["2026-06-13T22:30:00Z"])
    due_at: datetime = Field(examples=["2026-06-14T05:30:00Z"], description="When it is sent, or tried again.")
    ended_at: datetime | None = Field(examples=["2026-06-14T05:30:01Z"])


class DecidedShape(BaseModel):
    """Whether something is told in the inbox, and each step of that decision; and of that of each channel outside the page."""

    told: bool = Field(examples=[True])
    steps: list[StepShape]
    channels: list[ChannelExplanationShape]


class AsOfShape(BaseModel):
    """The moment that an answer holds for: the position of the cause in the log, and when it was committed."""

    position: int = Field(examples=[4_711])
    at: datetime = Field(examples=["2026-06-13T22:30:00Z"])


class SendingShape(BaseModel):
    """What was decided when it was looked at again to be sent to an address; `at` is when that ended."""

    delivery_id: str = Field(examples=["5f0c7f6e-2f6c-5c2e-9d59-0b1c3a0f6f11"])
    channel: str = Field(examples=["web_push"])
    at: datetime = Field(examples=["2026-06-14T05:30:01Z"])
    told: bool = Field(examples=[True])
    steps: list[StepShape]


class ExplanationShape(BaseModel):
    """Whether something was told, by each channel, with each step, as of when it happened; `now` is the same as of now."""

    cause: str = NOTICE_ID
    as_of: AsOfShape | None = Field(description="null where what was known then is not known any more: then all is as of now.")
    unknown_then: list[str] = Field(examples=[[]], description="Why, or what else cannot be computed as of then.")
    told: bool = Field(examples=[True])
    steps: list[StepShape]
    channels: list[ChannelExplanationShape]
    now: DecidedShape
    otherwise_now: list[str] = Field(examples=[["email"]], description="The channels of which the answer would be another now.")
    sendings: list[SendingShape] = Field(description="What was decided again as each of the newest deliveries was sent, or not.")
    ledger: str = Field(examples=["read"], description="read, missing or unavailable: without read, deliveries may be left out.")
    deliveries: list[DeliveryShape]
