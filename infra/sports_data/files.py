"""Where the matches to play come from."""

from pathlib import Path

from commands.trading.replay.match import Match
from infra.sports_data.football_data import read_season
from infra.sports_data.internationals import read_internationals

INTERNATIONALS = Path(__file__).parents[2] / "data" / "internationals"
"""The matches that the project carries."""


def read_matches(season: Path | None = None, internationals: Path = INTERNATIONALS) -> list[Match]:
    """Return the matches to replay: those of a season file where one is given, else the internationals of a folder.

    Raises:
        Failure: one line with file, line and column, for whatever is wrong with the files.

    """
    return read_internationals(internationals) if season is None else read_season(season)
