"""Bugs of what people do among themselves, to be planted one at a time; each needs a history with people who do."""

from typing import Any

import pytest

from commands.dispatch.unit_of_work import UnitOfWork
from commands.social import comment, react, tail_slip
from domain.comment import decider as comment_decider
from domain.comment.decider import COMMENT
from domain.follow.decider import FOLLOW
from domain.reaction.decider import REACTION, Reaction
from domain.reaction.facts import ReactionWithdrawn
from domain.slip.decider import SLIP
from domain.tail.decider import TAIL_DAY, TailDay
from projections.social import engagement
from tests.simulation.planted_bugs import Plant, plant

SOCIAL: dict[str, Plant] = {}
"""What is wrong with the product -> how it is made so."""


def _unread(patch: pytest.MonkeyPatch, aggregate: object) -> None:
    """What is read of an aggregate's streams is no condition of the commit."""
    right = UnitOfWork.read

    def read(self: UnitOfWork, of: Any, stream_id: str) -> Any:
        before = len(self.reads)
        state = right(self, of, stream_id)
        if of is aggregate:
            del self.reads[before:]
        return state

    patch.setattr(UnitOfWork, "read", read)


@plant("a block that comes meanwhile is no matter", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    _unread(patch, FOLLOW)


@plant("a slip that is taken away meanwhile is no matter", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    _unread(patch, SLIP)


@plant("anybody likes a slip for followers", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(react, "see_slip", lambda streams, _viewer_id, slip_id: streams.read(SLIP, slip_id))


@plant("anybody comments on a slip that is held", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    right = comment.see_slip

    def see_slip(streams: UnitOfWork, viewer_id: str, slip_id: str) -> Any:
        slip = streams.read(SLIP, slip_id)
        return slip if slip.held_rule and not slip.removed else right(streams, viewer_id, slip_id)

    patch.setattr(comment, "see_slip", see_slip)


@plant("anybody deletes any comment", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    right = comment_decider.decide

    def decide(state: Any, command: Any) -> Any:
        if isinstance(command, comment.DeleteComment) and state.posted is not None and not state.deleted:
            return (comment_decider.CommentDeleted(state.posted.author_id, state.posted.slip_id, command.at, command.deleted_by),)
        return right(state, command)

    patch.setattr(comment, "COMMENT", COMMENT._replace(decide=decide))


@plant("a like is given again though it stands", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(react, "REACTION", REACTION._replace(evolve=lambda _, fact: Reaction(slip_author_id=fact.slip_author_id)))


@plant("a day remembers its last tail alone", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tail_slip, "TAIL_DAY", TAIL_DAY._replace(evolve=lambda _, fact: TailDay(fact.stake_minor)))


@plant("a like that is taken back is counted on", SOCIAL)
def _(patch: pytest.MonkeyPatch) -> None:
    right = engagement._PROJECTED[ReactionWithdrawn]
    patch.setitem(engagement._PROJECTED, ReactionWithdrawn, lambda *given: list(right(*given))[1:])
