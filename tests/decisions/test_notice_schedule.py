"""When a notice goes out: quiet hours and digests in any time zone, through any change of its clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import pytest
from hypothesis import example
from hypothesis import given as over
from hypothesis import strategies as st

from domain.fact import micros, moment
from domain.ids import derived
from domain.notification.commands import SetDigest, SetLanguage, SetSchedule
from domain.notification.decider import NOTIFICATION
from domain.notification.facts import DigestSet, LanguageSet, ScheduleSet
from domain.notification.kinds import ADDRESSED, CHANNELS, KINDS
from domain.notification.local_time import moment_of, next_at, window_end, zone_of
from domain.notification.schedule import AtMoment, DigestChoice, IntoDigest, Now, Schedule, when
from domain.notification.schedule_rules import DigestMalformed, LanguageUnknown, QuietHoursMalformed, TimeZoneUnknown
from tests.decisions.given import NOON, given

ANN = derived("account", "ann")
ZONES = sorted(name for name in available_timezones() if zone_of(name))
MINUTE_US, DAY = 60_000_000, timedelta(days=1)
DAYS_LOOKED_AT = 400


def clock_change(zone: ZoneInfo, after: datetime) -> datetime:
    """Return a change of the clock within about a year, or the moment itself where there is none."""
    at = after
    for _ in range(DAYS_LOOKED_AT):
        if (at + DAY).astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            return at
        at += DAY
    return after


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """A zone, and a moment of it that is often near a change of its clock."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    at = draw(st.datetimes(datetime(1970, 1, 5), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    if draw(st.booleans()):
        at = clock_change(zone, at)
    return zone, micros(at + timedelta(minutes=draw(st.integers(-1_500, 3_000))))


MINUTES = st.integers(0, 1_439)


def local(at_us: int, zone: ZoneInfo) -> datetime:
    return moment(at_us).astimezone(zone)


def minute_of(at_us: int, zone: ZoneInfo) -> int:
    here = local(at_us, zone)
    return here.hour * 60 + here.minute


@over(moments(), MINUTES)
def test_a_local_time_is_its_first_moment_or_where_it_does_not_exist_the_moment_of_the_change(where: tuple[ZoneInfo, int], minute: int):
    zone, at_us = where
    day = local(at_us, zone).date()
    found_us = moment_of(day, minute, zone)
    wanted = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001
    here = local(found_us, zone).replace(tzinfo=None)
    if here != wanted:
        assert local(found_us - 1_000_000, zone).replace(tzinfo=None) < wanted < here
    else:
        assert local(found_us, zone).fold == 0


@over(moments(), MINUTES, MINUTES)
def test_an_earlier_local_time_is_never_a_later_moment(where: tuple[ZoneInfo, int], one: int, other: int):
    zone, at_us = where
    day = local(at_us, zone).date()
    first, last = sorted((one, other))
    assert moment_of(day, first, zone) <= moment_of(day, last, zone) <= moment_of(day + DAY, first, zone)


@over(moments(), MINUTES)
def test_a_daily_digest_fires_once_for_each_date_through_every_change_of_the_clock(where: tuple[ZoneInfo, int], minute: int):
    zone, begin_us = where
    fired, at_us, end_us = [], begin_us, begin_us + 6 * 86_400_000_000
    while (at_us := next_at(minute, at_us, zone)) <= end_us:
        fired.append(at_us)
    first = local(begin_us, zone).date()
    dates = [first + timedelta(days=off) for off in range(-2, 10)]
    assert fired == sorted({each for day in dates if begin_us < (each := moment_of(day, minute, zone)) <= end_us})
    on = [local(each, zone).date() for each in fired if minute_of(each, zone) == minute]
    assert len(on) == len(set(on))
    assert len(fired) >= 4


@over(moments(), MINUTES, MINUTES)
def test_it_is_quiet_while_the_clock_on_the_wall_says_so_and_an_hour_that_comes_twice_counts_once(
    where: tuple[ZoneInfo, int], begin: int, end: int
):
    zone, at_us = where
    until_us = window_end(begin, end, at_us, zone)
    now = minute_of(at_us, zone)
    said = begin <= now < end if begin < end else (now >= begin or now < end) and begin != end
    if not local(at_us, zone).fold:
        assert bool(until_us) == said
    if until_us:
        assert at_us < until_us <= at_us + 3 * 86_400_000_000
        assert window_end(begin, end, until_us, zone) == 0
        assert window_end(begin, end, until_us - 1, zone) == until_us


BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("begin", "end", "now", "until"),
    [
        (23 * 60, 7 * 60 + 30, (2026, 3, 28, 23, 0), (2026, 3, 29, 5, 30)),  # over the night in which an hour is missing
        (23 * 60, 7 * 60 + 30, (2026, 10, 24, 23, 0), (2026, 10, 25, 6, 30)),  # over the night that is an hour longer
        (60, 150, (2026, 3, 29, 0, 30), (2026, 3, 29, 1, 0)),  # half past two does not exist: they end as the clock goes forward
        (60, 150, (2026, 10, 25, 0, 0), (2026, 10, 25, 0, 30)),  # half past two comes twice: they end at the first
    ],
)
def test_quiet_hours_of_berlin_end_when_its_clocks_say_so(begin: int, end: int, now: tuple[int, ...], until: tuple[int, ...]):
    assert window_end(begin, end, utc(*now), BERLIN) == utc(*until)
    assert window_end(begin, end, utc(*until), BERLIN) == 0


def test_a_date_that_an_island_left_out_is_the_begin_of_the_next():
    assert moment_of(date(2011, 12, 30), 480, ZoneInfo("Pacific/Apia")) == utc(2011, 12, 30, 10)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "posixrules", "right/UTC", "UTC\n", "Europe", "x" * 99]
)
def test_a_time_zone_that_there_is_not_has_no_clock(name: str):
    assert zone_of(name) is None


SCHEDULES = st.builds(
    Schedule,
    time_zone=st.sampled_from(ZONES),
    quiet_from_minute=MINUTES,
    quiet_until_minute=MINUTES,
    meanwhile=st.sampled_from(("digest", "wait")),
    digests=st.dictionaries(
        st.sampled_from(ADDRESSED), st.builds(DigestChoice, st.sampled_from(("immediate", "hourly", "daily")), st.integers(0, 23))
    ),
)


@over(SCHEDULES, moments(), st.sampled_from(sorted(KINDS)), st.sampled_from(CHANNELS))
@example(Schedule(), (BERLIN, 0), "like", "email")
def test_what_is_urgent_goes_at_once_and_nothing_else_is_sent_in_quiet_hours(
    schedule: Schedule, where: tuple[ZoneInfo, int], kind: str, channel: str
):
    _, now_us = where
    sent = when(kind, channel, schedule, now_us)
    assert sent.why
    quiet_us, choice = schedule.quiet_until_us(now_us), schedule.digests.get(channel, DigestChoice())
    match sent:
        case Now():
            assert channel == "in_app" or KINDS[kind].is_urgent or not quiet_us
        case AtMoment(at_us):
            assert (choice.digest, schedule.meanwhile, at_us) == ("immediate", "wait", quiet_us)
        case IntoDigest(closes_us):
            assert now_us < closes_us
            assert not schedule.quiet_until_us(closes_us)
            assert quiet_us or closes_us - now_us <= KINDS[kind].sent_within // timedelta(microseconds=1)
            assert choice.digest != "immediate" or schedule.meanwhile == "digest"


@over(SCHEDULES, moments(), st.sampled_from(sorted(KINDS)), st.sampled_from(ADDRESSED), st.lists(st.integers(0, 400), max_size=30))
def test_a_window_opens_with_its_first_notice_takes_all_that_come_and_closes_once(
    schedule: Schedule, where: tuple[ZoneInfo, int], kind: str, channel: str, gaps: list[int]
):
    _, now_us = where
    open_us, closed = 0, []
    for gap in gaps:
        now_us += gap * MINUTE_US
        if open_us and now_us >= open_us:
            closed.append(open_us)
            open_us = 0
        sent = when(kind, channel, schedule, now_us, open_us)
        if isinstance(sent, IntoDigest):
            assert not open_us or sent.closes_us == open_us
            open_us = sent.closes_us
    assert closed == sorted(set(closed))


def test_a_daily_digest_is_of_one_channel_and_waits_for_its_local_hour():
    daily = Schedule("Europe/Berlin", digests={"email": DigestChoice("daily", 8)})
    noon = utc(2026, 6, 14, 10)
    assert when("comment", "email", daily, noon) == IntoDigest(
        utc(2026, 6, 15, 6), "your daily digest is sent at 08:00 on 15 June (Europe/Berlin)"
    )
    assert isinstance(when("comment", "web_push", daily, noon), Now)


def test_a_digest_that_would_close_in_quiet_hours_closes_as_they_end():
    hourly = Schedule("Europe/Berlin", 23 * 60, 450, digests={"email": DigestChoice("hourly")})
    assert when("like", "email", hourly, utc(2026, 6, 14, 20, 30))[0] == utc(2026, 6, 15, 5, 30)
    assert when("like", "email", hourly, utc(2026, 6, 14, 12))[0] == utc(2026, 6, 14, 13)


def test_while_it_is_quiet_notices_wait_one_by_one_or_for_one_digest_as_was_chosen():
    night, morning = utc(2026, 6, 14, 22), utc(2026, 6, 15, 5, 30)
    folded = Schedule("Europe/Berlin", 23 * 60, 450)
    assert when("like", "web_push", folded, night)[0] == morning
    assert isinstance(when("like", "web_push", folded, night), IntoDigest)
    assert when("like", "web_push", folded._replace(meanwhile="wait"), night) == AtMoment(
        morning, "your quiet hours last until 07:30 on 15 June (Europe/Berlin)"
    )
    assert isinstance(when("bet_settled", "web_push", folded, night), Now)


BERLIN_NIGHT = ScheduleSet(ANN, "Europe/Berlin", 1_380, 450, "wait", NOON)
DAILY_MAIL, GERMAN = DigestSet(ANN, "email", "daily", 8, NOON), LanguageSet(ANN, "de", NOON)


def test_schedule_digests_and_language_are_set_and_a_repeat_changes_nothing():
    asks = (
        SetSchedule(ANN, "Europe/Berlin", 1_380, 450, "wait", NOON),
        SetDigest(ANN, "email", "daily", 8, NOON),
        SetLanguage(ANN, "de", NOON),
    )
    for ask, fact in zip(asks, (BERLIN_NIGHT, DAILY_MAIL, GERMAN), strict=True):
        given(NOTIFICATION).when(ask).then(fact)
        given(NOTIFICATION, BERLIN_NIGHT, DAILY_MAIL, GERMAN).when(ask).nothing()
    for ask in (SetSchedule(ANN, "UTC", 0, 0, "digest", NOON), SetDigest(ANN, "email", "immediate", 8, NOON), SetLanguage(ANN, "en", NOON)):
        given(NOTIFICATION).when(ask).nothing()
    state = given(NOTIFICATION, BERLIN_NIGHT, DAILY_MAIL, GERMAN).state
    assert state.schedule == Schedule("Europe/Berlin", 1_380, 450, "wait", {"email": DigestChoice("daily", 8)}, "de")
    assert msgspec.json.decode(msgspec.json.encode(state), type=type(state)) == state


@pytest.mark.parametrize(
    ("ask", "refusal", "evidence"),
    [
        (SetSchedule(ANN, "Mars/Olympus", 0, 0, "wait", NOON), TimeZoneUnknown, {"time_zone": "Mars/Olympus"}),
        (SetSchedule(ANN, "../etc/passwd", 0, 0, "wait", NOON), TimeZoneUnknown, {"time_zone": "../etc/passwd"}),
        (SetSchedule(ANN, "UTC", 1_440, 0, "wait", NOON), QuietHoursMalformed, {"quiet_from_minute": 1_440}),
        (SetSchedule(ANN, "UTC", 0, -1, "wait", NOON), QuietHoursMalformed, {"quiet_until_minute": -1}),
        (SetSchedule(ANN, "UTC", 0, 1, "drop", NOON), QuietHoursMalformed, {"meanwhile": "drop"}),
        (SetDigest(ANN, "in_app", "daily", 8, NOON), DigestMalformed, {"channel": "in_app"}),
        (SetDigest(ANN, "email", "yearly", 8, NOON), DigestMalformed, {"digest": "yearly"}),
        (SetDigest(ANN, "email", "daily", 24, NOON), DigestMalformed, {"hour": 24}),
        (SetLanguage(ANN, "tlh", NOON), LanguageUnknown, {"language": "tlh"}),
    ],
)
def test_a_time_zone_hours_a_digest_or_a_language_that_there_is_not_is_refused_by_name(ask: Any, refusal: Any, evidence: dict[str, Any]):
    given(NOTIFICATION).when(ask).refused(refusal, **evidence)
