"""People bet what a slip shows: its author is told once of all of them. Who bets the other side is not told of."""

from collections.abc import Sequence

from domain.fact import Recorded
from domain.tail.facts import SlipTailed
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _tailed(recorded: Recorded[SlipTailed], fact: SlipTailed) -> Sequence[NoticeTold]:
    if fact.side != "tail" or fact.tailer_id == fact.slip_author_id:
        return ()
    row = at(recorded, actor_id=fact.tailer_id, slip_id=fact.slip_id, slip_author_id=fact.slip_author_id)
    return (NoticeTold(fact.slip_author_id, fact.slip_id, row),)


def says(shown: Shown) -> str:
    """Say who tailed, and how many with them."""
    return shown.say("tail", who=shown.who)


TELLING = Telling("tail", {SlipTailed: _tailed}, says, grouped=True)
