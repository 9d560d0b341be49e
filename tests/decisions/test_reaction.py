"""Reactions: given, taken back and given again; a repeat is no new fact."""

import pytest

from domain.ids import derived
from domain.reaction.commands import GiveReaction, WithdrawReaction
from domain.reaction.decider import KINDS, REACTION, ReactionKindUnknown, SlipForFollowers
from domain.reaction.facts import Reacted, ReactionWithdrawn
from tests.decisions.given import NOON, given

ANN, BOB, SLIP = derived("account", "ann"), derived("account", "bob"), derived("slip", "one")


def give(kind: str = "like", *, for_followers: bool = False) -> GiveReaction:
    return GiveReaction(kind, BOB, SLIP, ANN, for_followers, 12, NOON)


def given_reaction(kind: str = "like") -> Reacted:
    return Reacted(kind, BOB, SLIP, ANN, 12, NOON)


def withdrawn(kind: str = "like") -> ReactionWithdrawn:
    return ReactionWithdrawn(kind, BOB, SLIP, ANN, NOON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reaction_is_given_once_and_taken_back_once(kind: str):
    given(REACTION).when(give(kind)).then(given_reaction(kind))
    given(REACTION, given_reaction(kind)).when(give(kind)).nothing()
    given(REACTION, given_reaction(kind)).when(WithdrawReaction(kind, BOB, SLIP, NOON)).then(withdrawn(kind))
    given(REACTION, given_reaction(kind), withdrawn(kind)).when(WithdrawReaction(kind, BOB, SLIP, NOON)).nothing()
    given(REACTION, given_reaction(kind), withdrawn(kind)).when(give(kind)).then(given_reaction(kind))


def test_what_was_never_given_is_taken_back_without_a_fact():
    given(REACTION).when(WithdrawReaction("like", BOB, SLIP, NOON)).nothing()


def test_a_slip_for_followers_is_liked_and_saved_and_not_reposted():
    given(REACTION).when(give("like", for_followers=True)).then(given_reaction("like"))
    given(REACTION).when(give("save", for_followers=True)).then(given_reaction("save"))
    given(REACTION).when(give("repost", for_followers=True)).refused(SlipForFollowers, slip_id=SLIP)
    given(REACTION, given_reaction("repost")).when(give("repost", for_followers=True)).nothing()


def test_a_kind_that_is_none_is_refused():
    given(REACTION).when(give("clap" * 30)).refused(ReactionKindUnknown, kind=("clap" * 30)[:60])
