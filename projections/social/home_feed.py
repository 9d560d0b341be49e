"""The home feed: slips of those whom an account follows, with some that trend and some on matches that it has bets on.

Only the first page shows slips of others, at fixed places, and none that has a place in the account's own feed. What others share or
somebody reposts later waits for the next first page, so no slip comes twice however long one pages.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from msgspec.structs import replace

from projections.betting import portfolio
from projections.betting.quotes import CurrentQuotes, Quotes, live_fixtures_of
from projections.ports import Page, ReadModels
from projections.social import cards, feed_page, people, slip_lists, slips
from projections.social.cards import Card, SlipAuthor, SlipName, SlipView
from projections.social.feed_page import FeedCards, reposted_by_followed
from projections.social.own_mutes import OpenTexts
from projections.social.slip_lists import SlipViews
from projections.social.trending import TrendingSlip

LIVE_PLACES = (1, 7)
"""Where slips on live matches that concern the viewer stand on the first page."""
TRENDING_PLACES = (3, 11)
"""Where trending slips stand on the first page."""
TRENDING_LOOKED_AT_MAX = 30
LIVE_FIXTURES_MAX = 4
LIVE_SLIPS_LOOKED_AT_MAX = 10
"""Newest slips that are looked at on each of these matches."""
OPEN_BETS_LOOKED_AT_MAX = 20
LEGS_LOOKED_AT_MAX = 40


class FeedViews(SlipViews, frozen=True):
    """A page of a feed; `marker` says from where `feed_page.new_since` counts what came after it."""

    marker: str


async def home(
    reads: ReadModels,
    viewer_id: str,
    ranked: Sequence[TrendingSlip],
    cursor: str | None,
    limit: int,
    now_us: int,
    *,
    blend: bool = True,
    open_texts: OpenTexts | None = None,
    quotes: Quotes | None = None,
    note: Callable[[FeedCards], None] | None = None,
) -> FeedViews:
    """Return the feed of an account; with `blend` its first page has slips of others: on live matches it has bets on, and those `ranked`.

    Matches and prices are as `quotes` has them, which may be kept ones. `note` is called with how the page was read, once it is hydrated.

    Raises:
        UnreadableCursor: when no feed gave that cursor.

    """
    on_live: Sequence[SlipName] = ()
    quotes = quotes or CurrentQuotes(reads, now_us)
    if cursor or not blend:
        page = await feed_page.following_page(reads, viewer_id, cursor, limit, now_us, open_texts)
    else:
        page, on_live = await asyncio.gather(
            feed_page.following_page(reads, viewer_id, None, limit, now_us, open_texts), slips_on_live_matches(reads, viewer_id, quotes)
        )
    live, trending = await _blended(reads, page, on_live, ranked[: 0 if cursor else TRENDING_LOOKED_AT_MAX], now_us, limit)
    page = page.first(max(1, limit - len(live) - len(trending)))
    found = [each.card for each in page.found]
    views = await cards.shown(reads, [*found, *live, *trending], viewer_id, now_us, quotes)
    reposters = {each.entry.slip_id: each.entry.reposter_id for each in page.found if each.entry.reposter_id}
    named = await people.handles(reads, list(dict.fromkeys(reposters.values())))
    items = [_reposted(view, reposters, named) for view in views[: len(found)]]
    others = views[len(found) :]
    if note is not None:
        note(page)
    places = [*LIVE_PLACES[: len(live)], *TRENDING_PLACES[: len(trending)]] if items else list(range(len(others)))
    for place, view in sorted(zip(places, others, strict=True), key=itemgetter(0)):
        items.insert(place, view)
    return FeedViews(items, page.next_cursor, str(page.stands_at))


def _reposted(view: SlipView, reposters: Mapping[str, str], named: Mapping[str, str]) -> SlipView:
    reposter_id = reposters.get(view.slip_id)
    return view if reposter_id is None else replace(view, reposted_by=SlipAuthor(reposter_id, named.get(reposter_id, "")))


async def slips_on_live_matches(reads: ReadModels, viewer_id: str, quotes: Quotes) -> list[SlipName]:
    """Return the newest slips on the matches that are live now and that the viewer has open bets on, newest first."""
    open_bets = await portfolio.bets(reads, viewer_id, settled=False, limit=OPEN_BETS_LOOKED_AT_MAX)
    markets = list(dict.fromkeys(leg.market_id for bet in open_bets.items for leg in bet.legs))[:LEGS_LOOKED_AT_MAX]
    fixtures = await live_fixtures_of(quotes, markets)
    keys = [slips.on_fixture_key(fixture_id) for fixture_id in fixtures[:LIVE_FIXTURES_MAX]]
    if not keys:
        return []
    pages = await reads.many(slips.VIEW, [Page(key, LIVE_SLIPS_LOOKED_AT_MAX, newest_first=True) for key in keys])
    rows = sorted({(row.score, row.member) for page in pages for row in page}, reverse=True)
    return [cards.name_of(member) for _, member in rows]


async def _blended(
    reads: ReadModels, page: FeedCards, on_live: Sequence[SlipName], ranked: Sequence[TrendingSlip], now_us: int, limit: int
) -> tuple[list[Card], list[Card]]:
    """Return slips on live matches, and trending ones, without a place in the viewer's own feed: a few, or a page where that is empty."""
    viewer = page.viewer
    strangers = [
        name
        for name in dict.fromkeys([*on_live, *[(each.slip_id, each.author_id) for each in ranked]])
        if name[1] not in viewer.following and name[1] != viewer.account_id and name[1] not in viewer.muted
    ]
    of_live, room = set(on_live), min(limit - 1, len(LIVE_PLACES) + len(TRENDING_PLACES))
    live_max, other_max = (min(len(LIVE_PLACES), room), min(len(TRENDING_PLACES), room)) if page.found else (limit, limit)
    live, other = await asyncio.gather(
        _first_visible(reads, page, [name for name in strangers if name in of_live], live_max, now_us),
        _first_visible(reads, page, [name for name in strangers if name not in of_live], other_max, now_us),
    )
    return live, other[: max(0, (room if page.found else limit) - len(live))]


async def _first_visible(reads: ReadModels, page: FeedCards, names: Sequence[SlipName], wanted: int, now_us: int) -> list[Card]:
    """Return the first of some slips that may be blended in; mostly they are the very first, so that few more are looked at."""
    viewer, found = page.viewer, list[Card]()
    while names and len(found) < wanted:
        some, names = names[: wanted - len(found) + 1], names[wanted - len(found) + 1 :]
        placed, visible = await asyncio.gather(
            reposted_by_followed(reads, viewer, [slip_id for slip_id, _ in some]),
            slip_lists.visible(reads, viewer.account_id, some, now_us),
        )
        found += await page.mutes.unhidden([card for card in visible if card.slip_id not in placed])
    return found[:wanted]
