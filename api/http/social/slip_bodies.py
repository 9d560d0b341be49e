"""Bodies of requests on slips, as the OpenAPI document shows them."""

from typing import Self

from pydantic import Field, model_validator

from api.http.field_types import AmountMinor, BetTypeName, Body, Id, Moment, Name, OddsText, SelectionKey
from api.http.social.draft_bodies import OwnStakeBody
from domain.bet.lines import SINGLE
from domain.slip.decider import CAPTION_CHARACTERS_MAX

WORD_CHARACTERS_MAX = 60


class PickLegBody(Body):
    """One selection at odds that the author says."""

    market_id: Id
    selection: SelectionKey
    odds: OddsText


class PickBody(Body):
    """A bet that was not placed here: shown as unverified."""

    type: BetTypeName = SINGLE
    legs: list[PickLegBody]


class SlipBody(Body):
    """What is shown: a bet of one's own (`bet_id`), or a `pick`. `tags` are words without the #.

    `mentions` are ids of accounts; those that the caption names by `@handle` need not be told.

    `stake_shown` is amount, units or hidden; units need `unit_minor`, what one unit is. A pick has no stake, whatever is said of it.
    """

    bet_id: Id | None = None
    pick: PickBody | None = None
    caption: str = Field("", examples=["Home all the way."], description=f"At most {CAPTION_CHARACTERS_MAX} characters as people count.")
    visibility: str = Field("public", max_length=WORD_CHARACTERS_MAX, examples=["public"], description="public or followers.")
    stake_shown: str = Field("hidden", max_length=WORD_CHARACTERS_MAX, examples=["units"], description="amount, units or hidden.")
    unit_minor: AmountMinor | None = None
    tags: list[str] = Field(default=[], examples=[["derby"]])
    mentions: list[Id] = Field(default=[])

    @model_validator(mode="after")
    def _shows_one_thing(self) -> Self:
        if (self.bet_id is None) == (self.pick is None):
            raise ValueError("Input should have either bet_id or pick")
        return self


class SlipChangesBody(Body):
    """What changes; what is left out stays as it is.

    Replies are closed or opened now, or closed at a moment to come, until which they are open.
    """

    visibility: str | None = Field(None, max_length=WORD_CHARACTERS_MAX, examples=["followers"], description="public or followers.")
    replies_closed: bool | None = Field(None, description="Whether the slip takes no comments any more; takes a closing time away.")
    replies_close_at: Moment | None = Field(None, examples=["2099-06-11T19:00:00Z"], description="From when on it takes none.")

    @model_validator(mode="after")
    def _closes_once(self) -> Self:
        if self.replies_closed is not None and self.replies_close_at is not None:
            raise ValueError("Input should have either replies_closed or replies_close_at")
        return self


class TailBody(OwnStakeBody):
    """The stake of one's own bet, and the side to take."""

    side: str = Field("tail", max_length=WORD_CHARACTERS_MAX, examples=["tail"], description="tail, or fade for the opposite.")
    daily_cap_minor: AmountMinor | None = Field(None, examples=[5000], description="The most to stake by tails in a day, with this one.")


class HoldBody(Body):
    """Why a slip is held: the rule, and words for its author."""

    rule: Name = Field(examples=["spam"])
    reason: Name = Field(examples=["The same link under twenty slips."])
