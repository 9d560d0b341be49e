"""Answers about slips, accounts and comments as they are shown, as the OpenAPI document has them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.betting.answers import FixtureInList
from api.http.betting.same_game_answers import BetSameGameShape
from api.http.field_types import Currency, Id
from api.http.social.slip_answers import SlipAuthorShape
from domain.bet.lines import SINGLE

COUNT = Field(examples=[3])
NO = Field(examples=[False])
WHEN = Field(examples=["2026-06-11T19:00:00Z"])


class SlipLegShape(BaseModel):
    """A leg: `odds` as taken, `current_odds` as they are offered now, null where they are not. `result` is open until it came out.

    `odds` are those that it pays where it was struck at a price that was an obvious error.
    `market` is the market's status and `market_type` its type, both empty where the board has it no more; `fixture` is null then.
    """

    fixture_id: Id
    market_id: Id
    selection: str
    selection_name: str = Field(examples=["Norway"])
    market_type: str = Field(examples=["match_result"])
    odds: str
    current_odds: str | None = Field(examples=["2.40"])
    result: str = Field(examples=["open"])
    market: str = Field(examples=["open"])
    fixture: FixtureInList | None


class SlipBetShape(BaseModel):
    """What a slip shows of its bet: `status` is open, won, lost, void, part_lost, cashed_out, or pick where there is none.

    The stake is there as `stake_shown` says: an amount, units as decimal text, or hidden. Only its author is told the bet's id.
    """

    bet_id: Id | None
    type: str = Field(examples=[SINGLE])
    odds: str
    status: str = Field(examples=["open"])
    stake_shown: str = Field(examples=["units"])
    stake_minor: int | None
    returns_minor: int | None
    currency: Currency | None
    stake_units: str | None = Field(examples=["1.50"])
    returns_units: str | None = Field(examples=["3.52"])
    legs: list[SlipLegShape]
    same_game: list[BetSameGameShape]


class SlipShape(BaseModel):
    """A slip as it is shown to whoever asks; `caption` is null where its author was forgotten.

    `held` says to the author that nobody else is shown it. `reposted_by` is who brought it into the feed, where its author did not.
    """

    slip_id: Id
    author: SlipAuthorShape
    verified: bool = Field(examples=[True])
    visibility: str = Field(examples=["public"])
    replies_closed: bool = NO
    replies_close_at: datetime | None = Field(examples=[None])
    held: bool = NO
    caption: str | None = Field(examples=["Home all the way."])
    tags: list[str] = Field(examples=[["derby"]])
    mentions: list[Id]
    shared_at: datetime = WHEN
    bet: SlipBetShape
    likes: int = COUNT
    comments: int = COUNT
    reposts: int = COUNT
    saves: int = COUNT
    tailers: int = COUNT
    liked: bool = NO
    reposted: bool = NO
    saved: bool = NO
    position: int
    reposted_by: SlipAuthorShape | None = None


class SlipPage(BaseModel):
    """A page of slips; `next_cursor` is null at the end. A page may be short and still have one."""

    items: list[SlipShape]
    next_cursor: str | None


class FeedPage(SlipPage):
    """A page of the feed; `marker` is what `GET /v1/feed/new` counts from: what came after this page was begun."""

    marker: str = Field(examples=["kdE0dCGnd3Mz"])


class NewSlipsShape(BaseModel):
    """How many slips came into the feed after a page, up to 99; `more` says that these are not all."""

    count: int = COUNT
    more: bool = NO


class ListedAccountShape(BaseModel):
    """An account in a list."""

    account_id: Id
    handle: str = Field(examples=["ada"])


class SuggestionShape(BaseModel):
    """An account that is suggested: how many of those one follows follow it, its newest slips on one's matches, whether it is strong."""

    account_id: Id
    handle: str = Field(examples=["ada"])
    followed_by: int = COUNT
    on_your_matches: int = COUNT
    strong_record: bool = NO


class SuggestionList(BaseModel):
    """Accounts to follow, the most fitting first."""

    items: list[SuggestionShape]


class NamedResultShape(BaseModel):
    """A team or a competition that was found."""

    name: str = Field(examples=["Malmö FF"])
    sport: str = Field(examples=["football"])


class SearchResultShape(BaseModel):
    """One thing that was found: that of its `kind` is there, the others are null."""

    kind: str = Field(examples=["account"])
    account: ListedAccountShape | None
    team: NamedResultShape | None
    competition: NamedResultShape | None
    tag: str | None = Field(examples=["derby"])
    slip: SlipShape | None


class SearchPage(BaseModel):
    """A page of what was found; `next_cursor` is null at the end. A page may be short and still have one."""

    items: list[SearchResultShape]
    next_cursor: str | None


class ThreadReplyShape(BaseModel):
    """A comment as it is shown; one that was deleted has neither text nor author, nor has one that is held, but for its author."""

    comment_id: Id
    slip_id: Id
    parent_id: Id | None
    author: SlipAuthorShape | None
    text: str | None = Field(examples=["Home all the way, @ada"])
    deleted: bool = NO
    held: bool = NO
    edited: bool = NO
    posted_at: datetime = WHEN
    position: int


class ThreadCommentShape(ThreadReplyShape):
    """A comment with the first replies to it; `replies_count` counts all. A deleted one stays where it has replies."""

    replies: list[ThreadReplyShape]
    replies_count: int = COUNT


class CommentPage(BaseModel):
    """A page of comments, oldest first; `next_cursor` is null at the end."""

    items: list[ThreadCommentShape]
    next_cursor: str | None


class AccountPage(BaseModel):
    """A page of accounts, newest first; `next_cursor` is null at the end."""

    items: list[ListedAccountShape]
    next_cursor: str | None


class RelationShape(BaseModel):
    """What the account is to the one who asks."""

    follows: bool = NO
    follows_you: bool = NO
    requested: bool = NO
    requests_you: bool = NO
    muted: bool = NO
    reposts_muted: bool = NO
    blocked: bool = NO


class ShownAccountShape(BaseModel):
    """An account as it is shown to another; its texts are null where it was forgotten."""

    account_id: Id
    handle: str = Field(examples=["ada"])
    display_name: str | None = Field(examples=["Ada"])
    bio: str | None = Field(examples=["Underdogs only."])
    private: bool = NO
    registered_at: datetime = WHEN
    followers: int = COUNT
    following: int = COUNT
    relation: RelationShape
