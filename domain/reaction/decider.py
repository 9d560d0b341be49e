"""The rules of a reaction: given or not, as often as its owner changes their mind."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.reaction.commands import GiveReaction, ReactionCommand, WithdrawReaction
from domain.reaction.facts import Reacted, ReactionFact, ReactionWithdrawn
from domain.refused import Refused

KINDS = ("like", "repost", "save")


class ReactionKindUnknown(Refused):
    """A reaction is a like, a repost or a save."""

    kind: str


class SlipForFollowers(Refused):
    """The slip is for its author's followers alone, and cannot be reposted."""

    slip_id: str


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """Whether the reaction stands, and whose slip it is; both are empty until it is given."""

    given: bool = False
    slip_author_id: str = ""


def decide(reaction: Reaction, command: ReactionCommand) -> Sequence[ReactionFact]:
    """Decide what follows from a command.

    Raises:
        ReactionKindUnknown, SlipForFollowers: from `GiveReaction`. A withdrawal is never refused.

    """
    match command:
        case GiveReaction():
            if reaction.given:
                return ()
            if command.kind not in KINDS:
                raise ReactionKindUnknown(command.kind[:60])
            if command.kind == "repost" and command.for_followers:
                raise SlipForFollowers(command.slip_id)
            return (
                Reacted(
                    kind=command.kind,
                    account_id=command.account_id,
                    slip_id=command.slip_id,
                    slip_author_id=command.slip_author_id,
                    account_age_days=command.account_age_days,
                    at=command.at,
                ),
            )
        case WithdrawReaction():
            if not reaction.given:
                return ()
            return (ReactionWithdrawn(command.kind, command.account_id, command.slip_id, reaction.slip_author_id, command.at),)
        case _:
            assert_never(command)


def evolve(reaction: Reaction, fact: ReactionFact) -> Reaction:
    """Return the reaction after the fact."""
    match fact:
        case Reacted():
            assert not reaction.given, "a reaction that does not stand is given"
            return Reaction(given=True, slip_author_id=fact.slip_author_id)
        case ReactionWithdrawn():
            assert reaction.given, "a reaction that stands is withdrawn"
            return Reaction(given=False, slip_author_id=fact.slip_author_id)
        case _:
            assert_never(fact)


REACTION = Aggregate("reaction", Reaction(), decide, evolve, get_args(ReactionFact), short_lived=True, snapshot=Reaction)
