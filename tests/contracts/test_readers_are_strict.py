"""A reader of match files is never looser than the rules: whatever it takes can be announced and offered."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from commands.trading.replay.match import Match
from commands.trading.replay.match_markets import Graces, offer_of, open_markets, schedule
from domain.fixture.decider import FIXTURE
from domain.market.commands import InContext, MarketContext
from domain.market.decider import MARKET
from domain.pricing import FOOTBALL_MARKETS
from infra.operator_errors import Failure
from infra.sports_data.football_data import read_season
from tests.decisions.given import NOON

HEADER = ("Div", "Date", "Time", "HomeTeam", "AwayTeam", "FTHG", "FTAG")
NAMES = st.text(max_size=130) | st.text(st.characters(categories=("L", "M", "N", "Zs", "Cf", "Cc")), min_size=1, max_size=20)


def read(division: str, home: str, away: str, day: str) -> list[Match]:
    lines = io.StringIO()
    csv.writer(lines).writerows([HEADER, (division, day, "15:00", home, away, "1", "0")])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "season.csv"
        path.write_bytes(lines.getvalue().encode("utf-8", "surrogatepass"))
        return read_season(path)


@given(division=NAMES, home=NAMES, away=NAMES, day=st.dates().map(lambda day: day.strftime("%d/%m/%Y")))
@example("E0", "Arsenal\u200b", "Brentford", "13/08/2021")
@example("E0", "A" * 121, "Brentford", "13/08/2021")
@example("E0", "Arsenal", "Brentford", "13/08/2021")
@example("E0", "Cadi\u0301z", "Cad\u00edz", "13/08/2021")
@example("E0", "Arsenal", "Brentford", "31/12/1899")
@example("E0", "Arsenal", "Brentford", "01/01/1900")
@example("E0", "Arsenal", "Brentford", "01/01/2201")
@example("Cup\0", "Arsenal", "Brentford", "13/08/2021")
def test_whatever_a_season_file_says_is_refused_or_can_be_played(division: str, home: str, away: str, day: str):
    try:
        matches = read(division, home, away, day)
    except Failure:
        return
    for match in matches:
        offer = offer_of(match, 0, FOOTBALL_MARKETS, "replay")
        assert FIXTURE.decide(FIXTURE.initial, schedule(offer, NOON))
        for market in open_markets(offer, Graces(3_000, 500), NOON):
            assert MARKET.decide(MARKET.initial, InContext(market, MarketContext()))
