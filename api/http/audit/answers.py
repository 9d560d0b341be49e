"""Answers to auditors, as the OpenAPI document shows them."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from api.http.field_types import Currency, Id


class AnchorShape(BaseModel):
    """The anchor of the log's head: its id, the position and the digest of its last batch, as one line of text."""

    anchor: str


class VerificationShape(BaseModel):
    """A verification; `status` is running, clean, log_clean, wrong or failed. `wrong` names the first fact that is wrong.

    `log_clean`: the log is right, but a view could not be held against it; `figures.views_not_compared` names those. `anchor` is that of
    the last batch where all is well; `since` is the position that it went on from, 0 for the whole log.
    """

    verification_id: Id
    status: str
    facts: int | None
    seconds: float | None
    wrong: str | None
    figures: dict[str, Any] | None
    anchor: str | None
    since: int | None


class BalanceShape(BaseModel):
    """What a wallet held after the fact at `position`."""

    account_id: Id
    position: int
    currency: Currency
    available_minor: int
    at_risk_minor: int


class FactShape(BaseModel):
    """A fact in its place; further members are the fact's own."""

    model_config = ConfigDict(extra="allow")

    position: int
    stream_id: Id
    version: int
    fact: str


class FactPage(BaseModel):
    """A page of a stream, oldest first; `next_cursor` is null at the end."""

    items: list[FactShape]
    next_cursor: str | None
