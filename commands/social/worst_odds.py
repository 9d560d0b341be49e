"""A guard of bets whose odds are not named: the lowest that are taken."""

from domain.odds import Odds
from domain.refused import Refused


class OddsBelowWorst(Refused):
    """The odds of this moment are lower than the worst that the tailer takes."""

    worst: str
    current: str


def check_worst(worst: Odds | None, current: Odds) -> None:
    """Refuse odds that are lower than the worst to take; None takes any.

    Raises:
        OddsBelowWorst: with both.

    """
    if worst is not None and current < worst:
        raise OddsBelowWorst(worst.text, current.text)
