"""A match kicks off: those who have an open bet on it are told. The partitions spread it, so no fact here names whom it tells."""

from projections.notifications.told import Shown, Telling


def says(shown: Shown) -> str:
    """Say that it began; which match it is stands beside it."""
    return shown.say("kickoff")


TELLING = Telling("kickoff", {}, says)
