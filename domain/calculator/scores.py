"""How an event ended, as far as it is known: what selections of any sport are graded on."""

from collections.abc import Mapping

import msgspec

Pair = tuple[int, int]
"""Home and away: goals, points or games."""


class EventScores(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What is known of an event's end. What a market needs and is not here leaves it undecided.

    `full_time` is football after 90 minutes with stoppage time; points of other sports include overtime. `scorers` are those of every goal,
    in order, own goals left out. `sets` are the games of each set of tennis, and `retired` says that the last one was not played out.
    `positions` are those of every runner of a race, several with one number where they tied, None for a non-runner; `places` how many of
    them are paid.
    """

    full_time: Pair | None = None
    half_time: Pair | None = None
    second_half: Pair | None = None
    first_ten_minutes: Pair | None = None
    scorers: tuple[str, ...] | None = None
    sets: tuple[Pair, ...] | None = None
    retired: bool = False
    positions: Mapping[str, int | None] | None = None
    places: int = 0

    def of(self, period: str) -> Pair | None:
        """Return the score of a period alone: "first_half_", "second_half_", or "" for the whole match; None where it is not known."""
        match period:
            case "first_half_":
                return self.half_time
            case "second_half_":
                if self.second_half is not None or self.full_time is None or self.half_time is None:
                    return self.second_half
                return self.full_time[0] - self.half_time[0], self.full_time[1] - self.half_time[1]
            case _:
                return self.full_time
