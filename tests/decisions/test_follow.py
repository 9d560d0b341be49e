"""The rules between two accounts: follow, ask to, block and mute, each in both directions."""

from datetime import datetime
from typing import Any

import pytest

from domain.fact import Fact, micros
from domain.follow.commands import (
    AcceptRequest,
    Block,
    DeclineRequest,
    Follow,
    Mute,
    RemoveFollower,
    Unblock,
    Unfollow,
    Unmute,
)
from domain.follow.decider import (
    FOLLOW,
    MUTE_DAYS_MAX,
    BlockedByCaller,
    FollowRequestUnknown,
    MuteMalformed,
    MuteOutOfRange,
    OwnAccount,
    Pair,
)
from domain.follow.facts import (
    Blocked,
    Followed,
    FollowRequestDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from domain.refused import Refused
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON, given, later

ANN, BOB = "ann", "bob"
NOON_US = micros(NOON)
FOLLOWED = Followed(ANN, BOB, NOON)
REQUESTED = FollowRequested(ANN, BOB, NOON)
ACCEPTED = Followed(ANN, BOB, NOON, requested=True)
FOLLOWED_BACK = Followed(BOB, ANN, NOON)
BLOCKED = Blocked(BOB, ANN, NOON)
BLOCKED_BACK = Blocked(ANN, BOB, NOON)
MUTED = Muted(ANN, BOB, "all", None, NOON)
FOLLOW_PRIVATE = Follow(ANN, BOB, NOON, private=True)


def mute(what: str = "all", until: datetime | None = None) -> Mute:
    return Mute(ANN, BOB, what, until, NOON, NOON_US)


def test_a_public_account_is_followed_at_once_and_a_private_one_is_asked():
    given(FOLLOW).when(Follow(ANN, BOB, NOON)).then(FOLLOWED)
    given(FOLLOW).when(FOLLOW_PRIVATE).then(REQUESTED)


def test_a_request_is_accepted_declined_or_withdrawn():
    given(FOLLOW, REQUESTED).when(AcceptRequest(ANN, BOB, NOON)).then(ACCEPTED)
    given(FOLLOW, REQUESTED).when(DeclineRequest(ANN, BOB, NOON)).then(FollowRequestDeclined(ANN, BOB, NOON))
    given(FOLLOW, REQUESTED).when(Unfollow(ANN, BOB, NOON)).then(FollowRequestWithdrawn(ANN, BOB, NOON))


def test_a_request_stands_when_the_account_becomes_public_and_whoever_asks_again_follows():
    given(FOLLOW, REQUESTED).when(AcceptRequest(ANN, BOB, later(days=1))).then(Followed(ANN, BOB, later(days=1), requested=True))
    given(FOLLOW, REQUESTED).when(Follow(ANN, BOB, NOON)).then(FOLLOWED)


def test_following_is_ended_by_either_of_the_two():
    given(FOLLOW, FOLLOWED).when(Unfollow(ANN, BOB, NOON)).then(Unfollowed(ANN, BOB, NOON))
    given(FOLLOW, FOLLOWED).when(RemoveFollower(ANN, BOB, NOON)).then(Unfollowed(ANN, BOB, NOON, removed=True))


def test_each_direction_is_a_matter_of_its_own():
    given(FOLLOW, FOLLOWED).when(Follow(BOB, ANN, NOON)).then(FOLLOWED_BACK)
    given(FOLLOW, FOLLOWED, FOLLOWED_BACK).when(Unfollow(ANN, BOB, NOON)).then(Unfollowed(ANN, BOB, NOON))
    given(FOLLOW, REQUESTED).when(AcceptRequest(BOB, ANN, NOON)).refused(FollowRequestUnknown, account_id=BOB)


@pytest.mark.parametrize("before", [FOLLOWED, REQUESTED, FOLLOWED_BACK, FollowRequested(BOB, ANN, NOON)])
def test_a_block_ends_following_and_requests_both_ways_and_lifting_it_brings_nothing_back(before: Fact):
    given(FOLLOW, before).when(Block(BOB, ANN, NOON)).then(BLOCKED)
    for follower, followed in ((ANN, BOB), (BOB, ANN)):
        apart = given(FOLLOW, before, BLOCKED, Unblocked(BOB, ANN, NOON))
        assert apart.state == Pair()
        apart.when(Follow(follower, followed, NOON)).then(Followed(follower, followed, NOON))
        apart.when(Unfollow(follower, followed, NOON)).nothing()


def test_whoever_blocks_lifts_the_block_and_the_other_cannot():
    given(FOLLOW, BLOCKED).when(Unblock(BOB, ANN, NOON)).then(Unblocked(BOB, ANN, NOON))
    given(FOLLOW, BLOCKED).when(Unblock(ANN, BOB, NOON)).nothing()
    assert given(FOLLOW, BLOCKED).state.is_blocked
    assert not given(FOLLOW, BLOCKED, Unblocked(BOB, ANN, NOON)).state.is_blocked


def test_a_mute_replaces_the_one_before_and_ends_at_its_moment():
    given(FOLLOW).when(mute()).then(MUTED)
    given(FOLLOW, MUTED).when(mute("reposts")).then(Muted(ANN, BOB, "reposts", None, NOON))
    given(FOLLOW, MUTED).when(mute(until=later(days=1))).then(Muted(ANN, BOB, "all", later(days=1), NOON))
    muted = given(FOLLOW, Muted(ANN, BOB, "reposts", later(days=1), NOON)).state.relation(ANN, BOB)
    assert [muted.muted_at(micros(later(hours=hours))) for hours in (23, 24)] == ["reposts", ""]
    assert given(FOLLOW, MUTED).state.relation(ANN, BOB).muted_at(micros(later(days=10_000))) == "all"
    assert given(FOLLOW, MUTED).state.relation(BOB, ANN).muted_at(NOON_US) == ""


def test_a_mute_outlives_a_block_and_is_lifted_by_its_owner():
    given(FOLLOW, MUTED, BLOCKED).when(Unmute(ANN, BOB, NOON)).then(Unmuted(ANN, BOB, NOON))
    given(FOLLOW, MUTED).when(Unmute(BOB, ANN, NOON)).nothing()


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([FOLLOWED], Follow(ANN, BOB, later(hours=1))),
        ([FOLLOWED], FOLLOW_PRIVATE),
        ([REQUESTED], FOLLOW_PRIVATE),
        ([REQUESTED, ACCEPTED], AcceptRequest(ANN, BOB, NOON)),
        ([], Unfollow(ANN, BOB, NOON)),
        ([FOLLOWED_BACK], RemoveFollower(ANN, BOB, NOON)),
        ([], DeclineRequest(ANN, BOB, NOON)),
        ([FOLLOWED], DeclineRequest(ANN, BOB, NOON)),
        ([BLOCKED], Block(BOB, ANN, NOON)),
        ([BLOCKED], Unblock(ANN, BOB, NOON)),
        ([MUTED], mute()),
        ([MUTED, BLOCKED], mute()),
        ([Muted(ANN, BOB, "all", later(days=-1), NOON)], mute(until=later(days=-1))),
        ([], Unmute(ANN, BOB, NOON)),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(FOLLOW, *facts).when(command).nothing()


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("oneself: follow", [], Follow(ANN, ANN, NOON), OwnAccount, {"account_id": ANN}),
    ("oneself: unfollow", [], Unfollow(ANN, ANN, NOON), OwnAccount, {"account_id": ANN}),
    ("oneself: block", [], Block(ANN, ANN, NOON), OwnAccount, {"account_id": ANN}),
    ("oneself: mute", [], Mute(ANN, ANN, "all", None, NOON), OwnAccount, {"account_id": ANN}),
    ("blocked: follow", [BLOCKED], Follow(ANN, BOB, NOON), AccountUnknown, {"account_id": BOB}),
    ("blocked: ask to follow", [BLOCKED], FOLLOW_PRIVATE, AccountUnknown, {"account_id": BOB}),
    ("blocked: block", [BLOCKED], Block(ANN, BOB, NOON), AccountUnknown, {"account_id": BOB}),
    ("blocked: mute", [BLOCKED], mute(), AccountUnknown, {"account_id": BOB}),
    ("blocked: accept", [FollowRequested(BOB, ANN, NOON), BLOCKED], AcceptRequest(BOB, ANN, NOON), FollowRequestUnknown, {}),
    ("blocking: follow", [BLOCKED_BACK], Follow(ANN, BOB, NOON), BlockedByCaller, {"account_id": BOB}),
    ("accept: no request", [], AcceptRequest(ANN, BOB, NOON), FollowRequestUnknown, {"account_id": ANN}),
    ("accept: withdrawn", [REQUESTED, FollowRequestWithdrawn(ANN, BOB, NOON)], AcceptRequest(ANN, BOB, NOON), FollowRequestUnknown, {}),
    ("mute: of nothing", [], mute("likes"), MuteMalformed, {"what": "likes"}),
    ("mute: endless text", [], mute("x" * 1_000), MuteMalformed, {"what": "x" * 60}),
    ("mute: in the past", [], mute(until=NOON), MuteOutOfRange, {"until": NOON, "days_max": MUTE_DAYS_MAX}),
    ("mute: too long", [], mute(until=later(days=367)), MuteOutOfRange, {}),
    ("mute: no time zone", [], mute(until=later(days=1).replace(tzinfo=None)), MuteOutOfRange, {}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_between_two_accounts_is_refused(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(FOLLOW, *facts).when(command).refused(refusal, **evidence)


@pytest.mark.parametrize(
    "facts",
    [
        [FOLLOWED, FOLLOWED],
        [FOLLOWED, REQUESTED],
        [REQUESTED, REQUESTED],
        [ACCEPTED],
        [FollowRequestWithdrawn(ANN, BOB, NOON)],
        [FollowRequestDeclined(ANN, BOB, NOON)],
        [Unfollowed(ANN, BOB, NOON)],
        [BLOCKED, FOLLOWED],
        [BLOCKED, BLOCKED],
        [BLOCKED, BLOCKED_BACK],
        [Unblocked(BOB, ANN, NOON)],
        [Unmuted(ANN, BOB, NOON)],
    ],
)
def test_history_has_nothing_that_could_not_happen(facts: list[Fact]):
    with pytest.raises(AssertionError):
        given(FOLLOW, *facts)
