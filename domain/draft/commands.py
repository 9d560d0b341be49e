"""What may be asked of a draft. `legs` come with the fixtures of their markets, as the use case read them."""

from datetime import datetime

import msgspec

from domain.draft.facts import DraftLeg


class MakeDraft(msgspec.Struct, frozen=True, gc=False):
    """Keep a bet that was not placed."""

    code: str
    account_id: str
    type: str
    legs: tuple[DraftLeg, ...]
    at: datetime


class ReplaceDraft(msgspec.Struct, frozen=True, gc=False):
    """Keep another bet under the same code."""

    code: str
    account_id: str
    type: str
    legs: tuple[DraftLeg, ...]
    at: datetime


class PublishDraft(msgspec.Struct, frozen=True, gc=False):
    """Let whoever has the code open the draft."""

    code: str
    account_id: str
    at: datetime


class DeleteDraft(msgspec.Struct, frozen=True, gc=False):
    """Keep the draft no more."""

    code: str
    account_id: str
    at: datetime


DraftCommand = MakeDraft | ReplaceDraft | PublishDraft | DeleteDraft
