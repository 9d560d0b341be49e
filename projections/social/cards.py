"""Slips as they are shown: read together with their authors, their counts, and the matches that they are on.

A page is made in a few round trips, whatever its length: the slips with their counts and the viewer's own reactions, then the matches and
prices of their legs. Texts stay sealed here; who makes the page opens them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from domain.bet.lines import folds_of
from domain.fact import micros, moment
from domain.settling import LegResult, odds_of_folds
from domain.settling.same_game import odds_of_line
from projections.betting import portfolio
from projections.betting.bet_rows import RESULT_NAMES
from projections.betting.bet_view import SameGameView, decode_settled, together
from projections.betting.board_queries import FixtureView
from projections.betting.quotes import CurrentQuotes, Quoted, Quotes
from projections.ports import Fields, ReadModels
from projections.social import engagement, profiles, slips
from projections.social.profiles import AccountProfile
from projections.social.relations import Viewer, is_listed
from projections.social.slips import SLIP_ROWS, EndRow, LegsRow, SlipRow, WhoRow, cards_key

SlipName = tuple[str, str]
"""The id of a slip and the id of its author, whose partition has the slip's rows."""


class Card(NamedTuple):
    """A slip as its rows show it, and its author; its counts and the viewer's reactions (`given`) are read when it is shown."""

    slip_id: str
    slip: SlipRow
    who: WhoRow
    held: str
    results: Sequence[LegResult | None]
    end: EndRow | None
    author: AccountProfile
    counts: Mapping[str, int]
    given: frozenset[str]


class SlipAuthor(msgspec.Struct, frozen=True):
    """Who shared a slip, or reposted it."""

    account_id: str
    handle: str


class SlipLegView(msgspec.Struct, frozen=True):
    """A leg as it is shown; `result` is open, won, lost, void, half_won, half_lost or dead_heat.

    `odds` are those taken, or the right ones where these were an obvious error, or typed in for a pick; `current_odds` are null while none
    are offered. `market` is the market's status and `market_type` its type, both empty where the board has it no more; `fixture` is null
    then.
    """

    fixture_id: str
    market_id: str
    selection: str
    selection_name: str
    market_type: str
    odds: str
    current_odds: str | None
    result: str
    market: str
    fixture: FixtureView | None


class SlipBetView(msgspec.Struct, frozen=True):
    """What a slip shows of its bet; `status` is open, won, lost, void, part_lost or cashed_out, and pick where there is no bet.

    Amounts are there where the stake is shown as an amount, units (decimal text) where it is shown in units; returns once they are known.
    """

    bet_id: str | None
    type: str
    odds: str
    status: str
    stake_shown: str
    stake_minor: int | None
    returns_minor: int | None
    currency: str | None
    stake_units: str | None
    returns_units: str | None
    legs: list[SlipLegView]
    same_game: list[SameGameView]


class SlipView(msgspec.Struct, frozen=True):
    """A slip as it is shown to somebody; `caption` is None where it cannot be opened any more.

    `replies_closed` is as of now; `replies_close_at` is when it takes no comments any more, None where that is not said.
    `held` says to the author that it is shown to nobody else. `reposted_by` is who brought it into the feed, where the author did not.
    """

    slip_id: str
    author: SlipAuthor
    verified: bool
    visibility: str
    replies_closed: bool
    replies_close_at: datetime | None
    held: bool
    caption: str | None
    tags: list[str]
    mentions: list[str]
    shared_at: datetime
    bet: SlipBetView
    likes: int
    comments: int
    reposts: int
    saves: int
    tailers: int
    liked: bool
    reposted: bool
    saved: bool
    position: int
    reposted_by: SlipAuthor | None = None


_who_row = msgspec.msgpack.Decoder(WhoRow).decode
Rows = Sequence[bytes | None]
UNCOUNTED: Mapping[str, int] = MappingProxyType(dict.fromkeys(engagement.COUNTS, 0))


async def cards(reads: ReadModels, names: Sequence[SlipName]) -> dict[str, Card]:
    """Return the slips that are there and not removed, by id, whoever may see them."""
    _, found = await cards_at(reads, names)
    return found


async def cards_at(reads: ReadModels, names: Sequence[SlipName]) -> tuple[Mapping[int, int], dict[str, Card]]:
    """Return the same, with the position of each partition that slips were read from."""
    if not names:
        return {}, {}
    positions, answers = await reads.many_at(slips.VIEW, [slip_fields(slip_id, author_id) for slip_id, author_id in names])
    made = [card_of_rows(slip_id, author_id, rows) for (slip_id, author_id), rows in zip(names, answers, strict=True)]
    return positions, {card.slip_id: card for card in made if card is not None}


def slip_fields(slip_id: str, author_id: str) -> Fields:
    """Ask for the rows of a slip, then those of its author's profile."""
    wanted = [slip_id + part for part in SLIP_ROWS] + [author_id + part for part in profiles.PROFILE_ROWS]
    return Fields(cards_key(author_id), wanted)


def card_of_rows(slip_id: str, author_id: str, rows: Rows, counts: Mapping[str, int] = UNCOUNTED) -> Card | None:
    """Return the card that rows show, in the order of `slip_fields`; None where there is no such slip, or it was removed."""
    shared, who, gone, held, legs, end = rows[: len(SLIP_ROWS)]
    author = profiles.profile_of(author_id, rows[len(SLIP_ROWS) :])
    if shared is None or who is None or gone is not None or author is None:
        return None
    slip, ended = slips.decode_slip(shared), slips.decode_end(end) if end is not None else None
    so_far = slips.decode_legs(legs) if legs is not None else LegsRow((None,) * len(slip.legs))
    told = so_far if ended is None else LegsRow(ended.results, ended.repriced)
    return Card(
        slip_id,
        slips.at_right_odds(slip, told.repriced),
        _who_row(who),
        held.decode() if held is not None else "",
        told.results,
        ended,
        author,
        counts,
        frozenset(),
    )


def may_see(card: Card, viewer: Viewer) -> bool:
    """Whether an account is shown a slip: as commands decide it, from the rows of the view."""
    author_id = card.slip.author_id
    if author_id == viewer.account_id:
        return True
    if card.held or not is_listed(card.author, viewer):
        return False
    return viewer.follows(author_id) or (card.who.visibility == "public" and not card.author.private)


async def shown(reads: ReadModels, found: Sequence[Card], viewer_id: str, now_us: int, quotes: Quotes | None = None) -> list[SlipView]:
    """Return slips as they are shown, with the matches and prices of this moment, in the order of the cards."""
    legs = [leg for card in found for leg in card.slip.legs]
    fixture_ids, market_ids = list(dict.fromkeys(leg.fixture_id for leg in legs)), list(dict.fromkeys(leg.market_id for leg in legs))
    counts, matches = await asyncio.gather(
        engagement.counted(reads, viewer_id, [(card.slip_id, card.slip.author_id) for card in found]),
        (quotes or CurrentQuotes(reads, now_us)).of(fixture_ids, market_ids),
    )
    found = [card._replace(counts=numbers, given=given) for card, (numbers, given) in zip(found, counts, strict=True)]
    ended = await ended_before(reads, found, matches)
    return [shown_with(ended.get(card.slip_id, card), matches, now_us, is_own=card.slip.author_id == viewer_id) for card in found]


async def ended_before(reads: ReadModels, found: Sequence[Card], matches: Quoted) -> dict[str, Card]:
    """Return the slips whose bets were settled before they were shared, with the ends that the portfolios of their authors have."""
    asked = [card for card in found if card.slip.bet_id and card.end is None and _is_over(card, matches)]
    if not asked:
        return {}
    rows = await reads.many(portfolio.VIEW, [portfolio.end_fields(card.slip.author_id, card.slip.bet_id) for card in asked])
    ended = {}
    for card, (row,) in zip(asked, rows, strict=True):
        if row is not None:
            end = decode_settled(row)
            shown_end = EndRow(end.outcome, end.returns_minor, end.results, micros(end.at), end.repriced)
            slip = slips.at_right_odds(card.slip, end.repriced)
            ended[card.slip_id] = card._replace(slip=slip, end=shown_end, results=end.results)
    return ended


def _is_over(card: Card, matches: Quoted) -> bool:
    markets = [matches.markets.get(leg.market_id) for leg in card.slip.legs]
    return all(market is None or market.status == "resulted" for market in markets)


def shown_with(card: Card, matches: Quoted, now_us: int = 0, *, is_own: bool) -> SlipView:
    """Return a slip as it is shown beside these matches, to its author with what is the author's alone; at 0 no closing time has come."""
    slip, close_us = card.slip, card.who.replies_close_us
    return SlipView(
        slip_id=card.slip_id,
        author=SlipAuthor(card.author.account_id, card.author.handle),
        verified=bool(slip.bet_id),
        visibility=card.who.visibility,
        replies_closed=card.who.replies_closed or 0 < close_us <= now_us,
        replies_close_at=moment(close_us) if close_us else None,
        held=bool(card.held),
        caption=slip.caption,
        tags=list(slip.tags),
        mentions=list(slip.mentions),
        shared_at=moment(slip.at_us),
        bet=_bet(card, matches, is_own=is_own),
        likes=card.counts["likes"],
        comments=card.counts["comments"],
        reposts=card.counts["reposts"],
        saves=card.counts["saves"],
        tailers=card.counts["tailers"],
        liked="like" in card.given,
        reposted="repost" in card.given,
        saved="save" in card.given,
        position=slip.position,
    )


def _bet(card: Card, matches: Quoted, *, is_own: bool) -> SlipBetView:
    slip, end = card.slip, card.end
    folds = folds_of(slip.type, len(slip.legs))
    odds = odds_of_folds(folds, [leg.odds for leg in slip.legs]) if folds else slip.legs[0].odds
    if slip.same_game:
        odds = odds_of_line([leg.odds for leg in slip.legs], slip.same_game)
    in_units, is_seen = slip.stake_shown == "units", bool(slip.bet_id) and slip.stake_shown == "amount"
    returns_minor = end.returns_minor if end is not None else None
    return SlipBetView(
        bet_id=slip.bet_id if slip.bet_id and is_own else None,
        type=slip.type,
        odds=odds.text,
        status="pick" if not slip.bet_id else end.outcome if end is not None else "open",
        stake_shown=slip.stake_shown,
        stake_minor=slip.stake_minor if is_seen else None,
        returns_minor=returns_minor if is_seen else None,
        currency=slip.currency if is_seen else None,
        stake_units=_units(slip.stake_minor, slip.unit_minor) if in_units else None,
        returns_units=_units(returns_minor, slip.unit_minor) if in_units and returns_minor is not None else None,
        legs=[_leg(leg, result, matches) for leg, result in zip(slip.legs, card.results, strict=True)],
        same_game=[together(group) for group in slip.same_game],
    )


def _leg(leg: slips.SlipLegRow, result: LegResult | None, matches: Quoted) -> SlipLegView:
    market = matches.markets.get(leg.market_id)
    selection = next((each for each in market.selections if each.selection == leg.selection), None) if market is not None else None
    named = None if result is None else RESULT_NAMES.get(result, "dead_heat")
    if named is None:
        named = selection.result if selection is not None and selection.result is not None else "open"
    is_offered = selection is not None and market is not None and market.status == "open"
    return SlipLegView(
        fixture_id=leg.fixture_id,
        market_id=leg.market_id,
        selection=leg.selection,
        selection_name=selection.name if selection is not None else leg.selection,
        market_type=market.type if market is not None else "",
        odds=leg.odds.text,
        current_odds=selection.odds if selection is not None and is_offered else None,
        result=named,
        market=market.status if market is not None else "",
        fixture=matches.fixtures.get(leg.fixture_id),
    )


def _units(amount_minor: int, unit_minor: int) -> str:
    """Return an amount in units, to the hundredth, rounded down."""
    return "{}.{:02d}".format(*divmod(amount_minor * 100 // unit_minor, 100))


def name_of(member: bytes) -> SlipName:
    """Return the slip that a member of a set names as <slip>:<author>."""
    slip_id, _, author_id = member.decode().partition(":")
    return slip_id, author_id
