"""When a notice goes out by a channel: at once, when quiet hours end, or with others in a digest. Pure, so it can be computed again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.fact import moment
from domain.notification.kinds import IN_APP, KINDS
from domain.notification.local_time import next_at, window_end, zone_of

DIGESTS = ("immediate", "hourly", "daily")
MEANWHILE = ("digest", "wait")
LANGUAGES = ("en", "de", "es")
"""Those that there are messages in; see `domain.notification.wording`."""
ONCE_OFFERED = ("fr", "it", "nl", "pt")
"""Those that an account could choose before there were any messages but English ones; who chose one is told in English."""
UTC_ZONE = ZoneInfo("UTC")
HOUR_US = timedelta(hours=1) // timedelta(microseconds=1)


class DigestChoice(NamedTuple):
    """How often a channel sends: `digest` is one of `DIGESTS`; `hour` is the local hour of a daily one."""

    digest: str = "immediate"
    hour: int = 8


class Schedule(NamedTuple):
    """When an account wants to be told: quiet hours in its own time zone, in minutes after midnight (none where both are the same).

    `meanwhile` says what becomes of what would have been sent in them: `digest` folds it into one message as they end, `wait` sends each.
    """

    time_zone: str = "UTC"
    quiet_from_minute: int = 0
    quiet_until_minute: int = 0
    meanwhile: str = "digest"
    digests: Mapping[str, DigestChoice] = {}
    language: str = "en"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone; UTC where this machine does not know it."""
        return zone_of(self.time_zone) or UTC_ZONE

    def quiet_until_us(self, at_us: int) -> int:
        """Return when the quiet hours end that a moment is in, 0 where it is in none."""
        return window_end(self.quiet_from_minute, self.quiet_until_minute, at_us, self.zone)


class Now(NamedTuple):
    """It goes out at once."""

    why: str


class AtMoment(NamedTuple):
    """It waits, and goes out by itself at a moment."""

    at_us: int
    why: str


class IntoDigest(NamedTuple):
    """It goes out with others, as the window closes: the one that is open, else the one that it opens."""

    closes_us: int
    why: str


SendTime = Now | AtMoment | IntoDigest


def when(kind_name: str, channel: str, schedule: Schedule, now_us: int, open_until_us: int = 0) -> SendTime:
    """Say when a notice that is told now goes out by a channel; `open_until_us` is when the account's open digest of it closes, 0 for none.

    A window opens with the first notice and closes once: at most an hour later, at the local hour of a daily one, or as quiet hours end.
    What would be too old by then waits for no digest; for quiet hours it waits all the same, and is looked at again when they end.
    """
    kind = KINDS[kind_name]
    if channel == IN_APP:
        return Now("the inbox has it at once")
    if kind.is_urgent:
        return Now(f"{kind.label.lower()} are urgent: they wait for nothing")
    quiet_us, choice = schedule.quiet_until_us(now_us), schedule.digests.get(channel, DigestChoice())
    held = f"your quiet hours last until {local_text(quiet_us, schedule)}" if quiet_us else ""
    is_digest = choice.digest != "immediate"
    if not is_digest and not quiet_us:
        return Now("not in your quiet hours, and each is sent by itself")
    if not is_digest and schedule.meanwhile == "wait":
        return AtMoment(quiet_us, held)
    closes_us = open_until_us if open_until_us > now_us else _closes(choice, schedule, now_us)
    if not quiet_us and closes_us - now_us > kind.sent_within // timedelta(microseconds=1):
        return Now(f"{kind.label.lower()} say nothing any more when your {choice.digest} digest is sent")
    of = f"your {choice.digest} digest is sent" if is_digest else f"{held}; what came meanwhile is sent"
    return IntoDigest(closes_us, f"{of} at {local_text(closes_us, schedule)}")


def _closes(choice: DigestChoice, schedule: Schedule, now_us: int) -> int:
    """Return when a window closes that opens now, never in quiet hours."""
    closes_us = now_us
    if choice.digest == "hourly":
        closes_us = now_us + HOUR_US
    elif choice.digest == "daily":
        closes_us = next_at(choice.hour * 60, now_us, schedule.zone)
    return schedule.quiet_until_us(closes_us) or closes_us


def local_text(at_us: int, schedule: Schedule) -> str:
    """Write a moment as the account's clock shows it: `07:30 on 8 March (Europe/Berlin)`."""
    local = moment(at_us).astimezone(schedule.zone)
    return f"{local:%H:%M} on {local.day} {local:%B} ({schedule.zone.key})"
