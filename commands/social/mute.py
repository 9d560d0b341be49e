"""Mute or unmute the discussion of a slip, or a word."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import see_slip
from domain.fact import moment
from domain.ids import muted_word_of, mutes_of
from domain.mutes.commands import MutesCommand, MuteThread, MuteWord, UnmuteThread
from domain.mutes.decider import MUTES
from domain.slip.decider import SLIP


class ThreadReceipt(msgspec.Struct, frozen=True, gc=False):
    """Whether a slip and its discussion are muted; `until` is None for good."""

    slip_id: str
    muted: bool
    until: datetime | None


class WordReceipt(msgspec.Struct, frozen=True, gc=False):
    """Whether a word is muted; `until` is None for good."""

    word_id: str
    muted: bool
    until: datetime | None


def streams_of(ask: MutesCommand) -> Sequence[StreamRef]:
    """Name the mutes of the account, and the slip that it mutes."""
    mutes = StreamRef(MUTES, mutes_of(ask.account_id))
    return (mutes, StreamRef(SLIP, ask.slip_id)) if isinstance(ask, MuteThread) else (mutes,)


def mute(ask: MutesCommand, streams: UnitOfWork) -> Outcome:
    """Mute or unmute something; unmuting is answered alike whether it was muted or not, and whatever it is.

    Raises:
        SlipUnknown: from `MuteThread`, for a slip that the account does not see. Refused: what the rules of mutes refuse.

    """
    mutes = streams.load(MUTES, mutes_of(ask.account_id))
    if isinstance(ask, MuteThread):
        see_slip(streams, ask.account_id, ask.slip_id)
    if isinstance(ask, MuteThread | MuteWord):
        ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    mutes.decide(ask)
    if isinstance(ask, MuteThread | UnmuteThread):
        until_us = mutes.state.threads.get(ask.slip_id)
        receipt: ThreadReceipt | WordReceipt = ThreadReceipt(ask.slip_id, until_us is not None, moment(until_us) if until_us else None)
    elif isinstance(ask, MuteWord):
        receipt = WordReceipt(muted_word_of(ask.account_id, ask.word), muted=True, until=ask.until)
    else:
        receipt = WordReceipt(ask.word_id, muted=False, until=None)
    return Outcome(receipt, mutes)
