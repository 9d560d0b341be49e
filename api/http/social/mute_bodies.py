"""Bodies and answers about muted threads and words, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.field_types import Body, Id, Moment
from domain.mutes.decider import WORD_CHARACTERS_MAX

UNTIL = Field(examples=["2026-06-18T19:00:00Z"])
YES = Field(examples=[True])


class MutedUntilBody(Body):
    """Until when, at most 366 days away; null for good."""

    until: Moment | None = None


class MutedWordBody(MutedUntilBody):
    """A word, or several in a row, whatever their case."""

    word: str = Field(examples=["own goal"], description=f"At most {WORD_CHARACTERS_MAX} characters as people count.")


class MutedThreadShape(BaseModel):
    """Whether the caller mutes a slip and its discussion; for good where `until` is null."""

    slip_id: Id
    muted: bool = YES
    until: datetime | None = UNTIL


class MutedWordShape(BaseModel):
    """Whether the caller mutes a word, which `word_id` names from now on."""

    word_id: Id
    muted: bool = YES
    until: datetime | None = UNTIL


class ListedWordShape(BaseModel):
    """A word that the caller mutes, as it is compared: without case."""

    word_id: Id
    word: str | None = Field(examples=["own goal"])
    until: datetime | None = UNTIL


class ListedThreadShape(BaseModel):
    """A slip whose discussion the caller mutes."""

    slip_id: Id
    until: datetime | None = UNTIL


class ListedMutedAccountShape(BaseModel):
    """An account of which the caller sees nothing (`all`), or no `reposts`."""

    account_id: Id
    handle: str = Field(examples=["nordlys"])
    what: str = Field(examples=["all"])
    until: datetime | None = UNTIL


class MutedAccountList(BaseModel):
    """All accounts that the caller mutes."""

    items: list[ListedMutedAccountShape]


class MutedWordList(BaseModel):
    """All words that the caller mutes."""

    items: list[ListedWordShape]


class MutedThreadList(BaseModel):
    """All slips whose discussion the caller mutes."""

    items: list[ListedThreadShape]
