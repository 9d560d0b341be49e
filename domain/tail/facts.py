"""What happens to a tail. Its stream's id follows from the bet's (`domain.ids.tail_of`); it is written in the append of that bet."""

from datetime import datetime

from domain.fact import Fact


class SlipTailed(Fact, frozen=True, tag="tail.slip_tailed.v1"):
    """A bet was built from a slip, at the odds of its own moment: `side` is tail (the same selections) or fade (the opposite one)."""

    tailer_id: str
    slip_id: str
    slip_author_id: str
    bet_id: str
    side: str
    at: datetime


TailFact = SlipTailed
