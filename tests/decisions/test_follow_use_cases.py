"""Follows, blocks, mutes and profiles: which facts on which streams become one append, and on what it depends."""

from typing import Any

import pytest

from commands.dispatch.batch import Answer
from commands.ports import Read
from commands.social.change_profile import ProfileReceipt
from commands.social.follow import BlockReceipt, FollowReceipt, MuteReceipt
from domain.fact import micros
from domain.follow.commands import AcceptRequest, Block, DeclineRequest, Follow, Mute, RemoveFollower, Unblock, Unfollow, Unmute
from domain.follow.decider import MuteOutOfRange, OwnAccount
from domain.follow.facts import Blocked, Followed, FollowRequested, Muted
from domain.ids import derived, follow_of, profile_of
from domain.profile.commands import ChangeProfile
from domain.profile.facts import ProfileChanged
from domain.unknown import AccountUnknown
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later
from tests.decisions.test_dispatcher import SteppedDispatcher
from tests.decisions.test_use_cases import ANN, BOB, Book, account

NOBODY = derived("account", "nobody")
PAIR = follow_of(ANN, BOB)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(ANN), account(BOB, "bob", "bob@example.org"))
    return book


def private(book: Book, *, is_private: bool = True) -> None:
    book.do(ChangeProfile(BOB, None, None, is_private, NOON))


def test_a_follow_depends_on_the_profile_that_says_whether_the_account_is_private(book: Book):
    receipt, append = book.decide(Follow(ANN, BOB, NOON))
    assert receipt == FollowReceipt(ANN, BOB, following=True, requested=False)
    assert [(fact.stream_id, fact.body) for fact in append.facts] == [(PAIR, Followed(ANN, BOB, NOON))]
    assert append.all_reads == [Read(profile_of(BOB), 0)]


def test_a_follow_decided_before_the_account_became_private_is_no_longer_accepted(book: Book):
    _, append = book.decide(Follow(ANN, BOB, NOON))
    private(book)
    assert not book.store.append_many([append]).verdicts[0].accepted
    assert book.do(Follow(ANN, BOB, NOON)) == FollowReceipt(ANN, BOB, following=False, requested=True)
    assert book.facts(PAIR) == [FollowRequested(ANN, BOB, NOON)]


def test_what_the_caller_says_of_the_other_profile_counts_for_nothing(book: Book):
    private(book)
    assert book.do(Follow(ANN, BOB, NOON, private=False)).requested
    private(book, is_private=False)
    assert book.do(Follow(ANN, BOB, NOON, private=True)).following


def test_a_request_is_answered_by_the_account_that_was_asked(book: Book):
    private(book)
    book.do(Follow(ANN, BOB, NOON))
    assert book.do(AcceptRequest(ANN, BOB, NOON)) == FollowReceipt(ANN, BOB, following=True, requested=False)
    assert not book.do(RemoveFollower(ANN, BOB, NOON)).following
    book.do(Follow(ANN, BOB, NOON))
    assert not book.do(DeclineRequest(ANN, BOB, NOON)).requested
    book.do(Follow(ANN, BOB, NOON))
    assert book.do(Unfollow(ANN, BOB, NOON)) == FollowReceipt(ANN, BOB, following=False, requested=False)


def test_a_request_outlives_the_privacy_of_the_account(book: Book):
    private(book)
    book.do(Follow(ANN, BOB, NOON))
    private(book, is_private=False)
    assert book.facts(PAIR) == [FollowRequested(ANN, BOB, NOON)]
    assert book.do(AcceptRequest(ANN, BOB, NOON)).following


def test_a_block_ends_a_follow_and_whatever_the_blocked_one_begins_names_an_account_that_is_not_there(book: Book):
    book.do(Follow(ANN, BOB, NOON))
    assert book.do(Block(BOB, ANN, NOON)) == BlockReceipt(ANN, blocked=True)
    assert book.facts(PAIR)[-1] == Blocked(BOB, ANN, NOON)
    for other_id in (BOB, NOBODY):
        for command in (Follow(ANN, other_id, NOON), Block(ANN, other_id, NOON), Mute(ANN, other_id, "all", None, NOON)):
            book.refused(AccountUnknown, command, account_id=other_id)
    assert book.do(Unblock(BOB, ANN, NOON)) == BlockReceipt(ANN, blocked=False)
    assert book.do(Follow(ANN, BOB, NOON)).following


def test_a_follow_and_a_block_at_the_same_time_do_not_both_happen(book: Book):
    _, follow = book.decide(Follow(ANN, BOB, NOON))
    _, block = book.decide(Block(BOB, ANN, NOON))
    assert [verdict.accepted for verdict in book.store.append_many([block, follow]).verdicts] == [True, False]


def test_taking_something_back_needs_no_account_and_begins_nothing(book: Book):
    for other_id in (BOB, NOBODY):
        takings: list[Any] = [Unfollow(ANN, other_id, NOON), RemoveFollower(other_id, ANN, NOON), DeclineRequest(other_id, ANN, NOON)]
        for command in (*takings, Unblock(ANN, other_id, NOON), Unmute(ANN, other_id, NOON)):
            receipt, append = book.decide(command)
            assert not append.facts
            assert not getattr(receipt, "following", False)


def test_one_account_is_no_pair(book: Book):
    for command in (Follow(ANN, ANN, NOON), Block(ANN, ANN, NOON), Mute(ANN, ANN, "all", None, NOON), Unmute(ANN, ANN, NOON)):
        book.refused(OwnAccount, command, account_id=ANN)


def test_a_mute_is_judged_by_the_time_of_the_log(book: Book):
    book.refused(MuteOutOfRange, Mute(ANN, BOB, "all", NOON, NOON))
    assert book.do(Mute(ANN, BOB, "reposts", later(hours=1), NOON)) == MuteReceipt(BOB, "reposts", later(hours=1))
    assert book.facts(PAIR) == [Muted(ANN, BOB, "reposts", later(hours=1), NOON)]
    book.now_us = micros(later(hours=2))
    assert book.do(Mute(ANN, BOB, "reposts", later(hours=1), NOON)).until == later(hours=1)
    book.refused(MuteOutOfRange, Mute(ANN, BOB, "all", later(hours=1), NOON))
    assert book.do(Mute(ANN, BOB, "all", None, NOON)) == MuteReceipt(BOB, "all", None)
    assert book.do(Unmute(ANN, BOB, NOON)) == MuteReceipt(BOB, None, None)


def test_a_profile_keeps_what_is_not_changed(book: Book):
    assert book.do(ChangeProfile(BOB, "", "", True, NOON)) == ProfileReceipt(BOB, "", "", private=True)
    assert book.facts(profile_of(BOB)) == [ProfileChanged(BOB, "", "", True, NOON)]
    assert book.do(ChangeProfile(BOB, None, None, None, NOON)).private
    book.refused(AccountUnknown, ChangeProfile(NOBODY, None, None, True, NOON))


def test_an_answer_that_changes_nothing_does_not_tell_when_the_other_did_something():
    dispatcher = SteppedDispatcher(MemoryEventStore())
    dispatcher.ask(account(ANN), account(BOB, "bob", "bob@example.org"), Mute(BOB, ANN, "all", None, NOON), Block(BOB, ANN, NOON))
    dispatcher.settle_down()
    dispatcher.ask(account(derived("account", "eve"), "eve", "eve@example.org")).settle_down()
    for asked in (dispatcher, SteppedDispatcher(dispatcher.store)):
        told = asked.ask(Unfollow(ANN, BOB, NOON), Unmute(ANN, NOBODY, NOON), Unblock(ANN, BOB, NOON)).settle_down()
        assert [answer.position for answer in told if isinstance(answer, Answer)] == [dispatcher.store.head()] * 3
