"""What happens to a draft. Its stream's id follows from its code (`domain.ids.draft_of`), which is secret until it is handed on."""

from datetime import datetime

import msgspec

from domain.fact import Fact


class DraftLeg(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A leg of a draft. It has no odds: whoever opens the draft sees those of that moment."""

    fixture_id: str
    market_id: str
    selection: str


class DraftMade(Fact, frozen=True, tag="draft.made.v1"):
    """An account keeps a bet that it did not place."""

    account_id: str
    code: str
    type: str
    legs: tuple[DraftLeg, ...]
    at: datetime


class DraftReplaced(Fact, frozen=True, tag="draft.replaced.v1"):
    """The draft is another bet from now on, under the same code."""

    account_id: str
    code: str
    type: str
    legs: tuple[DraftLeg, ...]
    at: datetime


class DraftPublished(Fact, frozen=True, tag="draft.published.v1"):
    """Whoever has the code may open the draft from now on."""

    account_id: str
    code: str
    at: datetime


class DraftDeleted(Fact, frozen=True, tag="draft.deleted.v1"):
    """The draft is gone; its code opens nothing any more."""

    account_id: str
    code: str
    at: datetime


DraftFact = DraftMade | DraftReplaced | DraftPublished | DraftDeleted
