"""A slip as its card shows it: what was shared, what came of its bet, what people did with it, and the record of its author."""

import asyncio
from datetime import timedelta

import pytest

from domain.bet.facts import BetLegResulted
from domain.fact import micros
from domain.odds import parse
from domain.settling import LOST, WON
from domain.slip.facts import SlipLeg
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import home_feed, people, slip_lists, threads
from projections.social.trending import trending
from tests.views.history import NOON, named
from tests.views.social_history import EVERY_VIEW, SocialHistory

ANN, BOB, CLEO, DAN = (named("account", number) for number in range(4))
FIXTURE_1, FIXTURE_2, MARKET_1, MARKET_2 = named("fixture", 1), named("fixture", 2), named("market", 1), named("market", 2)
LEG_1, LEG_2 = SlipLeg(FIXTURE_1, MARKET_1, "home", parse("2.35"), 1), SlipLeg(FIXTURE_2, MARKET_2, "away", parse("2"), 1)
BET_1, BET_2 = named("bet", 1), named("bet", 2)
NOW_US = micros(NOON)


@pytest.fixture
def history():
    history = SocialHistory()
    for account, handle in ((ANN, "Ann"), (BOB, "Bob"), (CLEO, "Cleo"), (DAN, "Dan")):
        history.account(account, handle)
        history.wallet(account, 1_000_00)
    for fixture, market in ((FIXTURE_1, MARKET_1), (FIXTURE_2, MARKET_2)):
        history.fixture(fixture)
        history.market(market, fixture, "2.35", "3.4", "2")
        history.kick_off(fixture)
    return history


def told(history, ask, chunk_facts=1_000):
    models = MemoryModels()
    Projector(history.log, models, EVERY_VIEW, chunk_facts=chunk_facts).catch_up()
    return asyncio.run(ask(MemoryReads(models)))


def shown(history, slip_id, viewer=BOB):
    return told(history, lambda reads: slip_lists.slip(reads, viewer, slip_id, NOW_US))


def test_a_slip_shows_the_odds_taken_beside_those_of_now_with_its_match(history):
    history.bet(ANN, BET_1, 10_00, (MARKET_1, "home", "2.35", 1))
    slip_id = history.share(ANN, BET_1, 10_00, LEG_1)
    slip = shown(history, slip_id)
    assert (slip.author.handle, slip.verified, slip.bet.status, slip.bet.stake_minor, slip.bet.bet_id) == ("Ann", True, "open", 10_00, None)
    (leg,) = slip.bet.legs
    assert (leg.odds, leg.current_odds, leg.selection_name, leg.result) == ("2.35", "2.35", "Norway", "open")
    assert (leg.market, leg.market_type) == ("open", "match_result")
    assert (leg.fixture.home, leg.fixture.status) == ("Norway", "live")
    assert shown(history, slip_id, ANN).bet.bet_id == BET_1


def test_legs_of_a_shared_bet_come_out_one_by_one_also_those_from_before_it_was_shared(history):
    history.bet(ANN, BET_1, 10_00, (MARKET_1, "home", "2.35", 1), (MARKET_2, "away", "2", 1))
    history.add(BET_1, BetLegResulted(ANN, MARKET_1, WON, (WON, None), history.at(), 0))
    slip_id = history.share(ANN, BET_1, 10_00, LEG_1, LEG_2)
    assert [leg.result for leg in shown(history, slip_id).bet.legs] == ["won", "open"]
    history.settle(ANN, BET_1, "won", 10_00, 47_00, WON, WON)
    slip = shown(history, slip_id)
    assert (slip.bet.status, slip.bet.returns_minor, slip.bet.odds) == ("won", 47_00, "4.70")
    assert [leg.result for leg in slip.bet.legs] == ["won", "won"]


def test_a_slip_takes_no_replies_from_the_moment_on_that_its_author_said(history):
    slip_id = history.pick(ANN)
    closes = NOON + timedelta(hours=1)
    history.change(ANN, slip_id, "public", closes)

    def closed(now_us):
        slip = told(history, lambda reads: slip_lists.slip(reads, BOB, slip_id, now_us))
        return slip.replies_closed, slip.replies_close_at

    assert closed(micros(closes) - 1) == (False, closes)
    assert closed(micros(closes)) == (True, closes)


def test_a_stake_is_shown_as_its_author_wants(history):
    history.bet(ANN, BET_1, 15_00, (MARKET_1, "home", "2.35", 1))
    history.bet(ANN, BET_2, 15_00, (MARKET_1, "home", "2.35", 1))
    in_units = history.share(ANN, BET_1, 15_00, LEG_1, shown="units", unit_minor=10_00)
    hidden = history.share(ANN, BET_2, 15_00, LEG_1, shown="hidden")
    history.settle(ANN, BET_1, "won", 15_00, 35_25, WON)
    history.settle(ANN, BET_2, "won", 15_00, 35_25, WON)
    bet = shown(history, in_units).bet
    assert (bet.stake_minor, bet.returns_minor, bet.currency, bet.stake_units, bet.returns_units) == (None, None, None, "1.50", "3.52")
    bet = shown(history, hidden).bet
    assert (bet.stake_minor, bet.returns_minor, bet.stake_units, bet.status) == (None, None, None, "won")


def test_a_slip_is_shown_to_those_who_may_see_it_and_to_nobody_when_it_is_removed(history):
    slip_id = history.pick(ANN, visibility="followers")
    assert (shown(history, slip_id), shown(history, slip_id, ANN).visibility) == (None, "followers")
    history.follow(BOB, ANN)
    assert shown(history, slip_id) is not None
    history.hold(ANN, slip_id)
    assert (shown(history, slip_id), shown(history, slip_id, ANN).held) == (None, True)
    history.release(ANN, slip_id)
    history.block(ANN, BOB)
    assert shown(history, slip_id) is None
    history.change(ANN, slip_id, "public")
    assert shown(history, slip_id, CLEO) is not None
    history.remove(ANN, slip_id)
    assert (shown(history, slip_id, CLEO), shown(history, slip_id, ANN)) == (None, None)


def test_counts_are_those_who_react_whatever_they_took_back_meanwhile(history):
    slip_id = history.pick(ANN)
    for account in (BOB, CLEO, DAN):
        history.react("like", account, slip_id, ANN)
    history.unreact("like", BOB, slip_id, ANN)
    history.react("like", BOB, slip_id, ANN)
    history.unreact("like", DAN, slip_id, ANN)
    history.react("repost", BOB, slip_id, ANN)
    history.react("save", BOB, slip_id, ANN)
    for bet_id, tailer in ((BET_1, BOB), (BET_2, BOB), (named("bet", 3), CLEO)):
        history.tail(tailer, bet_id, slip_id, ANN)
    history.tail(DAN, named("bet", 4), slip_id, ANN, side="fade")
    slip = shown(history, slip_id)
    assert (slip.likes, slip.reposts, slip.saves, slip.tailers) == (2, 1, 1, 2)
    assert (slip.liked, slip.reposted, slip.saved) == (True, True, True)
    assert (shown(history, slip_id, DAN).liked, shown(history, slip_id, CLEO).liked) == (False, True)
    likers = told(history, lambda reads: people.likers(reads, ANN, slip_id, None, 50, NOW_US))
    assert [each.handle for each in likers.items] == ["Bob", "Cleo"]
    history.block(ANN, BOB)
    likers = told(history, lambda reads: people.likers(reads, ANN, slip_id, None, 1, NOW_US))
    assert ([each.handle for each in likers.items], likers.next_cursor) == (["Cleo"], None)


def test_comments_keep_their_order_and_a_deleted_one_its_replies(history):
    slip_id = history.pick(ANN)
    first, second = history.comment("1", BOB, slip_id, ANN, "one"), history.comment("2", CLEO, slip_id, ANN, "two")
    replies = [history.comment(f"r{number}", DAN, slip_id, ANN, f"reply {number}", first) for number in range(4)]

    def thread(viewer=ANN, parent="", limit=50, cursor=None):
        return told(history, lambda reads: threads.comments(reads, viewer, slip_id, parent, cursor, limit, NOW_US))

    assert [(each.text, each.replies_count) for each in thread().items] == [("one", 4), ("two", 0)]
    assert [each.comment_id for each in thread().items[0].replies] == replies[:3]
    assert [each.comment_id for each in thread(parent=first).items] == replies
    page = thread(limit=1)
    assert [each.text for each in thread(limit=1, cursor=page.next_cursor).items] == ["two"]
    history.edit_comment(second, CLEO, slip_id, "two, again")
    history.delete_comment(first, BOB, slip_id)
    one, two = thread().items
    assert (one.deleted, one.text, one.author, len(one.replies)) == (True, None, None, 3)
    assert (two.text, two.edited) == ("two, again", True)
    assert shown(history, slip_id).comments == 5
    history.delete_comment(second, CLEO, slip_id)
    assert [each.comment_id for each in thread().items] == [first], "what was deleted and has no replies is gone"
    history.block(ANN, DAN)
    assert thread().items == []


@pytest.mark.parametrize("others", [2, 3, 7, 120])
def test_a_deleted_comment_is_shown_while_any_reply_to_it_is_however_many_before_are_not(history, others):
    slip_id = history.pick(ANN)
    deleted = history.comment("1", BOB, slip_id, ANN, "one")
    for number in range(others):
        history.comment(f"r{number}", CLEO, slip_id, ANN, f"reply {number}", deleted)
    last = history.comment("last", DAN, slip_id, ANN, "seen", deleted)
    history.delete_comment(deleted, BOB, slip_id)
    history.block(ANN, CLEO)

    def thread():
        return told(history, lambda reads: threads.comments(reads, ANN, slip_id, "", None, 50, NOW_US)).items

    (head,) = thread()
    assert (head.comment_id, head.deleted, [each.comment_id for each in head.replies]) == (deleted, True, [last])
    history.delete_comment(last, DAN, slip_id)
    assert thread() == []


def test_a_bet_that_was_settled_before_it_was_shared_shows_how_it_ended(history):
    history.bet(ANN, BET_1, 10_00, (named("market", 9), "home", "2.35", 1))
    history.settle(ANN, BET_1, "lost", 10_00, 0, LOST)
    bet = shown(history, history.share(ANN, BET_1, 10_00, SlipLeg(named("fixture", 9), named("market", 9), "home", parse("2.35"), 1))).bet
    assert (bet.status, bet.returns_minor, bet.legs[0].result, bet.legs[0].fixture) == ("lost", 0, "lost", None)


def test_slips_of_an_account_and_on_a_match_are_those_that_the_viewer_may_see(history):
    public, to_followers = history.pick(ANN), history.pick(ANN, visibility="followers")
    muted = history.pick(CLEO)
    history.mute(BOB, CLEO)

    def of_ann(viewer):
        return told(history, lambda reads: slip_lists.of_account(reads, viewer, ANN, None, 1, NOW_US))

    def on_match(viewer):
        return told(history, lambda reads: slip_lists.about(reads, viewer, slip_lists.on_fixture(FIXTURE_1), None, 50, NOW_US))

    assert [each.slip_id for each in of_ann(BOB).items] == [public], "a page is never empty while there are older ones"
    assert [each.slip_id for each in of_ann(ANN).items] == [to_followers]
    assert [each.slip_id for each in on_match(BOB).items] == [public]
    assert [each.slip_id for each in on_match(ANN).items] == [muted, to_followers, public]


def test_the_feed_of_somebody_who_follows_nobody_is_what_is_trending_and_a_followed_author_is_not_shown_twice(history):
    slip_id = history.pick(ANN)
    history.react("like", CLEO, slip_id, ANN)

    def home(viewer, following_only=False):
        async def page(reads):
            ranked = () if following_only else (await trending(reads)).found
            return await home_feed.home(reads, viewer, ranked, None, 20, NOW_US)

        return [(each.slip_id, each.reposted_by and each.reposted_by.handle) for each in told(history, page).items]

    assert home(BOB) == [(slip_id, None)]
    assert home(BOB, following_only=True) == []
    history.follow(BOB, DAN)
    history.react("repost", DAN, slip_id, ANN)
    assert home(BOB) == [(slip_id, "Dan")]
    history.follow(BOB, ANN)
    assert home(BOB) == [(slip_id, None)]
    history.mute(BOB, ANN)
    assert home(BOB) == []


def test_an_account_is_found_by_its_handle_whatever_its_case_unless_it_blocked_whoever_looks(history):
    def found(named, viewer=BOB):
        return told(history, lambda reads: people.account(reads, viewer, named, NOW_US))

    history.follow(BOB, ANN)
    assert (found("aNN").account_id, found(ANN).handle, found("aNN").followers) == (ANN, "Ann", 1)
    assert found("ann").relation.follows is True
    assert found("nobody") is None
    history.block(ANN, BOB)
    assert (found("ann"), found("ann", CLEO).followers) == (None, 0)
