"""What goes wrong, and how often it did."""

from collections import Counter
from random import Random


class Crashed(BaseException):
    """The process is gone, in the middle of whatever it did."""


class Faults:
    """Decides by the seed's generator what goes wrong, and counts it. With `percent` 0 nothing does any more."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.percent = 0
        self.counts: Counter[str] = Counter()

    def strikes(self, what: str, per_mille: int = 1_000) -> bool:
        """Whether this goes wrong now: `per_mille` of the times that `percent` would have it."""
        if self.percent and self._rng.randrange(100_000) < self.percent * per_mille:
            self.counts[what] += 1
            return True
        return False

    def choose(self, *what: str) -> str:
        """Return one of these where something goes wrong now, else nothing. It is counted by whoever does it."""
        return self._rng.choice(what) if self.percent and self._rng.randrange(100) < self.percent else ""
