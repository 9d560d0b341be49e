"""The sports that are made up, and who draws their matches; races are run by a driver of their own (`simulated_races`)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from commands.trading.replay.offer import PlayedMatch
from infra.sports_data.simulated_leagues import simulated_matches
from infra.sports_data.simulated_points import LEAGUES, simulated_points_matches
from infra.sports_data.simulated_tennis import simulated_tennis_matches

Draw = Callable[[int, int], Sequence[PlayedMatch]]
"""From how many are live at once, and the seed, to the matches of a season in order of time."""

SIMULATED: Mapping[str, Draw] = {
    "football": simulated_matches,
    "tennis": simulated_tennis_matches,
    **{sport: partial(simulated_points_matches, sport) for sport in LEAGUES},
}
"""Sport -> the matches of a season of it."""
