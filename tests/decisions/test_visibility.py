"""Who may see a slip, and reach whom: from the streams alone, and the same refusal for all that may not be seen."""

from typing import Any

import pytest

from commands.dispatch.state_cache import StateCache
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.ports import Read
from commands.social.visibility import check_reach, reach_streams, see_slip
from domain.account.decider import ACCOUNT
from domain.fact import Fact
from domain.follow.facts import Blocked, Followed, FollowRequested, Muted, Unblocked, Unfollowed
from domain.ids import account_gate_of, derived, follow_of, profile_of
from domain.odds import Odds
from domain.profile.facts import ProfileChanged
from domain.slip.decider import SlipUnknown
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON
from tests.decisions.loading import load
from tests.decisions.test_use_cases import Book, account

ANN, BOB = derived("account", "ann"), derived("account", "bob")
SLIP_1, NOWHERE = derived("slip", "1"), derived("nowhere", "at all")
LEG = SlipLeg(derived("fixture", "1"), derived("market", "1"), "home", Odds(2350, 1000))
FOLLOWS, ASKS = Followed(ANN, BOB, NOON), FollowRequested(ANN, BOB, NOON)
HELD = SlipHeld(BOB, "reports", "spam", "console", NOON)


def shared(visibility: str = "public") -> SlipShared:
    return SlipShared(BOB, "single", (LEG,), visibility, "hidden", NOON)


class Sight:
    """A log with Ann, Bob, a slip of Bob's, what the two are to each other, and Bob's profile."""

    def __init__(self, slip: list[Fact], between: list[Fact], profile: list[Fact]) -> None:
        self.book = Book()
        self.book.do(account(ANN), account(BOB, "bob", "bob@example.org"))
        for stream_id, facts in ((SLIP_1, slip), (follow_of(ANN, BOB), between), (profile_of(BOB), profile)):
            if facts:
                self.book.record_in(stream_id, facts)
        self.states = StateCache(self.book.store)

    def streams(self, ask: Any) -> tuple[Any, UnitOfWork, list[int]]:
        """Return what is answered, the unit of work, and how many streams each round of loading brought."""
        rounds = []
        while True:
            streams = UnitOfWork(self.states)
            try:
                return ask(streams), streams, rounds
            except StreamsNotCached as missing:
                rounds.append(len(missing.missed))
                for stream_id, aggregate in missing.missed.items():
                    load(self.states, aggregate, stream_id)
            except (SlipUnknown, AccountUnknown) as refusal:
                return refusal, streams, rounds

    def sees(self, viewer_id: str, slip_id: str = SLIP_1) -> bool:
        found, _, _ = self.streams(lambda streams: see_slip(streams, viewer_id, slip_id))
        return not isinstance(found, SlipUnknown)


PRIVATE = ProfileChanged(BOB, "", "", True, NOON)
SEEN: list[tuple[str, list[Fact], list[Fact], list[Fact]]] = [
    ("a public slip", [shared()], [], []),
    ("a public slip of one who is muted", [shared()], [Muted(ANN, BOB, "all", None, NOON)], []),
    ("a followed account's slip for followers", [shared("followers")], [FOLLOWS], []),
    ("a followed private account's slip", [shared()], [FOLLOWS], [PRIVATE]),
    ("a slip that was released", [shared(), HELD, SlipReleased(BOB, "console", NOON)], [], []),
    ("a slip that was opened to all", [shared("followers"), SlipChanged(BOB, "public", False, NOON)], [], []),
    ("after a block was lifted", [shared()], [Blocked(BOB, ANN, NOON), Unblocked(BOB, ANN, NOON)], []),
    ("of an account that is no longer private", [shared()], [], [PRIVATE, ProfileChanged(BOB, "", "", False, NOON)]),
]
HIDDEN: list[tuple[str, list[Fact], list[Fact], list[Fact]]] = [
    ("no slip", [], [], []),
    ("a removed slip", [shared(), SlipRemoved(BOB, NOON)], [FOLLOWS], []),
    ("a held slip", [shared(), HELD], [FOLLOWS], []),
    ("a slip for followers", [shared("followers")], [], []),
    ("a slip for followers, while asking", [shared("followers")], [ASKS], []),
    ("a slip for followers, after unfollowing", [shared("followers")], [FOLLOWS, Unfollowed(ANN, BOB, NOON)], []),
    ("a slip for followers, followed by its author", [shared("followers")], [Followed(BOB, ANN, NOON)], []),
    ("a slip that was closed to all but followers", [shared(), SlipChanged(BOB, "followers", False, NOON)], [], []),
    ("a private account's slip", [shared()], [], [PRIVATE]),
    ("a private account's slip, while asking", [shared()], [ASKS], [PRIVATE]),
    ("blocked by the author", [shared()], [Blocked(BOB, ANN, NOON)], []),
    ("blocking the author", [shared()], [Blocked(ANN, BOB, NOON)], []),
    ("blocked by the author, once a follower", [shared("followers")], [FOLLOWS, Blocked(BOB, ANN, NOON)], [PRIVATE]),
]


@pytest.mark.parametrize(("slip", "between", "profile"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_a_slip_is_seen(slip: list[Fact], between: list[Fact], profile: list[Fact]):
    sight = Sight(slip, between, profile)
    assert sight.sees(ANN)
    assert sight.sees(BOB)


@pytest.mark.parametrize(("slip", "between", "profile"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN])
def test_a_slip_that_may_not_be_seen_is_answered_as_one_that_is_not_there_after_the_same_look_ups(
    slip: list[Fact], between: list[Fact], profile: list[Fact]
):
    sight = Sight(slip, between, profile)
    answers = [sight.streams(lambda streams, slip_id=slip_id: see_slip(streams, ANN, slip_id)) for slip_id in (SLIP_1, NOWHERE)]
    told = [(type(answer), answer.evidence()) for answer, _, _ in answers]
    assert told == [(SlipUnknown, {"slip_id": SLIP_1}), (SlipUnknown, {"slip_id": NOWHERE})]
    assert answers[0][2] == answers[1][2] == [1, 2]
    assert len(answers[0][1].reads) == len(answers[1][1].reads) == 3


def test_an_author_sees_what_is_held_and_not_what_is_removed():
    assert Sight([shared("followers"), HELD], [], [PRIVATE]).sees(BOB)
    assert not Sight([shared(), SlipRemoved(BOB, NOON)], [], []).sees(BOB)


def test_a_thing_of_another_kind_is_no_slip():
    sight = Sight([shared()], [], [])
    assert not sight.sees(ANN, BOB)
    assert not sight.sees(ANN, account_gate_of(BOB))


def test_what_is_seen_holds_only_as_long_as_slip_pair_and_profile_stand():
    sight = Sight([shared()], [FOLLOWS], [])
    _, streams, _ = sight.streams(lambda streams: see_slip(streams, ANN, SLIP_1))
    assert streams.reads == [Read(SLIP_1, 1), Read(follow_of(ANN, BOB), 1), Read(profile_of(BOB), 0)]


def test_whoever_exists_and_does_not_block_is_reached_and_all_others_are_unknown():
    def reach(between: list[Fact], account_id: str, other_id: str) -> Any:
        found, _, _ = Sight([], between, []).streams(lambda streams: check_reach(streams, account_id, other_id))
        return found

    assert reach([], ANN, BOB) is reach([], ANN, ANN) is reach([Muted(ANN, BOB, "all", None, NOON)], BOB, ANN) is None
    for block in (Blocked(ANN, BOB, NOON), Blocked(BOB, ANN, NOON)):
        assert reach([block], ANN, BOB).evidence() == {"account_id": BOB}
        assert reach([block], BOB, ANN).evidence() == {"account_id": ANN}
    assert isinstance(reach([], ANN, NOWHERE), AccountUnknown)
    assert {ref.stream_id for ref in reach_streams(ANN, BOB)} == {BOB, follow_of(BOB, ANN)}
    assert reach_streams(ANN, BOB)[0].aggregate is ACCOUNT
