"""Somebody shares a slip: those whose bell on the author is on are told. The partitions spread it, so no fact here names whom it tells."""

from projections.notifications.told import Shown, Telling


def says(shown: Shown) -> str:
    """Say who shared, and what: a verified slip or a pick."""
    return shown.say("slip_shared", who=shown.who, what=shown.row.what)


TELLING = Telling("slip_shared", {}, says)
