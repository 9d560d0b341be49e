"""Files of real matches are read strictly, and played again through the dispatcher."""

from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import structlog

from commands.dispatch.batch import Answer, Contended
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from commands.registry import USE_CASES
from commands.trading.replay import runner
from commands.trading.replay.laps import first_lap
from commands.trading.replay.match import Goal
from commands.trading.replay.match_markets import fixture_of, market_of, offer_of
from commands.trading.replay.options import LIMITS, ReplayOptions
from commands.trading.replay.runner import Replay
from domain.fixture.commands import AbandonFixture
from domain.fixture.facts import ClockAdvanced, FixtureEnded, FixtureScheduled, KickedOff, ScoreChanged
from domain.market.commands import ResumeMarket, SuspendMarket
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.odds import parse
from domain.pricing import FOOTBALL_MARKETS, MAIN_MARKETS, MATCH_RESULT
from domain.producer.facts import HeartBeat, SessionBegun
from domain.settling.grading import FinalScore, grade
from infra.eventstore.memory import MemoryEventStore
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from infra.operator_errors import Failure
from infra.sports_data.csv_table import (
    ColumnsMissing,
    FieldMalformed,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    LineMalformed,
    MatchTwice,
    NotUtf8,
)
from infra.sports_data.files import INTERNATIONALS, read_matches
from infra.sports_data.football_data import CLOSING_COLUMNS, read_season
from infra.sports_data.internationals import GoalWithoutMatch, read_internationals
from infra.sports_data.replay_options import NothingToReplay, OptionOutOfRange, programme_of

SEASONS = Path(__file__).parents[2].parent / "shared/data/football_odds"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

RESULTS = "date,home_team,away_team,home_score,away_score,tournament,neutral\n"
GOALS = "date,home_team,away_team,team,minute\n"
SHOOTOUTS = "date,home_team,away_team,winner\n"
FINAL = "2022-12-18,Argentina,France,3,3,FIFA World Cup,TRUE\n"
SEASON = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,PSCH,PSCD,PSCA,AvgCH,AvgCD,AvgCA,PC>2.5,PC<2.5\n"
SATURDAY = "E0,13/08/2021,20:00,Brentford,Arsenal,2,0,H,1,0,3.94,3.33,2.13,3.89,3.28,2.10,2.44,1.62\n"


def internationals(folder, results=FINAL, goals="", shootouts=""):
    (folder / "results.csv").write_text(RESULTS + results, encoding="utf-8")
    (folder / "goals.csv").write_text(GOALS + goals, encoding="utf-8")
    (folder / "shootouts.csv").write_text(SHOOTOUTS + shootouts, encoding="utf-8")
    return folder


def season(folder, text):
    path = folder / "season.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


class TestInternationals:
    def test_the_matches_the_project_carries_are_read_whole(self):
        matches = read_internationals(INTERNATIONALS)
        assert len(matches) > 1_000
        assert [match.kick_off for match in matches] == sorted(match.kick_off for match in matches)
        assert len({fixture_of(match, 0) for match in matches}) == len(matches)

    def test_the_final_of_2022_went_as_everybody_remembers(self):
        final = next(match for match in read_internationals(INTERNATIONALS) if match.kick_off.date() == date(2022, 12, 18))
        assert (final.home, final.away, final.neutral, final.competition) == ("Argentina", "France", True, "FIFA World Cup")
        assert (final.score(45), final.score(90), final.score()) == ((2, 0), (2, 2), (3, 3))
        assert (final.extra_time, final.shootout_winner) == (True, "home")
        assert [goal.minute for goal in final.goals] == [23, 36, 80, 81, 109, 118]

    def test_a_match_whose_goals_are_not_all_listed_teaches_strengths_but_is_not_played(self, tmp_path):
        later = "2022-12-20,Argentina,France,1,0,FIFA World Cup,TRUE\n"
        goals = "2022-12-18,Argentina,France,Argentina,23\n2022-12-20,Argentina,France,Argentina,5\n"
        matches = read_internationals(internationals(tmp_path, FINAL.replace("3,3", "6,0") + later, goals))
        assert [match.kick_off.date() for match in matches] == [date(2022, 12, 20)]
        assert matches[0].expected.home > matches[0].expected.away

    def test_what_is_expected_of_a_match_does_not_know_its_result_nor_any_of_its_day(self, tmp_path):
        def expected(score, goals):
            day = f"2022-12-18,France,Argentina,{score},Friendly,TRUE\n2022-12-18,Argentina,Brazil,1,0,Friendly,TRUE\n"
            of_day = goals + "2022-12-18,Argentina,Brazil,Argentina,9\n"
            return [match.expected for match in read_internationals(internationals(tmp_path, day, of_day))]

        assert expected("1,0", "2022-12-18,France,Argentina,France,3\n") == expected("0,1", "2022-12-18,France,Argentina,Argentina,3\n")

    def test_a_goalless_match_is_taken_where_goals_of_its_tournament_are_listed(self, tmp_path):
        results = (
            "2022-12-01,A,B,1,0,Cup,TRUE\n2022-12-02,A,B,0,0,Cup,TRUE\n2022-12-02,C,D,0,0,Elsewhere,TRUE\n2022-11-01,A,B,0,0,Cup,TRUE\n"
        )
        matches = read_internationals(internationals(tmp_path, results, "2022-12-01,A,B,A,7\n"))
        assert [(match.kick_off.day, match.home) for match in matches] == [(1, "A"), (2, "A")]

    def test_a_goal_after_minute_ninety_counts_for_the_final_score_only(self, tmp_path):
        goals = "".join(f"2022-12-18,Argentina,France,{team},{minute}\n" for team, minute in [("Argentina", 90), ("France", 91)])
        (match,) = read_internationals(internationals(tmp_path, FINAL.replace("3,3", "1,1"), goals))
        assert (match.score(90), match.score(), match.extra_time) == ((1, 0), (1, 1), True)

    @pytest.mark.parametrize(
        ("results", "column"),
        [
            (FINAL.replace("3,3", "-,3"), "home_score"),
            (FINAL.replace("3,3", "3,-1"), "away_score"),
            (FINAL.replace("3,3", "3,1.5"), "away_score"),
            (FINAL.replace("3,3", "3,"), "away_score"),
            (FINAL.replace("3,3", "NA,3"), "home_score"),
            (FINAL.replace("3,3", ",3"), "home_score"),
            (FINAL.replace("Argentina", "Argen\u202etina"), "home_team"),
            (FINAL.replace("Argentina", "x" * 121), "home_team"),
            (FINAL.replace("2022-12-18", "1872-11-30"), "date"),
            (FINAL.replace("2022-12-18", "\uff12022-12-18"), "date"),
            (FINAL.replace("3,3", "3,٣"), "away_score"),
            (FINAL.replace("2022-12-18", "2022-02-30"), "date"),
            (FINAL.replace("2022-12-18", "18/12/2022"), "date"),
            (FINAL.replace("Argentina", ""), "home_team"),
            (FINAL.replace("France", "Argentina"), "away_team"),
            (FINAL.replace("TRUE", "maybe"), "neutral"),
            (FINAL.replace("FIFA World Cup", "x" * 201), "tournament"),
        ],
    )
    def test_a_wrong_field_is_named_with_file_line_and_column(self, tmp_path, results, column):
        with pytest.raises(FieldMalformed) as failure:
            read_internationals(internationals(tmp_path, "2022-12-17,Croatia,Morocco,2,1,FIFA World Cup,TRUE\n" + results))
        assert (failure.value.path.name, failure.value.line, failure.value.column) == ("results.csv", 3, column)
        assert f"results.csv, line 3, column {column}: " in str(failure.value)
        assert "\n" not in str(failure.value)

    def test_a_match_that_was_not_played_is_left_out(self, tmp_path):
        results = FINAL.replace("3,3", "NA,NA").replace("Argentina", "Chile") + FINAL.replace("3,3", "1,0")
        (match,) = read_internationals(internationals(tmp_path, results, "2022-12-18,Argentina,France,Argentina,23\n"))
        assert match.home == "Argentina"

    @pytest.mark.parametrize(
        ("minute", "column"), [("0", "minute"), ("121", "minute"), ("-5", "minute"), ("90+2", "minute"), ("", "minute")]
    )
    def test_a_goal_in_no_minute_of_a_match_is_named(self, tmp_path, minute, column):
        with pytest.raises(FieldMalformed) as failure:
            read_internationals(internationals(tmp_path, goals=f"2022-12-18,Argentina,France,France,{minute}\n"))
        assert (failure.value.path.name, failure.value.line, failure.value.column) == ("goals.csv", 2, column)

    def test_a_goal_by_a_third_team_is_named(self, tmp_path):
        with pytest.raises(FieldMalformed, match="'Brazil' is not Argentina or France"):
            read_internationals(internationals(tmp_path, goals="2022-12-18,Argentina,France,Brazil,5\n"))

    def test_a_goal_of_no_known_match_and_a_match_told_twice_are_named(self, tmp_path):
        with pytest.raises(GoalWithoutMatch, match=r"goals\.csv, line 2: there is no result of Argentina against Brazil on 2022-12-18"):
            read_internationals(internationals(tmp_path, goals="2022-12-18,Argentina,Brazil,Brazil,5\n"))
        with pytest.raises(MatchTwice, match=r"results\.csv, line 3"):
            read_internationals(internationals(tmp_path, results=FINAL + FINAL))


class TestTable:
    @pytest.mark.parametrize(
        ("text", "failure", "said"),
        [
            (b"", FileEmpty, "is empty"),
            (b"\n\n ,,\n", FileEmpty, "is empty"),
            ("Div,Date,HomeTeam,FTHG\n", ColumnsMissing, "line 1: has no column AwayTeam, FTAG"),
            (SEASON.encode() + SATURDAY.encode().replace(b"Arsenal", b"Ars\xe9nal"), NotUtf8, "line 2: is not UTF-8"),
            (b"\xff\xfe" + SEASON.encode("utf-16-le"), NotUtf8, "line 1: is not UTF-8"),
            (SEASON.replace("FTR", "FTAG") + SATURDAY, LineMalformed, "line 1: has the column FTAG twice"),
            (SEASON + "x" * 20_000, LineMalformed, "line 2: is longer than"),
            (SEASON + SATURDAY.strip() + ",more\n", LineMalformed, "line 2: has 19 fields, the header 18"),
            (SEASON + '"E0,never closed\n', LineMalformed, "line 2: unexpected end of data"),
        ],
    )
    def test_a_file_that_is_no_table_is_one_named_line(self, tmp_path, text, failure, said):
        with pytest.raises(failure) as caught:
            read_season(season(tmp_path, text))
        assert said in str(caught.value)
        assert str(caught.value).startswith(str(tmp_path / "season.csv"))
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_not_there_or_a_folder_is_one_named_line(self, tmp_path):
        for path in (tmp_path / "absent.csv", tmp_path):
            with pytest.raises(FileUnreadable, match="cannot be read"):
                read_season(path)

    def test_a_file_beyond_any_season_is_refused_before_it_is_read(self, tmp_path):
        path = tmp_path / "season.csv"
        with path.open("wb") as file:
            file.truncate(100 * 1024 * 1024)
        with pytest.raises(FileTooLarge):
            read_season(path)

    def test_a_byte_order_mark_and_blank_lines_are_no_matter(self, tmp_path):
        text = b"\xef\xbb\xbf" + SEASON.encode() + b"\n" + SATURDAY.encode() + b",,,,\n"
        assert len(read_season(season(tmp_path, text))) == 1


class TestSeasons:
    def test_the_same_match_twice_would_have_two_drivers_and_is_refused_by_line(self, tmp_path):
        for again in (SATURDAY, SATURDAY.replace("20:00", "15:00"), SATURDAY.replace("2,0,H", "3,1,H")):
            with pytest.raises(MatchTwice, match=r"season\.csv, line 3: Brentford against Arsenal on 2021-08-13 is there a second time"):
                read_season(season(tmp_path, SEASON + SATURDAY + again))
        decomposed = SATURDAY.replace("Brentford", "Cadi\u0301z"), SATURDAY.replace("Brentford", "Cad\u00edz")
        with pytest.raises(MatchTwice):
            read_season(season(tmp_path, SEASON + "".join(decomposed)))

    @pytest.mark.parametrize("score", [",,,,", "NA,NA,,,"])
    def test_a_match_that_was_not_played_is_left_out_and_named_in_the_log(self, tmp_path, score):
        unplayed = SATURDAY.replace("2,0,H,1,0", score).replace("13/08", "14/08")
        with structlog.testing.capture_logs() as lines:
            (match,) = read_season(season(tmp_path, SEASON + unplayed + SATURDAY))
        assert match.kick_off.day == 13
        assert [(line["event"], line["line"]) for line in lines] == [("a match without a score is left out", 2)]

    def test_a_name_is_read_in_its_normal_form(self, tmp_path):
        (match,) = read_season(season(tmp_path, SEASON + SATURDAY.replace("Brentford", "Cadi\u0301z")))
        assert match.home == "Cad\u00edz"

    def test_a_season_line_is_read_as_a_match(self, tmp_path):
        (match,) = read_season(season(tmp_path, SEASON + SATURDAY))
        assert (match.home, match.away, match.competition, match.neutral) == ("Brentford", "Arsenal", "Premier League", False)
        assert (match.score(45), match.score(90), match.extra_time) == ((1, 0), (2, 0), False)
        assert match.closing["match_result"] == {"home": parse("3.94"), "draw": parse("3.33"), "away": parse("2.13")}
        assert match.closing["total_goals"] == {"over": parse("2.44"), "under": parse("1.62")}

    @pytest.mark.parametrize(
        ("day", "clock", "utc"),
        [
            ("13/08/2021", "20:00", "2021-08-13T19:00:00+00:00"),
            ("26/12/2021", "15:00", "2021-12-26T15:00:00+00:00"),
            ("27/03/2022", "00:30", "2022-03-27T00:30:00+00:00"),
            ("27/03/22", "02:30", "2022-03-27T01:30:00+00:00"),
            ("13/08/2021", "", "2021-08-13T14:00:00+00:00"),
        ],
    )
    def test_kick_offs_are_told_by_uk_clocks(self, tmp_path, day, clock, utc):
        (match,) = read_season(season(tmp_path, SEASON + SATURDAY.replace("13/08/2021,20:00", f"{day},{clock}")))
        assert match.kick_off.isoformat() == utc

    def test_a_gap_in_one_books_prices_is_filled_by_the_next(self, tmp_path):
        gap = SATURDAY.replace("3.94,3.33,2.13", "3.94,,2.13").replace(",2.44,1.62", ",,")
        (match,) = read_season(season(tmp_path, SEASON + gap))
        assert match.closing == {"match_result": {"home": parse("3.89"), "draw": parse("3.28"), "away": parse("2.10")}}

    def test_goals_without_minutes_fall_in_the_half_they_were_scored_in_and_always_in_the_same_minute(self, tmp_path):
        path = season(tmp_path, SEASON + SATURDAY.replace("2,0,H,1,0", "5,4,H,2,3"))
        (match,) = read_season(path)
        assert (match.score(45), match.score(90)) == ((2, 3), (5, 4))
        assert read_season(path) == [match]
        assert len({goal.minute for goal in match.goals}) > 1

    def test_without_a_half_time_score_goals_fall_anywhere_in_the_match(self, tmp_path):
        (match,) = read_season(season(tmp_path, SEASON + SATURDAY.replace("2,0,H,1,0", "9,9,D,,")))
        assert match.score(90) == (9, 9)
        assert {goal.minute <= 45 for goal in match.goals} == {True, False}

    @pytest.mark.parametrize(
        ("change", "column"),
        [
            (("2,0,H,1,0", "-,0,H,1,0"), "FTHG"),
            (("2,0,H,1,0", "2,-1,H,1,0"), "FTAG"),
            (("2,0,H,1,0", "2,0,H,3,0"), "HTHG"),
            (("2,0,H,1,0", "2,0,H,1,1"), "HTAG"),
            (("13/08/2021", "2021-08-13"), "Date"),
            (("13/08/2021", "31/06/2021"), "Date"),
            (("13/08/2021", "13/08/0021"), "Date"),
            (("20:00", "25:00"), "Time"),
            (("20:00", "2000"), "Time"),
            (("20:00", "20:00+05:00"), "Time"),
            (("Arsenal", "Arse\u200bnal"), "AwayTeam"),
            (("Arsenal", "Ars\0enal"), "AwayTeam"),
            (("Arsenal", "\x1b[31mArsenal"), "AwayTeam"),
            (("Brentford", "B" * 121), "HomeTeam"),
            (("2,0,H,1,0", ",0,H,1,0"), "FTHG"),
            (("2,0,H,1,0", "2,NA,H,1,0"), "FTAG"),
            (("3.33", "abc"), "PSCD"),
            (("3.33", "1.00"), "PSCD"),
            (("Arsenal", "Brentford"), "AwayTeam"),
        ],
    )
    def test_a_wrong_field_of_a_season_is_named(self, tmp_path, change, column):
        with pytest.raises(FieldMalformed) as failure:
            read_season(season(tmp_path, SEASON + SATURDAY + SATURDAY.replace(*change)))
        assert (failure.value.line, failure.value.column) == (3, column)

    @pytest.mark.parametrize("name", ["E0_1920", "E0_2021", "E0_2122", "SP1_1920", "SP1_2021", "SP1_2122"])
    def test_real_seasons_are_read_whole(self, name):
        path = SEASONS / f"{name}.csv"
        if not path.exists():
            pytest.skip(f"the season file {name}.csv, which the project may not carry, is absent")
        matches = read_season(path)
        assert len(matches) == 380
        assert all(set(match.closing) == set(CLOSING_COLUMNS) for match in matches)
        assert Counter(match.home for match in matches).most_common()[-1][1] == 19


HEARTBEATS = (SessionBegun, HeartBeat)


class World:
    """A bookmaker in memory with a clock that moves only when the replay sleeps."""

    def __init__(self, store=None, reader=None):
        self.store = store or MemoryEventStore()
        self.reader = reader or self.store
        self.caller = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.seconds = 0.0
        self.until_s = 1e9

    def replay(self, played, **options):
        options = ReplayOptions(**{"speed": 60.0, "loop": False, "markets": "main"} | options)
        return Replay(
            programme_of(played, options),
            self.caller,
            self.store,
            options,
            now=lambda: NOON + timedelta(seconds=self.seconds),
            monotonic_s=lambda: self.seconds,
            sleep=self.sleep,
            stopping=lambda: self.seconds > self.until_s,
        )

    def sleep(self, seconds):
        self.seconds += max(seconds, 0.5)

    def play(self, programme, *, until_s=1e9, **options):
        self.until_s = until_s
        self.replay(programme, **options).run()

    def facts(self, *kinds):
        """Return the facts of some kinds, or all but heartbeats."""
        found = self.reader.read(0, 1_000_000)
        return [one for one in found if (isinstance(one.body, kinds) if kinds else not isinstance(one.body, HEARTBEATS))]

    def of(self, stream_id, *kinds):
        return [recorded.body for recorded in self.facts(*kinds) if recorded.stream_id == stream_id]


@pytest.fixture
def world():
    world = World()
    yield world
    world.caller.stop()


@pytest.fixture(scope="module")
def finals():
    """The last matches of the World Cup of 2022: three of them, one with extra time and a shootout."""
    return [match for match in read_matches() if date(2022, 12, 14) <= match.kick_off.date() <= date(2022, 12, 18)][-3:]


class TestReplay:
    def test_the_final_is_scheduled_played_and_graded_at_ninety_minutes(self, world, finals):
        final = finals[-1]
        world.play([final], matches=1)
        fixture_id = fixture_of(final, 0)
        fixture = world.of(fixture_id)
        assert [type(fact) for fact in fixture[:2]] == [FixtureScheduled, KickedOff]
        assert [(fact.home, fact.away, fact.minute) for fact in fixture if isinstance(fact, ScoreChanged)] == [
            (1, 0, 23),
            (2, 0, 36),
            (2, 1, 80),
            (2, 2, 81),
            (3, 2, 109),
            (3, 3, 118),
        ]
        (ended,) = [fact for fact in fixture if isinstance(fact, FixtureEnded)]
        assert (ended.regular_home, ended.regular_away, ended.final_home, ended.final_away, ended.shootout_winner) == (2, 2, 3, 3, "home")
        for market in MAIN_MARKETS:
            (resulted,) = world.of(market_of(fixture_id, market.type, market.specifiers), MarketResulted)
            assert resulted.results == grade(market.type, market.specifiers, FinalScore(2, 2))
            assert (resulted.home, resulted.away) == ((2, 2) if market == MATCH_RESULT else (2, 1))

    def test_markets_move_with_the_minutes_stop_at_goals_and_come_back_at_new_prices(self, world, finals):
        world.play([finals[-1]], matches=1)
        market = world.of(market_of(fixture_of(finals[-1], 0), "match_result", {}))
        kinds = Counter(type(fact) for fact in market)
        assert kinds[MarketOpened] == kinds[MarketClosed] == kinds[MarketResulted] == 1
        assert kinds[MarketPriced] > 30
        assert 1 <= kinds[MarketResumed] == kinds[MarketSuspended] <= 4
        assert not any(isinstance(after, MarketPriced) for before, after in pairwise(market) if isinstance(before, MarketSuspended))

    def test_a_goal_is_told_only_after_betting_has_stopped(self, world, finals):
        world.play(finals, matches=3)
        markets = {offer_of(match, 0, MAIN_MARKETS, "replay").market_ids[MATCH_RESULT]: fixture_of(match, 0) for match in finals}
        taking_bets: dict[str, bool] = {}
        for recorded in world.facts():
            if recorded.stream_id in markets:
                taking_bets[markets[recorded.stream_id]] = isinstance(recorded.body, MarketOpened | MarketPriced | MarketResumed)
            if isinstance(recorded.body, ScoreChanged):
                assert not taking_bets[recorded.stream_id]

    def test_a_market_that_is_decided_closes_at_once(self, world, finals):
        final = finals[-1]
        world.play([final], matches=1)
        (closed,) = world.of(market_of(fixture_of(final, 0), "total_goals", {"total": "2.5"}), MarketClosed)
        third = next(fact for fact in world.of(fixture_of(final, 0), ScoreChanged) if fact.home + fact.away == 3)
        ended = world.of(fixture_of(final, 0), FixtureEnded)[0]
        assert third.at < closed.at < ended.at - timedelta(seconds=20)

    def test_every_market_of_a_match_is_priced_graded_and_never_refused(self, world, finals, capsys):
        final = finals[-1]
        world.play([final], matches=1, markets="all")
        offer = offer_of(final, 0, FOOTBALL_MARKETS, "replay")
        score = FinalScore(*final.score(90), final.score(45))
        assert len(offer.market_ids) >= 26
        for market, market_id in offer.market_ids.items():
            facts = world.of(market_id)
            opened, resulted = facts[0], facts[-1]
            assert opened.specifiers == market.specifiers
            assert len({selection.name for selection in opened.selections}) == len(opened.selections)
            assert resulted.results == grade(market.type, market.specifiers, score), market
            assert sum(isinstance(fact, MarketPriced) for fact in facts) > 10
        assert "was refused" not in capsys.readouterr().out

    def test_a_first_half_is_over_for_good_at_half_time(self, world, finals):
        final = finals[-1]
        world.play([final], matches=1, markets="all")
        first_half = [market for market in FOOTBALL_MARKETS if market.type.startswith("first_half_")]
        second_half_begins = next(one.position for one in world.facts(ClockAdvanced) if one.body.period == "second_half")
        for market in first_half:
            ids = {market_of(fixture_of(final, 0), market.type, market.specifiers)}
            facts = [one for one in world.facts() if one.stream_id in ids]
            assert isinstance(facts[-1].body, MarketResulted)
            assert facts[-1].position < second_half_begins

    def test_a_replay_that_is_killed_between_any_two_commands_goes_on_and_tells_nothing_twice(self, finals):
        whole = World()
        counting = whole.caller = Mortal(whole.caller, 10**9)
        whole.play(finals[-1:])
        counting.caller.stop()
        for commands in range(1, counting.taken, 17):
            cut = World()
            mortal = cut.caller = Mortal(cut.caller, commands)
            with pytest.raises(Killed):
                cut.play(finals[-1:])
            mortal.caller.stop()
            again = World(cut.store)
            again.play(finals[-1:])
            again.caller.stop()
            assert what_happened(again) == what_happened(whole), f"killed after {commands} commands"

    def test_a_match_played_into_postgres_is_the_match_played_in_memory(self, world, finals, database_url):
        world.play(finals[-1:])
        with closing(Tail(database_url)) as tail, closing(GroupCommitRecorder(datastore_of(database_url))) as recorder:
            recorder.create_table()
            durable = World(recorder, tail)
            durable.play(finals[-1:], until_s=60)
            durable.caller.stop()
            again = World(recorder, tail)
            again.play(finals[-1:])
            again.caller.stop()
            assert what_happened(again) == what_happened(world)
            recorder.datastore.close()

    def test_a_replay_of_what_is_over_adds_nothing(self, world, finals):
        world.play(finals[:1])
        facts = len(world.facts())
        world.play(finals[:1])
        assert len(world.facts()) == facts

    def test_upcoming_matches_are_on_offer_before_they_begin(self, world, finals):
        world.play(finals, matches=1, ahead=2, until_s=5)
        scheduled = {recorded.stream_id for recorded in world.facts(FixtureScheduled)}
        live = {recorded.stream_id for recorded in world.facts(KickedOff)}
        assert (len(scheduled), len(live)) == (3, 1)
        assert len(world.facts(MarketOpened)) == 9

    def test_with_the_loop_on_the_matches_start_over_as_new_fixtures(self, world, finals):
        world.play(finals[:1], loop=True, matches=1, ahead=1, until_s=250)
        scheduled = world.facts(FixtureScheduled)
        assert len(scheduled) >= 3
        assert len({recorded.stream_id for recorded in scheduled}) == len(scheduled)
        assert len({recorded.body.home for recorded in scheduled}) == 1

    def test_matches_begin_some_minutes_apart(self, world):
        world.play(read_matches()[:6], matches=3, ahead=0, until_s=30)
        kick_offs = [recorded.body.at for recorded in world.facts(KickedOff)]
        assert [(later - kick_offs[0]).total_seconds() for later in kick_offs] == pytest.approx([0, 10, 20], abs=2)

    def test_a_very_fast_replay_leaves_out_minutes_but_no_goal(self, world, finals):
        world.play(finals, matches=3, speed=20_000.0)
        goals = sum(len(match.goals) for match in finals)
        assert len(world.facts(ScoreChanged)) == goals
        assert len(world.facts(FixtureEnded)) == 3
        assert len(world.facts(MarketResulted)) == 9

    def test_a_trader_in_the_way_is_stepped_around(self, world, finals):
        market_id = market_of(fixture_of(finals[0], 0), "match_result", {})
        world.play(finals[:1], until_s=10)
        world.caller.call(SuspendMarket(market_id, "trader", NOON))
        before = len(world.of(market_id, MarketPriced))
        world.play(finals[:1], until_s=12)
        assert len(world.of(market_id, MarketPriced)) - before <= 2
        world.play(finals[:1])
        assert len(world.of(market_id, MarketResulted)) == 1

    def test_a_match_that_is_abandoned_makes_room_for_the_next(self, world, finals):
        first, second = (fixture_of(match, 0) for match in finals[:2])
        replay = world.replay(finals[:2], matches=1)
        while world.seconds < 10:
            assert replay.advance()
            world.sleep(0.5)
        world.caller.call(AbandonFixture(first, "fog", NOON))
        replay.run()
        (began,) = world.of(second, KickedOff)
        assert began.at - NOON < timedelta(seconds=20)
        assert world.of(first, FixtureEnded) == []
        assert len(world.of(second, FixtureEnded)) == 1

    def test_a_replay_killed_between_the_stop_of_betting_and_its_goal_leaves_betting_stopped_until_the_goal_is_told(self, finals):
        cut = World()
        cut.caller = mortal = MortalAt(cut.caller, SuspendMarket)
        with pytest.raises(Killed):
            cut.play(finals[-1:])
        mortal.caller.stop()
        assert not cut.facts(ScoreChanged)
        head = cut.store.head()
        again = World(cut.store)
        again.play(finals[-1:])
        again.caller.stop()
        after = [recorded for recorded in again.facts() if recorded.position > head]
        told_at = next(recorded.position for recorded in after if isinstance(recorded.body, ScoreChanged))
        assert not [
            recorded for recorded in after if recorded.position < told_at and isinstance(recorded.body, MarketResumed | MarketPriced)
        ]
        assert any(isinstance(recorded.body, MarketResumed) for recorded in after)
        assert [(fact.home, fact.away) for fact in again.of(fixture_of(finals[-1], 0), ScoreChanged)] == scores_of(finals[-1])

    def test_a_market_suspended_by_hand_is_not_reopened_by_a_restart_but_after_the_next_goal(self, world, finals):
        final = finals[-1]
        market_id = market_of(fixture_of(final, 0), "match_result", {})
        world.play([final], until_s=10)
        world.caller.call(SuspendMarket(market_id, "trader", NOON))
        world.play([final], until_s=15)
        assert isinstance(world.of(market_id)[-1], MarketSuspended)
        assert not world.of(fixture_of(final, 0), ScoreChanged)
        world.play([final])
        (first, *_) = world.facts(ScoreChanged)
        (resumed, *_) = [recorded for recorded in world.facts(MarketResumed) if recorded.stream_id == market_id]
        assert resumed.position > first.position

    def test_a_reopening_that_was_lost_in_a_crash_is_made_up_for(self, finals):
        cut = World()
        cut.caller = mortal = MortalAt(cut.caller, ResumeMarket, before=True)
        with pytest.raises(Killed):
            cut.play(finals[-1:])
        mortal.caller.stop()
        assert len(cut.facts(ScoreChanged)) == 1
        assert not cut.facts(MarketResumed)
        again = World(cut.store)
        again.play(finals[-1:], until_s=3)
        again.caller.stop()
        assert again.facts(MarketResumed)

    def test_a_restart_does_not_read_the_laps_that_are_long_over(self, world, finals, monkeypatch):
        monkeypatch.setattr(runner, "LIMITS", LIMITS | {"matches": (1, 1), "ahead": (0, 0)})
        world.play(finals[:1], loop=True, matches=1, ahead=0, until_s=1_000)
        laps = len(world.facts(KickedOff))
        world.store = noting = Noting(world.store)
        world.play(finals[:1], loop=True, matches=1, ahead=0, until_s=world.seconds + 1)
        read = [lap for lap in range(laps) if fixture_of(finals[0], lap) in noting.asked]
        assert laps > 6
        assert laps - 1 in read
        assert len(read) < laps

    @pytest.mark.parametrize("laps", [0, 1, 2, 3, 7, 8, 100, 1_000])
    def test_the_first_lap_to_look_at_is_found_in_few_steps(self, laps):
        asked = []
        assert first_lap(lambda lap: asked.append(lap) or lap < laps, 3) == max(laps - 1 - 3, 0)
        assert len(asked) <= 2 * laps.bit_length() + 1

    def test_a_log_that_is_away_for_a_while_is_waited_for(self, world, finals):
        faltering = Faltering(world.caller)
        world.caller = faltering
        world.play(finals[:1])
        world.caller = faltering.caller
        assert faltering.failed > 10
        assert len(world.facts(FixtureEnded)) == 1
        assert [(fact.home, fact.away) for fact in world.of(fixture_of(finals[0], 0), ScoreChanged)] == scores_of(finals[0])

    def test_a_season_opens_at_the_closing_prices_of_real_books(self, world, tmp_path):
        (match,) = read_matches(season(tmp_path, SEASON + SATURDAY))
        world.play([match])
        (opened,) = world.of(market_of(fixture_of(match, 0), "match_result", {}), MarketOpened)
        assert opened.prices == match.closing["match_result"]
        assert len(world.facts(MarketResulted)) == 3

    def test_every_price_put_on_offer_is_one_a_bet_may_be_struck_at(self, world, finals):
        world.play(finals, matches=3)
        for recorded in world.facts(MarketOpened, MarketPriced, MarketResumed):
            for odds in recorded.body.prices.values():
                assert parse("1.01") <= odds <= parse("501")

    @pytest.mark.parametrize(
        ("option", "value"), [("speed", 0.0), ("speed", 1e9), ("matches", 0), ("matches", 10**6), ("ahead", -1), ("grace_ms", 60_001)]
    )
    def test_an_option_out_of_range_is_one_named_line(self, world, finals, option, value):
        with pytest.raises(OptionOutOfRange) as failure:
            world.replay(finals, **{option: value})
        assert str(failure.value).startswith(f"--{option.replace('_', '-')} must be from ")

    def test_a_day_after_the_last_match_is_one_named_line(self, world, finals):
        with pytest.raises(NothingToReplay, match="no match from 2100-01-01 on"):
            world.replay(finals, first_day=date(2100, 1, 1))

    def test_failures_are_all_of_one_kind_so_that_the_command_line_prints_one_line(self):
        assert all(issubclass(kind, Failure) for kind in (OptionOutOfRange, NothingToReplay, FieldMalformed, GoalWithoutMatch, FileEmpty))


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """A caller that takes so many commands, and then the process is gone, in the middle of whatever it was doing."""

    def __init__(self, caller, commands):
        self.caller = caller
        self.left = commands
        self.taken = 0

    def try_many(self, commands, timeout_s=30.0):
        alive = list(commands)[: self.left]
        self.left -= len(alive)
        self.taken += len(alive)
        answers = self.caller.try_many(alive, timeout_s)
        if len(alive) < len(commands):
            raise Killed
        return answers


class Noting:
    """A store that notes which streams it was asked for."""

    def __init__(self, store):
        self.store = store
        self.asked = set()

    def load(self, streams):
        self.asked |= set(streams)
        return self.store.load(streams)


class MortalAt:
    """A caller whose process is gone right after the first commands of a kind were committed, or right before."""

    def __init__(self, caller, kind, *, before=False):
        self.caller = caller
        self.kind = kind
        self.before = before

    def try_many(self, commands, timeout_s=30.0):
        fatal = any(isinstance(command, self.kind) for command in commands)
        if fatal and self.before:
            raise Killed
        answers = self.caller.try_many(commands, timeout_s)
        if fatal:
            raise Killed
        return answers


def what_happened(world):
    """Everything but prices, suspensions and times, which a restart may repeat or move."""
    kinds = (FixtureScheduled, KickedOff, ScoreChanged, FixtureEnded, MarketOpened, MarketClosed, MarketResulted)
    return sorted(
        (
            recorded.stream_id,
            type(recorded.body).__name__,
            repr([getattr(recorded.body, name) for name in recorded.body.__struct_fields__ if name != "at"]),
        )
        for recorded in world.facts(*kinds)
    )


class Faltering:
    """A caller whose log is unavailable for every third call, before it is submitted or after, and now and then contended."""

    def __init__(self, caller):
        self.caller = caller
        self.calls = 0
        self.failed = 0

    def try_many(self, commands, timeout_s=30.0):
        self.calls += 1
        if self.calls % 3 == 0:
            self.failed += 1
            if self.calls % 2:
                self.caller.try_many(commands, timeout_s)
            raise StoreUnavailable
        answers = self.caller.try_many(commands, timeout_s)
        if self.calls % 7 == 0:
            self.failed += 1
            answers = [Contended(4) if isinstance(answer, Answer) else answer for answer in answers]
        return answers


def scores_of(match):
    home = away = 0
    scores = []
    for _, side in (Goal(*goal) for goal in match.goals):
        home, away = home + (side == "home"), away + (side == "away")
        scores.append((home, away))
    return scores
