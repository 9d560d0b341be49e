"""Where a match of football stands, from a sport_event_status: its status and match_status, goals, clock, goals of its periods."""

from commands.trading.uof_feed.messages import Goals, MatchStage, MatchTold
from domain.fixture.clock import MINUTE_MAX
from infra.sports_data.uof.values import Wrong, number
from infra.sports_data.uof.xml_document import Element

STAGES: dict[str, MatchStage] = {
    "0": "before",
    "1": "playing",
    "2": "playing",
    "3": "over",
    "4": "over",
    "5": "abandoned",
    "7": "playing",
    "9": "abandoned",
}
"""Status -> stage; all others (delayed, postponed and so on) say nothing that the book acts on."""
REASONS = {"5": "the feed says: cancelled", "9": "the feed says: abandoned"}

PERIODS = {
    "6": "first_half",
    "31": "half_time",
    "7": "second_half",
    "32": "second_half",
    "41": "extra_time_first",
    "33": "extra_time_first",
    "42": "extra_time_second",
    "34": "extra_time_second",
    "50": "penalties",
}
"""match_status -> the period that the match clock is in."""
FIRST_HALF, SECOND_HALF = "6", "7"
BEYOND_REGULAR_TIME = {"32", "33", "34", "41", "42", "50", "110", "120"}


def match_of(told: Element) -> MatchTold:
    """Return where a match stands.

    Raises:
        Wrong: when it has no status or goals that can be read, or is over without the goals of regular time.

    """
    status, match_status = told.attributes.get("status", ""), told.attributes.get("match_status", "")
    if not status.isdigit() or len(status) > 2:
        raise Wrong(f"has a status {status[:20]!r}")
    stage = STAGES.get(status, "unknown")
    if stage in ("before", "unknown", "abandoned"):
        return MatchTold(stage, 0, 0, "not_started", reason=REASONS.get(status, ""))
    home, away = number(told, "home_score"), number(told, "away_score")
    halves = _halves(told)
    regular: Goals | None = (home, away)
    if match_status in BEYOND_REGULAR_TIME:
        first, second = halves.get(FIRST_HALF), halves.get(SECOND_HALF)
        regular = (first[0] + second[0], first[1] + second[1]) if first and second else None
        if regular is None and stage == "over":
            raise Wrong("is over after extra time without the goals of both halves")
    period = PERIODS.get(match_status, "first_half" if stage == "playing" and not halves else "second_half")
    half_time = None if period == "first_half" else halves.get(FIRST_HALF)
    return MatchTold(stage, home, away, period, _minute(told), half_time, regular)


def _halves(told: Element) -> dict[str, Goals]:
    periods = told.first("period_scores")
    return {
        period.attributes.get("match_status_code", ""): (number(period, "home_score"), number(period, "away_score"))
        for period in (periods.all("period_score") if periods is not None else ())
    }


def _minute(told: Element) -> int | None:
    clock = told.first("clock")
    minute = (clock.attributes.get("match_time", "") if clock is not None else "").partition(":")[0]
    return min(int(minute), MINUTE_MAX) if minute.isascii() and minute.isdigit() and len(minute) <= 4 else None
