"""Local times of a time zone as moments: right through both clock changes, and on every machine alike (the package tzdata has all zones).

A local time that does not exist, as clocks go forward, is the moment of the change; one that happens twice is the first of both. So each
local time of a day is one moment, and earlier ones are never later moments.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.fact import micros, moment

MINUTES_A_DAY = 1_440
NAMED = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
NO_PLACES = ("posix", "right", "posixrules", "localtime", "Factory")
"""Files beside the zones that differ from machine to machine, or count leap seconds."""


@lru_cache(maxsize=1_024)
def zone_of(time_zone: str) -> ZoneInfo | None:
    """Return the zone of a name of the IANA time zone database ("Europe/Berlin"), None for a name that it does not have."""
    if not NAMED.fullmatch(time_zone) or time_zone.split("/", maxsplit=1)[0] in NO_PLACES:
        return None
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_day(now_us: int, zone: ZoneInfo) -> date:
    """Return the date that it is somewhere."""
    return moment(now_us).astimezone(zone).date()


def moment_of(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the moment of a local time, in minutes after midnight, as microseconds since 1970."""
    wanted = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001  # a local time, of no zone yet
    first = wanted.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wanted:
        return micros(first)
    before, after = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) < wanted:
            before = middle
        else:
            after = middle
    return micros(after)


def next_at(minute: int, now_us: int, zone: ZoneInfo) -> int:
    """Return the next moment after now at which it is so many minutes after midnight."""
    day = local_day(now_us, zone)
    return min(at_us for off in range(-1, 4) if (at_us := moment_of(day + timedelta(days=off), minute, zone)) > now_us)


def window_end(from_minute: int, until_minute: int, now_us: int, zone: ZoneInfo) -> int:
    """Return when the daily window ends that now is in, from a minute until another (of the next day, where that is not later); 0 for none.

    Where a clock change leaves nothing between the end of one and the begin of the next, both are one.
    """
    if from_minute == until_minute:
        return 0
    end_us = 0
    while later_us := _end(from_minute, until_minute, end_us or now_us, zone):
        end_us = later_us
    return end_us


def _end(from_minute: int, until_minute: int, now_us: int, zone: ZoneInfo) -> int:
    day, nights = local_day(now_us, zone), int(until_minute < from_minute)
    for off in (-2, -1, 0, 1):
        begin_us = moment_of(day + timedelta(days=off), from_minute, zone)
        end_us = moment_of(day + timedelta(days=off + nights), until_minute, zone)
        if begin_us <= now_us < end_us:
            return end_us
    return 0
