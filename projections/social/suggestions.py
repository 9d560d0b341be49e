"""Whom an account may want to follow: those whom the ones it follows follow, who share slips on its matches, or whose record is strong.

Only public accounts are suggested, and only public accounts' follows and slips that the viewer may see count as a reason, so that nothing
tells what a private account does. Nobody is suggested whom the viewer follows, asked to follow, muted or blocked, or who blocked it.
"""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from projections.betting import board_queries, portfolio
from projections.ports import Page, ReadModels, Scores
from projections.social import cards, follows, profiles, slip_lists, slips
from projections.social.follows import ASKED, FOLLOWING, key_of
from projections.social.profiles import AccountProfile
from projections.social.relations import Viewer, is_listed, viewer_asks, viewer_of

SUGGESTED_MAX = 20
FRIENDS_LOOKED_AT_MAX = 50
FOLLOWS_OF_FRIEND_MAX = 50
"""Newest follows that are looked at, of the viewer and of each whom it follows."""
MATCHES_LOOKED_AT_MAX = 5
SLIPS_OF_MATCH_MAX = 20
BETS_LOOKED_AT_MAX = 20
STRONG_LOOKED_AT_MAX = 50
FRIEND, MATCH, STRONG = 3, 2, 2
"""What a reason is worth: each friend who follows it, each slip on the same matches up to `MATCHES_COUNTED_MAX`, a strong record."""
MATCHES_COUNTED_MAX = 3


class Suggestion(msgspec.Struct, frozen=True):
    """An account that is suggested: how many whom the viewer follows follow it, its slips on the viewer's matches, whether it is strong."""

    account_id: str
    handle: str
    followed_by: int
    on_your_matches: int
    strong_record: bool


class Suggestions(msgspec.Struct, frozen=True):
    """Accounts, the most fitting first."""

    items: list[Suggestion]


async def suggestions(
    reads: ReadModels, viewer_id: str, strong: Collection[str], limit: int, now_us: int, *, of_strangers: bool = True
) -> Suggestions:
    """Return whom an account may want to follow; `strong` are accounts whose settled verified bets, 20 or more, made a profit.

    Without `of_strangers`, nobody.
    """
    viewer = viewer_of(viewer_id, await reads.many(follows.VIEW, viewer_asks(viewer_id)), now_us)
    if not of_strangers:
        return Suggestions([])
    friends = await _followed_by_friends(reads, viewer)
    on_matches = await _on_same_matches(reads, viewer, now_us)
    ranked = list(strong)[:STRONG_LOOKED_AT_MAX]
    score = Counter({each: FRIEND * number for each, number in friends.items()})
    score.update({each: MATCH * min(number, MATCHES_COUNTED_MAX) for each, number in on_matches.items()})
    score.update(dict.fromkeys(ranked, STRONG))
    named = await _open_to(reads, viewer, list(score))
    best = sorted(named, key=lambda each: (-score[each], each))[: max(1, min(limit, SUGGESTED_MAX))]
    return Suggestions([Suggestion(each, named[each].handle, friends[each], on_matches[each], each in ranked) for each in best])


async def _followed_by_friends(reads: ReadModels, viewer: Viewer) -> Counter[str]:
    """Count whom the newest follows of the viewer follow, those of public accounts."""
    newest = sorted(viewer.following, key=lambda each: -viewer.following[each])[:FRIENDS_LOOKED_AT_MAX]
    friends = [each for each, profile in (await _profiles(reads, newest)).items() if not profile.private and each not in viewer.muted]
    if not friends:
        return Counter()
    pages = await reads.many(follows.VIEW, [Page(key_of(FOLLOWING, each), FOLLOWS_OF_FRIEND_MAX, newest_first=True) for each in friends])
    return Counter(row.member.decode() for page in pages for row in page)


async def _on_same_matches(reads: ReadModels, viewer: Viewer, now_us: int) -> Counter[str]:
    """Count the authors of the newest slips that the viewer may see on the matches that it has open bets on."""
    bets = await portfolio.bets(reads, viewer.account_id, settled=False, limit=BETS_LOOKED_AT_MAX)
    markets = list(dict.fromkeys(leg.market_id for bet in bets.items for leg in bet.legs))[:BETS_LOOKED_AT_MAX]
    fixtures = (await board_queries.fixtures_of(reads, markets))[:MATCHES_LOOKED_AT_MAX]
    keys = [slips.on_fixture_key(fixture_id) for fixture_id in fixtures]
    if not keys:
        return Counter()
    pages = await reads.many(slips.VIEW, [Page(key, SLIPS_OF_MATCH_MAX, newest_first=True) for key in keys])
    names = list(dict.fromkeys(cards.name_of(row.member) for page in pages for row in page))
    return Counter(card.slip.author_id for card in await slip_lists.visible(reads, viewer.account_id, names, now_us, muted=False))


async def _open_to(reads: ReadModels, viewer: Viewer, account_ids: Sequence[str]) -> dict[str, AccountProfile]:
    """Return the public accounts among some that the viewer could follow now and does not."""
    without = {viewer.account_id, *viewer.following, *viewer.muted, *viewer.apart}
    others = [each for each in account_ids if each not in without]
    if not others:
        return {}
    (asked,) = await reads.many(follows.VIEW, [Scores(key_of(ASKED, viewer.account_id), others)])
    unasked = [each for each, since in zip(others, asked, strict=True) if since is None]
    found = await _profiles(reads, unasked)
    return {each: profile for each, profile in found.items() if not profile.private and is_listed(profile, viewer)}


async def _profiles(reads: ReadModels, account_ids: Sequence[str]) -> dict[str, AccountProfile]:
    if not account_ids:
        return {}
    rows = await reads.many(slips.VIEW, [profiles.profile_fields(each) for each in account_ids])
    found = {each: profiles.profile_of(each, row) for each, row in zip(account_ids, rows, strict=True)}
    return {each: profile for each, profile in found.items() if profile is not None}
