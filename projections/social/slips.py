"""Slips, as their cards show them, and what every account shared and reposted.

    {pNN}:cards               hash: <slip> as shared, <slip>:who sees it, <slip>:gone, <slip>:held by which rule, <slip>:legs and <slip>:end
                              of its bet as they come out, and the rows of `profiles`
    {pNN}:outbox:<account>    sorted set of what it shared and reposted, by position; see `timeline_entries`; the newest 10,000
    {pNN}:on:<fixture>        sorted set of <slip>:<author> on a fixture, by position; the newest 2,000, in the fixture's partition
    {pNN}:tagged:<tag>        sorted set of <slip>:<author> with a tag, by position; the newest 2,000, in the partition of the tag
    {pNN}:authors             hash: <slip> -> its author, in the partition of the slip's id

What concerns a slip is in its author's partition, where its bet is too. The id of a verified slip follows from its bet, so what comes of
a bet finds its slip. Legs that come out are kept for every open bet, since it may be shared later, the end only of a bet that was shared.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import msgspec

from domain.account.facts import AccountFact, ClaimFact
from domain.bet.ends import end_of
from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.fact import Fact, Recorded, micros
from domain.ids import slip_of
from domain.moderation.facts import ModerationFact
from domain.odds import Odds
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.settling import LegResult
from domain.settling.same_game import SameGame
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from projections.changes import Change, Drop, Put, Rank, Trim, Unrank
from projections.partitions import tag_of
from projections.ports import Row, SeenRows, View
from projections.social import profiles
from projections.social.profiles import CARDS
from projections.social.timeline_entries import outbox_member

OUTBOX_MAX = 10_000
ON_FIXTURE_MAX = 2_000
TAGGED_MAX = 2_000

WHO, GONE, HELD_BY, LEGS, END = ":who", ":gone", ":held", ":legs", ":end"
SLIP_ROWS = ("", WHO, GONE, HELD_BY, LEGS, END)


class SlipLegRow(msgspec.Struct, frozen=True, array_like=True):
    """A leg as it is kept."""

    fixture_id: str
    market_id: str
    selection: str
    odds: Odds
    version: int


class SlipRow(msgspec.Struct, frozen=True, array_like=True):
    """A slip as it was shared, as it is kept; `caption` is sealed, `at_us` in microseconds since 1970 by the log's clock."""

    author_id: str
    position: int
    at_us: int
    type: str
    legs: tuple[SlipLegRow, ...]
    stake_shown: str
    bet_id: str
    stake_minor: int
    currency: str
    unit_minor: int
    caption: str
    mentions: tuple[str, ...]
    tags: tuple[str, ...]
    same_game: tuple[SameGame, ...] = ()


class WhoRow(msgspec.Struct, frozen=True, array_like=True):
    """Who sees a slip, and whether it takes no comments or from which moment on (0 for none), as it is kept."""

    visibility: str
    replies_closed: bool = False
    replies_close_us: int = 0


class EndRow(msgspec.Struct, frozen=True, array_like=True):
    """How the bet of a slip ended, as it is kept: `returns_minor` is all that it paid; None are the legs open at its cash-out."""

    outcome: str
    returns_minor: int
    results: tuple[LegResult | None, ...]
    at_us: int
    repriced: tuple[Odds | None, ...] = ()


class LegsRow(msgspec.Struct, frozen=True, array_like=True):
    """How the legs of a slip's bet came out so far, as it is kept, and the odds of those that pay others than they were struck at."""

    results: tuple[LegResult | None, ...]
    repriced: tuple[Odds | None, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
decode_slip = msgspec.msgpack.Decoder(SlipRow).decode
decode_end = msgspec.msgpack.Decoder(EndRow).decode
decode_legs = msgspec.msgpack.Decoder(LegsRow).decode
Projected = Callable[[Recorded, Any], Sequence[Change]]


def at_right_odds(slip: SlipRow, repriced: Sequence[Odds | None]) -> SlipRow:
    """Return a slip with the odds that its legs pay: the right ones where they were struck at an obvious error."""
    if not repriced:
        return slip
    legs = [leg if right is None else msgspec.structs.replace(leg, odds=right) for leg, right in zip(slip.legs, repriced, strict=True)]
    return msgspec.structs.replace(slip, legs=tuple(legs))


def cards_key(account_id: str) -> str:
    """Return the key of the cards of an author's partition."""
    return f"{tag_of(account_id)}:{CARDS}"


def outbox_key(account_id: str) -> str:
    """Return the key of what an account shared and reposted."""
    return f"{tag_of(account_id)}:outbox:{account_id}"


def on_fixture_key(fixture_id: str) -> str:
    """Return the key of the slips on a fixture."""
    return f"{tag_of(fixture_id)}:on:{fixture_id}"


def tagged_key(tag: str) -> str:
    """Return the key of the slips with a tag."""
    return f"{tag_of(tag)}:tagged:{tag}"


def authors_key(slip_id: str) -> str:
    """Return the key of the authors of the slips of a partition."""
    return f"{tag_of(slip_id)}:authors"


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a bet that ended, its slip."""
    body = recorded.body
    return (Row(cards_key(body.account_id), slip_of(recorded.stream_id)),) if isinstance(body, BetSettled | BetCashedOut) else ()


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes."""
    if isinstance(recorded.body, BetSettled | BetCashedOut):
        return _ended(recorded, recorded.body, rows)
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _shared(recorded: Recorded, fact: SlipShared) -> Sequence[Change]:
    slip_id, position, key, outbox = recorded.stream_id, recorded.position, cards_key(fact.author_id), outbox_key(fact.author_id)
    legs = tuple([SlipLegRow(leg.fixture_id, leg.market_id, leg.selection, leg.odds, leg.version) for leg in fact.legs])
    row = SlipRow(
        author_id=fact.author_id,
        position=position,
        at_us=recorded.committed_us,
        type=fact.type,
        legs=legs,
        stake_shown=fact.stake_shown,
        bet_id=fact.bet_id,
        stake_minor=fact.stake_minor,
        currency=fact.currency,
        unit_minor=fact.unit_minor,
        caption=fact.caption,
        mentions=fact.mentions,
        tags=fact.tags,
        same_game=fact.same_game,
    )
    changes: list[Change] = [
        Put(key, slip_id, _encode(row)),
        Put(key, slip_id + WHO, _encode(WhoRow(fact.visibility))),
        Put(authors_key(slip_id), slip_id, fact.author_id.encode()),
        Rank(outbox, outbox_member(slip_id, fact.author_id), position),
        Trim(outbox, OUTBOX_MAX),
    ]
    for fixture_id in dict.fromkeys(leg.fixture_id for leg in fact.legs):
        on_fixture = on_fixture_key(fixture_id)
        changes += Rank(on_fixture, f"{slip_id}:{fact.author_id}", position), Trim(on_fixture, ON_FIXTURE_MAX)
    for tag in fact.tags:
        tagged = tagged_key(tag)
        changes += Rank(tagged, f"{slip_id}:{fact.author_id}", position), Trim(tagged, TAGGED_MAX)
    return changes


def _changed(recorded: Recorded, fact: SlipChanged) -> Sequence[Change]:
    row = WhoRow(fact.visibility, fact.replies_closed, micros(fact.replies_close_at) if fact.replies_close_at is not None else 0)
    return (Put(cards_key(fact.author_id), recorded.stream_id + WHO, _encode(row)),)


def _removed(recorded: Recorded, fact: SlipRemoved) -> Sequence[Change]:
    slip_id = recorded.stream_id
    return Put(cards_key(fact.author_id), slip_id + GONE, b"1"), Unrank(outbox_key(fact.author_id), outbox_member(slip_id, fact.author_id))


def _held(recorded: Recorded, fact: SlipHeld) -> Sequence[Change]:
    return (Put(cards_key(fact.author_id), recorded.stream_id + HELD_BY, fact.rule.encode()),)


def _released(recorded: Recorded, fact: SlipReleased) -> Sequence[Change]:
    return (Drop(cards_key(fact.author_id), recorded.stream_id + HELD_BY),)


def _reposted(recorded: Recorded, fact: Reacted) -> Sequence[Change]:
    if fact.kind != "repost":
        return ()
    outbox = outbox_key(fact.account_id)
    member = outbox_member(fact.slip_id, fact.slip_author_id, fact.account_id)
    return Rank(outbox, member, recorded.position), Trim(outbox, OUTBOX_MAX)


def _repost_withdrawn(_recorded: Recorded, fact: ReactionWithdrawn) -> Sequence[Change]:
    if fact.kind != "repost":
        return ()
    return (Unrank(outbox_key(fact.account_id), outbox_member(fact.slip_id, fact.slip_author_id, fact.account_id)),)


def _leg_resulted(recorded: Recorded, fact: BetLegResulted) -> Sequence[Change]:
    return (Put(cards_key(fact.account_id), slip_of(recorded.stream_id) + LEGS, _encode(LegsRow(fact.results, fact.repriced))),)


def _ended(recorded: Recorded, fact: BetSettled | BetCashedOut, rows: SeenRows) -> Sequence[Change]:
    """End the slip of a bet; one that nobody shared leaves nothing when it is settled, but its cash-out is kept: it may be shared yet."""
    end = end_of(fact)
    if end is None:
        return ()
    (((key, slip_id), slip),) = rows.items()
    settled = [Drop(key, slip_id + LEGS)] if len(fact.results) > 1 else []
    if slip is None and isinstance(fact, BetSettled):
        return settled
    return (
        *settled,
        Put(key, slip_id + END, _encode(EndRow(end.outcome, end.returned_minor, end.results, recorded.committed_us, end.repriced))),
    )


_PROJECTED: dict[type, Projected] = {
    SlipShared: _shared,
    SlipChanged: _changed,
    SlipRemoved: _removed,
    SlipHeld: _held,
    SlipReleased: _released,
    Reacted: _reposted,
    ReactionWithdrawn: _repost_withdrawn,
    BetLegResulted: _leg_resulted,
    **profiles.PROJECTED,
}

_IGNORED: frozenset[type[Fact]] = frozenset(
    {BetPending, ReferralAnswered, BetPlaced, BetRefused, BetSettlementReversed, *get_args(AccountFact | ClaimFact | ModerationFact)}
)
"""Of accounts and their cases, only what `profiles` shows matters here."""

VIEW = View(
    "slips",
    7,
    project,
    consumes=frozenset({*_PROJECTED, BetSettled, BetCashedOut}),
    ignores=_IGNORED - frozenset(_PROJECTED),
    sees=sees,
)
