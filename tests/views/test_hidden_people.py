"""Whoever is blocked, blocks or is shadowed is in no list that another is shown: every read route that returns people or slips is asked."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from domain.fact import micros
from domain.ids import case_of
from domain.moderation.facts import AccountShadowed, ModeratedItem
from domain.odds import parse
from domain.settling import WON
from domain.slip.facts import SlipLeg
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.notifications import inbox_page
from projections.ports import ReadModels
from projections.social import feed_page, home_feed, leaderboards, people, slip_lists, suggestions, threads
from projections.social.competitions import competition_of
from projections.social.follows import FOLLOWED_BY, FOLLOWING, REQUESTS
from projections.social.record_sums import day_of
from projections.social.trending import trending
from tests.views.history import NOON, named
from tests.views.record_history import RecordHistory
from tests.views.social_history import EVERY_VIEW

BOB, STAR, HIDDEN, FAN, FAR = (named("account", number) for number in range(5))
FIXTURE, MARKET, TAG = named("fixture", 1), named("market", 1), "derby"
LEG = SlipLeg(FIXTURE, MARKET, "home", parse("2.35"), 1)
NOW_US = micros(NOON)
BETS = 20

Asked = Callable[[ReadModels, str, dict[str, str]], Any]
"""What a viewer asks for, given the slips by what they are there for."""


async def of_home(reads: ReadModels, viewer: str, tab: str) -> Any:
    ranked = (await trending(reads)).found
    return await home_feed.home(reads, viewer, ranked, None, 50, NOW_US, blend=tab == "home")


async def of_new(reads: ReadModels, viewer: str) -> Any:
    count = await feed_page.new_since(reads, viewer, "0", NOW_US)
    return [HIDDEN] if count.count > 1 else []


async def ranked_for(reads: ReadModels, viewer: str) -> Any:
    today = day_of(NOW_US)
    standings = (await leaderboards.ranked(reads, "all", "EUR", None, today)).standings
    return await leaderboards.page_of(reads, viewer, standings, None, 20, NOW_US)


async def trending_for(reads: ReadModels, viewer: str) -> Any:
    return await slip_lists.trending_slips(reads, viewer, (await trending(reads)).found, 20, NOW_US)


async def as_they_are(texts: Sequence[tuple[str, str]]) -> Sequence[str | None]:
    return [text for _, text in texts]


READS: dict[str, Asked] = {
    "listAccountSlips": lambda reads, viewer, _: slip_lists.of_account(reads, viewer, HIDDEN, None, 20, NOW_US),
    "listFollowers": lambda reads, viewer, _: people.listed(reads, viewer, FOLLOWED_BY, STAR, None, 20, NOW_US),
    "listFollowing": lambda reads, viewer, _: people.listed(reads, viewer, FOLLOWING, STAR, None, 20, NOW_US),
    "listFollowRequests": lambda reads, viewer, _: people.listed(reads, viewer, REQUESTS, viewer, None, 20, NOW_US),
    "readLeaderboard": lambda reads, viewer, _: ranked_for(reads, viewer),
    "readFeed": lambda reads, viewer, _: of_home(reads, viewer, "home"),
    "countNewSlips": lambda reads, viewer, _: of_new(reads, viewer),
    "listTrending": lambda reads, viewer, _: trending_for(reads, viewer),
    "listFixtureSlips": lambda reads, viewer, _: slip_lists.about(reads, viewer, slip_lists.on_fixture(FIXTURE), None, 20, NOW_US),
    "listTaggedSlips": lambda reads, viewer, _: slip_lists.about(reads, viewer, slip_lists.tagged(TAG), None, 20, NOW_US),
    "listCompetitionSlips": lambda reads, viewer, _: slip_lists.about(
        reads, viewer, slip_lists.on_competition(competition_of("football", "World Cup")), None, 20, NOW_US
    ),
    "listSavedSlips": lambda reads, viewer, _: slip_lists.saved(reads, viewer, None, 20, NOW_US),
    "readSlip": lambda reads, viewer, ids: slip_lists.slip(reads, viewer, ids["hidden"], NOW_US),
    "listComments": lambda reads, viewer, ids: threads.comments(reads, viewer, ids["star"], "", None, 20, NOW_US),
    "listLikes": lambda reads, viewer, ids: people.likers(reads, viewer, ids["star"], None, 20, NOW_US),
    "readInbox": lambda reads, viewer, _: inbox_page.page(reads, viewer, None, None, 50, NOW_US, as_they_are),
    "suggestAccounts": lambda reads, viewer, _: suggestions.suggestions(reads, viewer, [HIDDEN], 20, NOW_US),
}
"""What each read route asks of the views, by its operation."""

ELSEWHERE = {
    "search": "in tests/contracts/test_search.py, over its tables",
    "readAccount": "names nobody but whom it was asked for; a blocker is answered as missing",
    "readRecord": "names nobody",
    "openCode": "names nobody, and no slip",
    **dict.fromkeys(("wallet", "portfolio", "whoAmI", "ownLimits", "ownRestrictions", "realityCheck", "sessionCosts"), "one's own"),
    **dict.fromkeys(("readBet", "listBets", "listDrafts"), "one's own"),
    "listMutedThreads": "what one muted, by id",
    **dict.fromkeys(("listMutedAccounts", "listBlockedAccounts"), "whom one muted or blocked, to take it back"),
    "listOwnModeration": "one's own",
    **dict.fromkeys(("listPreferences", "listAddresses"), "what one set"),
    "explainNotice": "names nobody",
    "readWithdrawalHold": "compliance sees the account it names, and nobody else in it",
    "listModerationQueue": "moderators see all",
}


FEEDS = ("readFeed", "countNewSlips")
"""What is asked by who follows the account; the rest by somebody who does not, since whoever is followed is not suggested."""


def told() -> tuple[RecordHistory, dict[str, str]]:
    """Everybody does what puts an account into a list: share, like, comment, repost, follow, ask, win."""
    history = RecordHistory()
    for account_id, handle in ((BOB, "Bob"), (STAR, "Star"), (HIDDEN, "Hidden"), (FAN, "Fan"), (FAR, "Far")):
        history.account(account_id, handle)
        history.wallet(account_id, 1_000_00)
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "2")
    ids = {"star": history.pick(STAR, legs=(LEG,)), "hidden": history.pick(HIDDEN, legs=(LEG,), tags=(TAG,)), "far": history.pick(FAR)}
    for follower, followed in ((STAR, HIDDEN), (HIDDEN, STAR), (BOB, STAR), (FAN, STAR), (FAN, HIDDEN)):
        history.follow(follower, followed)
    history.react("like", HIDDEN, ids["star"], STAR)
    history.react("like", FAR, ids["hidden"], HIDDEN)
    history.react("save", BOB, ids["hidden"], HIDDEN)
    history.react("repost", HIDDEN, ids["far"], FAR)
    history.comment("of hidden", HIDDEN, ids["star"], STAR, "sealed")
    history.ask(HIDDEN, BOB)
    for number in range(BETS):
        bet_id = named("bet", number)
        history.bet(HIDDEN, bet_id, 1_00, (MARKET, "home", "2.35", 1))
        history.share(HIDDEN, bet_id, 1_00, LEG)
        history.settle(HIDDEN, bet_id, "won", 1_00, 2_35, WON)
    return history, ids


def answers(history: RecordHistory, ids: dict[str, str]) -> dict[str, str]:
    """Return what every route answers."""
    models = MemoryModels()
    Projector(history.log, models, EVERY_VIEW).catch_up()
    reads = MemoryReads(models)
    return {name: repr(asyncio.run(asked(reads, FAN if name in FEEDS else BOB, ids))) for name, asked in READS.items()}


HIDES: dict[str, Callable[[RecordHistory], Any]] = {
    "shadowed": lambda history: history.add(
        case_of("account", HIDDEN), AccountShadowed(ModeratedItem("account", HIDDEN, HIDDEN), "spam", "Why.", "mo", history.at())
    ),
    "blocked": lambda history: [history.block(viewer, HIDDEN) for viewer in (BOB, FAN)],
    "blocks": lambda history: [history.block(HIDDEN, viewer) for viewer in (BOB, FAN)],
}


@pytest.mark.parametrize("hide", HIDES.values(), ids=HIDES)
def test_whoever_is_hidden_from_a_viewer_is_in_no_answer_and_nothing_of_theirs(hide: Callable[[RecordHistory], Any]):
    history, ids = told()
    before = answers(history, ids)
    assert {name for name, answer in before.items() if HIDDEN in answer} == set(READS)
    assert ids["far"] in before["readFeed"], "which it reposted"
    hide(history)
    after = answers(history, ids)
    assert {name for name, answer in after.items() if HIDDEN in answer} == set()
    assert ids["star"] in after["readFeed"]
    assert "reposted_by=SlipAuthor" not in after["readFeed"]
