"""International football, in the layout of martj42/international_results (CC0): results, goals and shootouts, one file each.

The score of a result is the one after extra time. A goal after minute 90 means that extra time was played; minute 90 can
hide stoppage time. There are no kick-off times: the matches of a day begin an hour apart from 12:00 UTC on, in the order of the file.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from commands.trading.replay.match import MINUTE_MAX, Goal, Match, Side
from domain.pricing.strengths import Strengths
from infra.operator_errors import Failure
from infra.sports_data.csv_table import MatchTwice, Row, read_table

SOURCE = "internationals"
FIRST_KICK_OFF = time(12, tzinfo=UTC)
KICK_OFFS_A_DAY = 10


@dataclass(eq=False)
class GoalWithoutMatch(Failure):
    """{path}, line {line}: there is no result of {home} against {away} on {day}."""

    path: Path
    line: int
    home: str
    away: str
    day: date


class Pairing(NamedTuple):
    """What names a match in all three files."""

    day: date
    home: str
    away: str


class Result(NamedTuple):
    """A line of `results.csv`."""

    pairing: Pairing
    home_goals: int
    away_goals: int
    tournament: str
    neutral: bool


def read_internationals(folder: Path) -> list[Match]:
    """Return the matches whose every goal is known, in order of time, each with what earlier days let expect of it.

    All results teach the strengths; a match that was not played is left out. A goalless match tells nothing about its goals being known;
    it is taken where its tournament has goals listed by then.

    Raises:
        Failure: one line with file, line and column, for whatever is wrong with `results.csv`, `goals.csv` or `shootouts.csv`.

    """
    results = _read_results(folder / "results.csv")
    goals = _read_goals(folder / "goals.csv", results)
    winners = _read_shootouts(folder / "shootouts.csv", results)
    tournaments = _first_days(results[pairing] for pairing in goals)
    strengths = Strengths()
    matches: list[Match] = []
    for day, played in groupby(sorted(results.values(), key=lambda result: result.pairing.day), key=lambda result: result.pairing.day):
        of_day = list(played)
        known = [result for result in of_day if _is_known(result, goals, tournaments)]
        for place, result in enumerate(known):
            kick_off = datetime.combine(day, FIRST_KICK_OFF) + timedelta(hours=place % KICK_OFFS_A_DAY)
            matches.append(_match(result, kick_off, goals[result.pairing], winners.get(result.pairing), strengths))
        for result in of_day:
            _, home, away = result.pairing
            strengths.learn(home, away, result.home_goals, result.away_goals, neutral=result.neutral)
    return sorted(matches, key=lambda match: match.kick_off)


def _read_results(path: Path) -> dict[Pairing, Result]:
    results: dict[Pairing, Result] = {}
    for row in read_table(path, ("date", "home_team", "away_team", "home_score", "away_score", "tournament", "neutral")):
        if not row.is_played("home_score", "away_score"):
            continue
        pairing = _pairing(row)
        if pairing in results:
            raise MatchTwice(path, row.line, pairing.home, pairing.away, pairing.day)
        if pairing.home == pairing.away:
            raise row.malformed("away_team", "another team than the home team")
        results[pairing] = Result(pairing, row.count("home_score"), row.count("away_score"), row.name("tournament"), row.flag("neutral"))
    return results


def _read_goals(path: Path, results: Mapping[Pairing, Result]) -> defaultdict[Pairing, list[Goal]]:
    goals: defaultdict[Pairing, list[Goal]] = defaultdict(list)
    for row in read_table(path, ("date", "home_team", "away_team", "team", "minute")):
        pairing = _pairing(row)
        if pairing not in results:
            raise GoalWithoutMatch(path, row.line, pairing.home, pairing.away, pairing.day)
        goals[pairing].append(Goal(row.count("minute", 1, MINUTE_MAX), _side(row, "team", pairing)))
    return goals


def _read_shootouts(path: Path, results: Mapping[Pairing, Result]) -> dict[Pairing, Side]:
    rows = [(_pairing(row), row) for row in read_table(path, ("date", "home_team", "away_team", "winner"))]
    return {pairing: _side(row, "winner", pairing) for pairing, row in rows if pairing in results}


def _pairing(row: Row) -> Pairing:
    return Pairing(row.day("date", "%Y-%m-%d"), row.name("home_team"), row.name("away_team"))


def _side(row: Row, column: str, pairing: Pairing) -> Side:
    team = row.name(column)
    if team == pairing.home:
        return "home"
    if team == pairing.away:
        return "away"
    raise row.malformed(column, f"{pairing.home} or {pairing.away}")


def _first_days(results: Iterable[Result]) -> dict[str, date]:
    """Return from which day on each tournament has goals listed."""
    first: dict[str, date] = {}
    for result in results:
        first[result.tournament] = min(first.get(result.tournament, date.max), result.pairing.day)
    return first


def _is_known(result: Result, goals: Mapping[Pairing, list[Goal]], tournaments: Mapping[str, date]) -> bool:
    sides = [goal.side for goal in goals.get(result.pairing, ())]
    listed = tournaments.get(result.tournament, date.max) <= result.pairing.day
    return listed and (sides.count("home"), sides.count("away")) == (result.home_goals, result.away_goals)


def _match(result: Result, kick_off: datetime, goals: list[Goal], winner: Side | None, strengths: Strengths) -> Match:
    _, home, away = result.pairing
    return Match(
        source=SOURCE,
        competition=result.tournament,
        home=home,
        away=away,
        kick_off=kick_off,
        neutral=result.neutral,
        goals=tuple(sorted(goals, key=lambda goal: goal.minute)),
        expected=strengths.expect(home, away, neutral=result.neutral),
        extra_time=winner is not None or any(goal.minute > 90 for goal in goals),
        shootout_winner=winner or "",
    )
