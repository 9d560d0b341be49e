"""`slipstream feed replay` and `feed simulate`: which matches are played again, how many at once, how fast, and whether ever again."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from commands.trading.replay.match_steps import FULL_TIME_S
from domain.fact import Recorded
from domain.fixture.facts import ClockAdvanced, FixtureEnded, FixtureScheduled, KickedOff
from domain.market.facts import MarketOpened, MarketResulted
from domain.odds import parse
from domain.producer.facts import ProducerFact, SessionBegun
from infra.log.tail import Tail
from tests.journeys.process_tree import Tree, until

HEADER = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,PSCH,PSCD,PSCA"
AT_ONCE = ("--speed", "100000")


def season(folder: Path, name: str, days: int) -> Path:
    """A season of one match a day from the 13th of August 2021 on; the home team of day n scores n goals."""
    lines = [f"E0,{13 + n}/08/2021,20:00,{name} {n},{name} away,{n},1,X,0,1,3.94,3.33,2.13" for n in range(days)]
    path = folder / f"{name}.csv"
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path


def facts_of(tree: Tree) -> list[Recorded[Any]]:
    facts: list[Recorded[Any]] = []
    with closing(Tail(tree.env["SLIPSTREAM_DATABASE_URL"])) as tail:
        while more := tail.read(len(facts), 5_000):
            facts += more
    return facts


def fixtures_of(tree: Tree, name: str = "") -> dict[str, list[Recorded[Any]]]:
    """The fixtures of a season (their home teams bear its name) in the order they were announced, each with its facts."""
    fixtures: dict[str, list[Recorded[Any]]] = {}
    for recorded in facts_of(tree):
        if isinstance(recorded.body, FixtureScheduled) and recorded.body.home.startswith(name):
            fixtures[recorded.stream_id] = [recorded]
        elif recorded.stream_id in fixtures:
            fixtures[recorded.stream_id].append(recorded)
    return fixtures


def played(tree: Tree, name: str) -> list[tuple[str, int, int]]:
    """Home team and score of each fixture of a season that was played to its end."""
    return [
        (facts[0].body.home, facts[-1].body.final_home, facts[-1].body.final_away)
        for facts in fixtures_of(tree, name).values()
        if isinstance(facts[-1].body, FixtureEnded)
    ]


def play(tree: Tree, *words: str) -> None:
    ran = tree.run("feed", "replay", *words)
    assert ran.returncode == 0, ran.stderr


@contextmanager
def playing(tree: Tree, *words: str) -> Iterator[None]:
    """A replay that goes on until it is told to stop, and then does."""
    tree.start("feed", "replay", *words)
    try:
        yield
    finally:
        assert tree.end("feed", signal.SIGTERM) == 0


def test_a_season_file_is_played_once_to_its_real_results_and_no_further(tree: Tree, tmp_path: Path):
    path = season(tmp_path, "Once", 3)
    play(tree, "--season", str(path), "--once", *AT_ONCE)
    assert played(tree, "Once") == [("Once 0", 0, 1), ("Once 1", 1, 1), ("Once 2", 2, 1)]

    facts = facts_of(tree)
    fixtures = fixtures_of(tree, "Once")
    opened = [fact.body for fact in facts if isinstance(fact.body, MarketOpened) and fact.body.fixture_id in fixtures]
    prices = {"home": parse("3.94"), "draw": parse("3.33"), "away": parse("2.13")}
    assert [market.prices for market in opened if market.type == "match_result"] == [prices] * 3
    resulted = {fact.stream_id for fact in facts if isinstance(fact.body, MarketResulted)}
    assert len(opened) == 9
    assert {fact.stream_id for fact in facts if fact.body in opened} <= resulted

    def ended() -> set[str]:
        return {fixture["fixture_id"] for fixture in tree.visitor().get("/v1/fixtures", status="ended").json()["items"]}

    until(lambda: fixtures.keys() <= ended(), "the board shows them as ended")

    play(tree, "--season", str(path), "--once", *AT_ONCE)
    again = [fact.body for fact in facts_of(tree)[len(facts) :]]
    assert all(isinstance(body, ProducerFact) for body in again), "what was played is not played again"


def test_without_once_it_begins_again_at_the_end(tree: Tree, tmp_path: Path):
    with playing(tree, "--season", str(season(tmp_path, "Again", 1)), *AT_ONCE):
        until(lambda: len(played(tree, "Again")) > 2, "the match is played a third time")
    assert set(played(tree, "Again")) == {("Again 0", 0, 1)}


def test_a_replay_begins_with_the_first_match_of_the_day_given(tree: Tree, tmp_path: Path):
    path = season(tmp_path, "Since", 4)
    play(tree, "--season", str(path), "--once", "--from", "2021-08-15", *AT_ONCE)
    assert played(tree, "Since") == [("Since 2", 2, 1), ("Since 3", 3, 1)]
    assert len(fixtures_of(tree, "Since")) == 2

    failed = tree.run("feed", "replay", "--season", str(path), "--from", "2021-08-17")
    assert failed.returncode == 1
    assert failed.stderr.strip() == "There is no match from 2021-08-17 on; choose an earlier day."


def test_the_matches_the_project_carries_begin_with_the_day_given(tree: Tree):
    with playing(tree, "--from", "2022-12-18", "--matches", "1"):
        final = until(lambda: fixtures_of(tree, "Argentina"), "the final of 2022 is announced")
    announced = [facts[0].body for facts in fixtures_of(tree).values() if facts[0].body.competition != "Premier League"]
    assert min(fixture.kick_off.date() for fixture in announced) == date(2022, 12, 18)
    (scheduled, *_), *_ = final.values()
    assert (scheduled.body.away, scheduled.body.kick_off.date()) == ("France", date(2022, 12, 18))


@pytest.mark.parametrize("matches", [1, 2])
def test_as_many_matches_are_live_at_once_as_are_asked_for(tree: Tree, tmp_path: Path, matches: int):
    name = f"Live{matches}"
    play(tree, "--season", str(season(tmp_path, name, 3)), "--once", "--matches", str(matches), "--speed", "3000")
    facts = sorted((fact for facts in fixtures_of(tree, name).values() for fact in facts), key=lambda fact: fact.position)
    live = accumulate(isinstance(fact.body, KickedOff) - isinstance(fact.body, FixtureEnded) for fact in facts)
    assert max(live) == matches
    assert len(played(tree, name)) == 3


def test_a_match_takes_the_time_it_took_divided_by_the_speed(tree: Tree, tmp_path: Path):
    def took(speed: int) -> timedelta:
        play(tree, "--season", str(season(tmp_path, f"Speed{speed}", 1)), "--once", "--speed", str(speed))
        (facts,) = fixtures_of(tree, f"Speed{speed}").values()
        told = {type(fact.body): fact.body.at for fact in facts}
        return told[FixtureEnded] - told[KickedOff]

    slow = took(1_000)
    assert slow > timedelta(seconds=FULL_TIME_S / 1_000 / 2)
    assert slow > 3 * took(99_999)


def test_a_crowd_of_made_up_matches_is_on_offer_with_all_its_markets(tree: Tree):
    tree.start(
        "feed", "simulate", "--fixtures", "30", "--speed", "60", "--markets", "all", "--seed", "4", "--sports", "football", name="crowd"
    )
    try:
        board = tree.visitor()

        def crowd(status: str) -> list[dict[str, Any]]:
            items = board.get("/v1/fixtures", status=status, include="markets", limit=100).json()["items"]
            return [fixture for fixture in items if fixture["competition"].startswith("Simulated League")]

        def whole_round() -> list[dict[str, Any]]:
            """The matches whose markets are all open, once they are those of a round."""
            found = [fixture for fixture in crowd("scheduled") if len(fixture["markets"]) >= 24]
            return found if len(found) >= 20 else []

        offered = until(whole_round, "the matches of a round are on offer with their markets", 120)
        assert len({fixture["competition"] for fixture in offered}) == 3
        until(lambda: len(crowd("live")) >= 2, "matches are live side by side", 120)
        begun = len(facts_of(tree))
        until(lambda: any(isinstance(fact.body, ClockAdvanced) for fact in facts_of(tree)[begun:]), "they are played", 120)
    finally:
        assert tree.end("crowd", signal.SIGTERM) == 0
    sessions = {fact.body.name for fact in facts_of(tree) if isinstance(fact.body, SessionBegun)}
    assert "simulated-4" in sessions
