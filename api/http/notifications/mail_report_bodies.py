"""Bodies and answers about what a mail provider reports, as the OpenAPI document shows them."""

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.http.field_types import Body, Id
from domain.account.decider import EMAIL_CHARACTERS_MAX


class MailReportBody(Body):
    """What a mail provider reports of a mail: by its recipient, the id of its delivery (in `Message-ID`, before the @), or both."""

    event: Literal["bounced", "complained"] = Field(description="The mail came back, or its reader called it unwanted.")
    permanent: bool = Field(True, description="Of what bounced: whether the mailbox is gone (a hard bounce), and not only full or away.")
    delivery_id: Id | None = None
    recipient: str | None = Field(None, min_length=1, max_length=EMAIL_CHARACTERS_MAX, examples=["annika@example.com"])

    @model_validator(mode="after")
    def _names_a_mail(self) -> Self:
        if not self.delivery_id and not self.recipient:
            raise ValueError("names neither a delivery nor a recipient")
        return self


class MailReportShape(BaseModel):
    """What came of a report: `switched_off`, `already_off`, `soft` (it changes nothing) or `unknown` (no address of anybody is known)."""

    effect: str = Field(examples=["switched_off"])
