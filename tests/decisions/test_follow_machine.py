"""Whatever two accounts do to each other, in whatever order: what holds between them is what a plain model of two sets says."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

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
from domain.follow.decider import FOLLOW, BlockedByCaller, FollowRequestUnknown
from domain.refused import Refused
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON

PAIRS = st.sampled_from([("ann", "bob"), ("bob", "ann")])


class FollowMachine(RuleBasedStateMachine):
    """Sets of ordered pairs say who follows, asks, blocks and mutes whom."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = FOLLOW.initial
        self.following: set[tuple[str, str]] = set()
        self.requested: set[tuple[str, str]] = set()
        self.blocked: set[tuple[str, str]] = set()
        self.muted: dict[tuple[str, str], str] = {}

    def asked(self, command: Any) -> type[Refused] | None:
        """Decide, fold what follows, ask again: a repeat is nothing new. Return what it was refused by."""
        try:
            facts = FOLLOW.decide(self.pair, command)
        except Refused as refusal:
            return type(refusal)
        for fact in facts:
            self.pair = FOLLOW.evolve(self.pair, fact)
        if not isinstance(command, AcceptRequest):
            assert FOLLOW.decide(self.pair, command) == ()
        return None

    def hidden(self, who: tuple[str, str]) -> bool:
        return who[::-1] in self.blocked

    @rule(who=PAIRS, private=st.booleans())
    def follow(self, who: tuple[str, str], private: bool) -> None:
        stands = who in self.following or (private and who in self.requested)
        refusal = self.asked(Follow(*who, NOON, private=private))
        if stands:
            assert refusal is None
        elif self.blocked:
            assert refusal is (BlockedByCaller if who in self.blocked else AccountUnknown)
        else:
            assert refusal is None
            self.requested.discard(who)
            (self.requested if private else self.following).add(who)

    @rule(who=PAIRS)
    def unfollow(self, who: tuple[str, str]) -> None:
        assert self.asked(Unfollow(*who, NOON)) is None
        self.following.discard(who)
        self.requested.discard(who)

    @rule(who=PAIRS)
    def remove_follower(self, who: tuple[str, str]) -> None:
        assert self.asked(RemoveFollower(*who, NOON)) is None
        self.following.discard(who)

    @rule(who=PAIRS)
    def accept(self, who: tuple[str, str]) -> None:
        refusal = self.asked(AcceptRequest(*who, NOON))
        if who in self.requested:
            self.requested.discard(who)
            self.following.add(who)
        assert refusal is (None if who in self.following else FollowRequestUnknown)

    @rule(who=PAIRS)
    def decline(self, who: tuple[str, str]) -> None:
        assert self.asked(DeclineRequest(*who, NOON)) is None
        self.requested.discard(who)

    @rule(who=PAIRS)
    def block(self, who: tuple[str, str]) -> None:
        hidden = self.hidden(who)
        assert self.asked(Block(*who, NOON)) is (AccountUnknown if hidden else None)
        if not hidden:
            self.blocked.add(who)
            self.following.clear()
            self.requested.clear()

    @rule(who=PAIRS)
    def unblock(self, who: tuple[str, str]) -> None:
        assert self.asked(Unblock(*who, NOON)) is None
        self.blocked.discard(who)

    @rule(who=PAIRS, what=st.sampled_from(["all", "reposts"]))
    def mute(self, who: tuple[str, str], what: str) -> None:
        hidden = self.hidden(who) and self.muted.get(who) != what
        assert self.asked(Mute(*who, what, None, NOON)) is (AccountUnknown if hidden else None)
        if not hidden:
            self.muted[who] = what

    @rule(who=PAIRS)
    def unmute(self, who: tuple[str, str]) -> None:
        assert self.asked(Unmute(*who, NOON)) is None
        self.muted.pop(who, None)

    @invariant()
    def what_holds_between_them_is_what_the_sets_say(self) -> None:
        for who in (("ann", "bob"), ("bob", "ann")):
            relation = self.pair.relation(*who)
            assert relation.following == (who in self.following)
            assert relation.requested == (who in self.requested)
            assert relation.blocked == (who in self.blocked)
            assert relation.muted == self.muted.get(who, "")
        assert self.pair.is_blocked == bool(self.blocked)
        assert len(self.blocked) <= 1
        assert not (self.blocked and (self.following or self.requested))


TestFollow = FollowMachine.TestCase
