"""Like, repost and save a slip. Each reaction is a tiny stream of its own; the slip is a read that it shares with all others."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_may_share, see_slip
from domain.account.decider import ACCOUNT
from domain.ids import profile_of, reaction_of
from domain.profile.decider import PROFILE
from domain.reaction.commands import GiveReaction, WithdrawReaction
from domain.reaction.decider import REACTION
from domain.slip.decider import SLIP

DAY_US = 24 * 3_600 * 1_000_000


class React(msgspec.Struct, frozen=True, gc=False):
    """Like, repost or save a slip (`kind` is like, repost or save)."""

    kind: str
    account_id: str
    slip_id: str
    at: datetime


class ReactionReceipt(msgspec.Struct, frozen=True, gc=False):
    """Whether the reaction stands after the command."""

    kind: str
    slip_id: str
    given: bool


def streams_of_giving(ask: React) -> Sequence[StreamRef]:
    """Name the reaction, which is new unless this is a repeat, the slip and the account; what its author allows follows from the slip."""
    reaction = StreamRef(REACTION, reaction_of(ask.kind, ask.account_id, ask.slip_id))
    return (reaction, StreamRef(SLIP, ask.slip_id), StreamRef(ACCOUNT, ask.account_id))


def give(ask: React, streams: UnitOfWork) -> Outcome:
    """Give a reaction to a slip that the account may see. One that stands is given again without looking at the slip.

    A slip of a private account is for followers alone.

    Raises:
        SharingSuspended: from a repost, when moderators suspended the account.
        SlipUnknown: when the account may not see the slip, as when there is none.
        ReactionKindUnknown, SlipForFollowers: from the reaction's rules.

    """
    reaction = streams.load_new(REACTION, reaction_of(ask.kind, ask.account_id, ask.slip_id))
    if not reaction.state.given:
        if ask.kind == "repost":
            check_may_share(streams, ask.account_id)
        slip = see_slip(streams, ask.account_id, ask.slip_id)
        is_private = ask.kind == "repost" and streams.read(PROFILE, profile_of(slip.author_id)).private
        reaction.decide(
            GiveReaction(
                kind=ask.kind,
                account_id=ask.account_id,
                slip_id=ask.slip_id,
                slip_author_id=slip.author_id,
                for_followers=is_private or slip.visibility != "public",
                account_age_days=_age_days(streams, ask.account_id),
                at=ask.at,
            )
        )
    return Outcome(ReactionReceipt(ask.kind, ask.slip_id, given=True), reaction)


def _age_days(streams: UnitOfWork, account_id: str) -> int:
    """Return how long ago an account was registered, in whole days of the log's time; 0 where that is not known."""
    registered_us = streams.look(ACCOUNT, account_id).state.registered_us
    return max(0, streams.now_us - registered_us) // DAY_US if registered_us else 0


def streams_of_withdrawal(ask: WithdrawReaction) -> Sequence[StreamRef]:
    """Name the reaction."""
    return (StreamRef(REACTION, reaction_of(ask.kind, ask.account_id, ask.slip_id)),)


def withdraw(ask: WithdrawReaction, streams: UnitOfWork) -> Outcome:
    """Take a reaction back, also where the slip can no longer be seen. Where none was given, nothing is done."""
    reaction = streams.load(REACTION, reaction_of(ask.kind, ask.account_id, ask.slip_id))
    reaction.decide(ask)
    return Outcome(ReactionReceipt(ask.kind, ask.slip_id, given=False), reaction)
