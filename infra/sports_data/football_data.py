"""A season in the layout of football-data.co.uk: results, half-time scores and the closing prices of real books.

Dates and times are those of UK clocks. There are no goal minutes: each goal is given a minute of its half by a draw that the match itself
seeds, so that it falls in the same minute for ever, and as often early or late as goals do. Where the half-time score is missing, the
draw is over both halves.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from commands.trading.replay.match import Goal, Match, Side
from domain.odds import Odds, OddsMalformed, parse
from domain.pricing.goals import MINUTES, share_left
from domain.pricing.strengths import Strengths
from infra.sports_data.csv_table import MatchTwice, Row, read_table

SOURCE = "football-data"
UK_CLOCK = "Europe/London"
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
KICK_OFF_UNKNOWN = time(15)
"""The kick-off of seasons that have no column of times: Saturday, three o'clock."""

DIVISIONS = {
    "E0": "Premier League", "E1": "Championship", "E2": "League One", "E3": "League Two", "SC0": "Scottish Premiership",
    "D1": "Bundesliga", "I1": "Serie A", "SP1": "La Liga", "F1": "Ligue 1", "N1": "Eredivisie", "P1": "Primeira Liga",
}  # fmt: skip

CLOSING_COLUMNS: dict[str, tuple[dict[str, str], ...]] = {
    "match_result": tuple(
        {"home": f"{book}H", "draw": f"{book}D", "away": f"{book}A"} for book in ("PSC", "AvgC", "B365C", "PS", "Avg", "B365")
    ),
    "total_goals": tuple({"over": f"{book}>2.5", "under": f"{book}<2.5"} for book in ("PC", "AvgC", "B365C", "P", "Avg", "B365")),
}
"""Market type -> selection -> column, in the order of preference: the sharpest book's closing prices first, openings last."""


def read_season(path: Path) -> list[Match]:
    """Return the matches of a season in order of time.

    `closing` is taken from the first set of columns that has every selection of a market, so a gap in one book's column is filled by
    the next book. `expected` is learnt from the season's earlier days alone. A match that was not played is left out.

    Raises:
        Failure: one line with file, line and column, for whatever is wrong with the file.

    """
    table = read_table(path, ("Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG"))
    rows = [(row, _kick_off(row)) for row in table if row.is_played("FTHG", "FTAG")]
    strengths = Strengths()
    matches: list[Match] = []
    unlearnt: list[Match] = []
    for row, kick_off in sorted(rows, key=lambda one: one[1]):
        if unlearnt and unlearnt[-1].kick_off.date() < kick_off.date():
            for match in unlearnt:
                strengths.learn(match.home, match.away, *match.score(), neutral=False)
            unlearnt.clear()
        unlearnt.append(_match(row, kick_off, strengths))
        matches.append(unlearnt[-1])
    _check_each_once(rows)
    return matches


def _check_each_once(rows: Sequence[tuple[Row, datetime]]) -> None:
    """Refuse a match that is there a second time: it would have the first one's fixture, and two would play it."""
    seen: set[tuple[date, str, str]] = set()
    for row, kick_off in rows:
        match = (kick_off.date(), row.name("HomeTeam"), row.name("AwayTeam"))
        if match in seen:
            raise MatchTwice(row.path, row.line, match[1], match[2], match[0])
        seen.add(match)


def _kick_off(row: Row) -> datetime:
    day = row.day("Date", "%d/%m/%Y", "%d/%m/%y")
    text = row.find("Time")
    if text and not TIME_OF_DAY.fullmatch(text):
        raise row.malformed("Time", "a time of day like 17:30")
    at = time.fromisoformat(text) if text else KICK_OFF_UNKNOWN
    return datetime.combine(day, at, ZoneInfo(UK_CLOCK)).astimezone(UTC)


def _match(row: Row, kick_off: datetime, strengths: Strengths) -> Match:
    division, home, away = row.name("Div"), row.name("HomeTeam"), row.name("AwayTeam")
    if home == away:
        raise row.malformed("AwayTeam", "another team than the home team")
    return Match(
        source=SOURCE,
        competition=DIVISIONS.get(division, division),
        home=home,
        away=away,
        kick_off=kick_off,
        neutral=False,
        goals=_goals(row, f"{kick_off.isoformat()}/{home}/{away}"),
        expected=strengths.expect(home, away, neutral=False),
        closing={market: prices for market, books in CLOSING_COLUMNS.items() if (prices := _closing(row, books))},
    )


def _goals(row: Row, seed: str) -> tuple[Goal, ...]:
    goals: list[Goal] = []
    for side, full, half in (("home", "FTHG", "HTHG"), ("away", "FTAG", "HTAG")):
        scored = row.count(full)
        if row.find(half):
            early = row.count(half, most=scored)
            halves = [(1, 45)] * early + [(46, 90)] * (scored - early)
        else:
            halves = [(1, 90)] * scored
        for number, (first, last) in enumerate(halves):
            goals.append(Goal(_drawn_minute(f"{seed}/{side}/{number}", first, last), cast("Side", side)))
    return tuple(sorted(goals))


def _drawn_minute(seed: str, first: int, last: int) -> int:
    """Return a minute of `first` to `last`, drawn from the shares of goals that minutes have."""
    drawn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7]) / 2**56
    before, after = 1 - share_left(first - 1), 1 - share_left(last)
    return min(max(bisect_left(_SHARES_GONE, before + drawn * (after - before)), first), last)


_SHARES_GONE = [1 - share_left(minute) for minute in range(MINUTES + 1)]


def _closing(row: Row, books: Sequence[dict[str, str]]) -> dict[str, Odds]:
    for columns in books:
        if all(row.find(column) for column in columns.values()):
            return {selection: _odds(row, column) for selection, column in columns.items()}
    return {}


def _odds(row: Row, column: str) -> Odds:
    try:
        return parse(row.find(column))
    except OddsMalformed:
        raise row.malformed(column, "decimal odds above 1") from None
