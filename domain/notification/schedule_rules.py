"""The rules of schedules: which time zones, quiet hours, digests and languages an account may choose."""

from collections.abc import Sequence
from typing import assert_never

from domain.notification.commands import ScheduleCommand, SetDigest, SetLanguage, SetSchedule
from domain.notification.facts import DigestSet, LanguageSet, ScheduleFact, ScheduleSet
from domain.notification.kinds import ADDRESSED
from domain.notification.local_time import MINUTES_A_DAY, zone_of
from domain.notification.schedule import DIGESTS, LANGUAGES, MEANWHILE, DigestChoice, Schedule
from domain.refused import Refused


class TimeZoneUnknown(Refused):
    """There is no such time zone: they are called as in the IANA database, like Europe/Berlin."""

    time_zone: str


class QuietHoursMalformed(Refused):
    """There are no such quiet hours: they go from a minute of the day until another, and notices are held for a digest or wait."""

    quiet_from_minute: int
    quiet_until_minute: int
    meanwhile: str


class DigestMalformed(Refused):
    """There is no such digest: a channel outside the page sends at once, hourly, or daily at an hour from 0 to 23."""

    channel: str
    digest: str
    hour: int


class LanguageUnknown(Refused):
    """There is no such language here."""

    language: str


def decide_schedule(schedule: Schedule, command: ScheduleCommand) -> Sequence[ScheduleFact]:
    """Decide what follows from a command about the schedule. A repeat changes nothing.

    Raises:
        TimeZoneUnknown, QuietHoursMalformed: from `SetSchedule`, in this order. DigestMalformed: from `SetDigest`.
        LanguageUnknown: from `SetLanguage`.

    """
    fact: ScheduleFact
    match command:
        case SetSchedule(account_id, time_zone, begin, end, meanwhile, at):
            if zone_of(time_zone) is None:
                raise TimeZoneUnknown(time_zone[:60])
            if not 0 <= begin < MINUTES_A_DAY or not 0 <= end < MINUTES_A_DAY or meanwhile not in MEANWHILE:
                raise QuietHoursMalformed(begin, end, meanwhile[:30])
            fact = ScheduleSet(account_id, time_zone, begin, end, meanwhile, at)
        case SetDigest(account_id, channel, digest, hour, at):
            if channel not in ADDRESSED or digest not in DIGESTS or not 0 <= hour < 24:
                raise DigestMalformed(channel[:30], digest[:30], hour)
            fact = DigestSet(account_id, channel, digest, hour, at)
        case SetLanguage(account_id, language, at):
            if language not in LANGUAGES:
                raise LanguageUnknown(language[:30])
            fact = LanguageSet(account_id, language, at)
        case _:
            assert_never(command)
    return () if schedule_after(schedule, fact) == schedule else (fact,)


def schedule_after(schedule: Schedule, fact: ScheduleFact) -> Schedule:
    """Return the schedule as it is after the fact."""
    match fact:
        case ScheduleSet(_, time_zone, begin, end, meanwhile):
            return schedule._replace(time_zone=time_zone, quiet_from_minute=begin, quiet_until_minute=end, meanwhile=meanwhile)
        case DigestSet(_, channel, digest, hour):
            others = {each: choice for each, choice in schedule.digests.items() if each != channel}
            choice = DigestChoice(digest, hour)
            return schedule._replace(digests=others if choice == DigestChoice() else {**others, channel: choice})
        case LanguageSet(_, language):
            return schedule._replace(language=language)
        case _:
            assert_never(fact)
