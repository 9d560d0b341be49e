"""Scores of tennis: which can be, written independently of the product's rules."""

from typing import Any

from commands.audit.auditor import check_value
from commands.audit.streams import AuditedFixture
from domain.fact import Recorded
from domain.fixture.facts import ScoreChanged
from domain.market.facts import MarketResulted
from domain.settling.grading import FinalScore
from domain.settling.tennis import TENNIS_TYPES

POINTS_MAX = 200
SIDES = ("", "home", "away")
OVER = frozenset({(6, games) for games in range(5)} | {(7, 5), (7, 6)})
"""The games with which a set is over, the winner's first."""

UNDERWAY = frozenset((home, away) for home in range(7) for away in range(7)) - OVER - {(away, home) for home, away in OVER}
"""The games of a set that is played."""


def winner_of(games: tuple[int, int]) -> int:
    """Return 1 where home won a set, -1 where away did, 0 while it is played."""
    home, away = games
    return 1 if (home, away) in OVER else -1 if (away, home) in OVER else 0


def are_sets(sets: tuple[tuple[int, int], ...], score: tuple[int, int]) -> bool:
    """Say whether a match can have these sets: at most five, all but the last of them over, and as many won as the score says."""
    winners = [winner_of(games) for games in sets]
    return (
        1 <= len(sets) <= 5
        and all(winners[:-1])
        and (winners[-1] != 0 or sets[-1] in UNDERWAY)
        and (winners.count(1), winners.count(-1)) == score
        and max(score) <= 3
    )


def check_tennis(recorded: Recorded[Any], fixture: AuditedFixture, fact: ScoreChanged) -> None:
    """Check the sets, games and points of another score: such as can be, and not missing where they were told before."""
    told = fact.tennis
    if told is None:
        check_value(recorded, "tennis", None, allowed=fixture.tennis is None)
        return
    check_value(recorded, "tennis.sets", told.sets, allowed=are_sets(told.sets, (fact.home, fact.away)))
    points_max = 0 if winner_of(told.sets[-1]) else POINTS_MAX
    check_value(recorded, "tennis.points", told.points, allowed=all(0 <= points <= points_max for points in told.points))
    check_value(recorded, "tennis.serving", told.serving, allowed=told.serving in SIDES)
    check_value(recorded, "tennis.retired", told.retired, allowed=told.retired in SIDES)


def check_sets(recorded: Recorded[Any], market_type: str, fact: MarketResulted, score: FinalScore | None = None) -> None:
    """Check the sets of a result: those of its fixture, or without one, in a correction, such as can be; none where nothing counts."""
    if market_type not in TENNIS_TYPES or fact.void_reason:
        check_value(recorded, "sets, retired", (fact.sets, fact.retired), allowed=(fact.sets, fact.retired) == ((), False))
    elif score is None:
        check_value(recorded, "sets", fact.sets, allowed=are_sets(fact.sets, (fact.home, fact.away)))
    else:
        check_value(recorded, "sets, retired", (fact.sets, fact.retired), allowed=(fact.sets, fact.retired) == (score.sets, score.retired))
