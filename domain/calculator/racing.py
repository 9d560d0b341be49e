"""Grades a runner of a race on the places. A tie that reaches beyond the last place paid is a dead heat."""

from domain.calculator.scores import EventScores
from domain.settling.folds import Ratio

NO_DEAD_HEAT: Ratio = (1, 1)


def grade_runner(market: str, runner: str, scores: EventScores) -> tuple[str, Ratio] | None:
    """Return how a runner came out in `win`, `place` or `each_way`, and how many tied for how many places; None while it is not known.

    A non-runner is void. Each way a winner is won and others among the places are placed; several that tied for first share the win alone.
    """
    positions = scores.positions
    if positions is None or runner not in positions or (market != "win" and not scores.places):
        return None
    position = positions[runner]
    if position is None:
        return "void", NO_DEAD_HEAT
    tied = sum(other == position for other in positions.values())
    if market != "place" and position == 1:
        return "won", (tied, 1)
    if market == "win" or position > scores.places:
        return "lost", NO_DEAD_HEAT
    left = scores.places - position + 1
    return "won" if market == "place" else "placed", (tied, left) if tied > left else NO_DEAD_HEAT
