"""Who follows, asks, mutes and blocks whom, as lists show it."""

import asyncio

import pytest

from domain.fact import micros
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import people, relations
from projections.social.follows import BLOCKS, FOLLOWED_BY, FOLLOWING, REQUESTS
from projections.social.people import MutedAccount
from projections.social.relations import RelationView
from tests.views.history import NOON, named
from tests.views.social_history import SOCIAL_VIEWS, SocialHistory

ANN, BOB, CLEO = (named("account", number) for number in range(3))
NOW_US = micros(NOON) + 10**12


def told(history, ask):
    models = MemoryModels()
    Projector(history.log, models, SOCIAL_VIEWS).catch_up()
    return asyncio.run(ask(MemoryReads(models)))


def listed(history, kind, account_id):
    return told(history, lambda reads: relations.account_ids(reads, kind, account_id)).account_ids


def between(history, one, other, now_us=NOW_US):
    return told(history, lambda reads: relations.relation(reads, one, other, now_us))


def test_a_follow_is_in_the_lists_of_both_newest_first():
    history = SocialHistory()
    for other in (BOB, CLEO):
        history.follow(ANN, other)
    assert listed(history, FOLLOWING, ANN) == [CLEO, BOB]
    assert listed(history, FOLLOWED_BY, BOB) == [ANN]
    assert told(history, lambda reads: relations.sizes(reads, ANN)) == (0, 2)
    history.unfollow(ANN, BOB)
    assert (listed(history, FOLLOWING, ANN), listed(history, FOLLOWED_BY, BOB)) == ([CLEO], [])


def test_a_request_stands_until_it_is_answered_or_withdrawn():
    history = SocialHistory()
    history.ask(ANN, BOB)
    history.ask(CLEO, BOB)
    assert listed(history, REQUESTS, BOB) == [CLEO, ANN]
    assert between(history, ANN, BOB) == RelationView(requested=True)
    assert between(history, BOB, ANN) == RelationView(requests_you=True)
    history.decline(ANN, BOB)
    assert listed(history, REQUESTS, BOB) == [CLEO]
    history.follow(CLEO, BOB)
    assert listed(history, REQUESTS, BOB) == []
    history.ask(ANN, BOB)
    history.withdraw_request(ANN, BOB)
    assert between(history, ANN, BOB) == RelationView()


def test_a_block_ends_what_was_between_the_two_both_ways():
    history = SocialHistory()
    history.follow(ANN, BOB)
    history.follow(BOB, ANN)
    history.ask(CLEO, ANN)
    history.block(BOB, ANN)
    assert listed(history, FOLLOWING, ANN) == listed(history, FOLLOWED_BY, ANN) == []
    assert listed(history, BLOCKS, BOB) == [ANN]
    assert between(history, BOB, ANN) == RelationView(blocked=True)
    assert between(history, ANN, BOB) is None
    history.unblock(BOB, ANN)
    assert between(history, ANN, BOB) == RelationView()


def test_a_mute_holds_until_its_end_and_is_lifted_whole():
    history = SocialHistory()
    history.mute(ANN, BOB, "reposts")
    history.mute(ANN, BOB, "all", NOON.replace(hour=13))
    one_o_clock = micros(NOON.replace(hour=13))
    assert between(history, ANN, BOB, one_o_clock - 1) == RelationView(muted=True, reposts_muted=True)
    assert between(history, ANN, BOB, one_o_clock) == RelationView(reposts_muted=True)
    history.unmute(ANN, BOB)
    assert between(history, ANN, BOB, 0) == RelationView()


def test_one_s_own_blocks_and_mutes_are_listed_with_handles_and_nobody_else_is_told():
    history = SocialHistory()
    for account_id, handle in ((ANN, "ann"), (BOB, "bob"), (CLEO, "cleo")):
        history.account(account_id, handle)
    history.block(ANN, BOB)
    history.block(ANN, CLEO)
    history.mute(BOB, CLEO, "reposts", NOON.replace(hour=13))
    history.mute(BOB, ANN, "all")
    one_o_clock = micros(NOON.replace(hour=13))
    first = told(history, lambda reads: people.blocked(reads, ANN, None, 1))
    rest = told(history, lambda reads: people.blocked(reads, ANN, first.next_cursor, 50))
    assert [each.handle for each in (*first.items, *rest.items)] == ["cleo", "bob"]
    assert rest.next_cursor is None
    assert told(history, lambda reads: people.blocked(reads, BOB, None, 50)).items == []
    muted = told(history, lambda reads: people.muted(reads, BOB, one_o_clock - 1)).items
    assert muted == [MutedAccount(CLEO, "cleo", "reposts", NOON.replace(hour=13))], "who blocks one is not there"
    assert told(history, lambda reads: people.muted(reads, BOB, one_o_clock)).items == []
    history.unblock(ANN, BOB)
    assert [each.what for each in told(history, lambda reads: people.muted(reads, BOB, one_o_clock)).items] == ["all"]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_a_list_of_accounts_pages_without_holes(limit):
    history = SocialHistory()
    everyone = [named("account", number) for number in range(10, 17)]
    for each in everyone:
        history.follow(each, BOB)
    found, cursor = [], None
    while True:
        page = told(history, lambda reads, after=cursor: relations.account_ids(reads, FOLLOWED_BY, BOB, after, limit))
        found += page.account_ids
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == everyone[::-1]
