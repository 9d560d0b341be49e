"""Say when to be told: time zone, quiet hours, digests and language."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.ids import notifications_of
from domain.notification.commands import ScheduleCommand, SetDigest, SetSchedule
from domain.notification.decider import NOTIFICATION
from domain.notification.schedule import DigestChoice


class ScheduleReceipt(msgspec.Struct, frozen=True, gc=False):
    """Time zone and quiet hours as they stand."""

    time_zone: str
    quiet_from_minute: int
    quiet_until_minute: int
    meanwhile: str


class DigestReceipt(msgspec.Struct, frozen=True, gc=False):
    """How often a channel sends, as it stands."""

    channel: str
    digest: str
    hour: int


class LanguageReceipt(msgspec.Struct, frozen=True, gc=False):
    """The language as it stands."""

    language: str


def streams_of(ask: ScheduleCommand) -> Sequence[StreamRef]:
    """Name what the account set."""
    return (StreamRef(NOTIFICATION, notifications_of(ask.account_id)),)


def set_schedule(ask: ScheduleCommand, streams: UnitOfWork) -> Outcome:
    """Set time zone and quiet hours, the digest of a channel, or the language; what is repeated answers as the first did.

    Raises:
        Refused: what the rules of schedules refuse.

    """
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    own.decide(ask)
    schedule = own.state.schedule
    if isinstance(ask, SetSchedule):
        hours = schedule.quiet_from_minute, schedule.quiet_until_minute
        return Outcome(ScheduleReceipt(schedule.time_zone, *hours, schedule.meanwhile), own)
    if isinstance(ask, SetDigest):
        return Outcome(DigestReceipt(ask.channel, *schedule.digests.get(ask.channel, DigestChoice())), own)
    return Outcome(LanguageReceipt(schedule.language), own)
