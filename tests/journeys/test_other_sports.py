"""Tennis, basketball and American football on the whole product: played from a seed, bet on, cashed out, shared, settled and audited."""

import signal
from itertools import count
from typing import Any

import pytest

from domain.fixture.facts import FixtureEnded, ScoreChanged
from tests.journeys.process_tree import PASSWORD, Person, Tree, problem_of, until
from tests.journeys.test_cash_out import taken
from tests.journeys.test_played_again import facts_of

SPORTS = ("tennis", "basketball", "american_football")
FEED = ("feed", "simulate", "--sports", ",".join(SPORTS), "--fixtures", "6", "--speed", "600", "--seed", "9", "--markets", "main")
MAIN = {"tennis": "match_winner", "basketball": "money_line", "american_football": "money_line"}
KEYS = count(1)
BY_LINE = {"tennis": "total_games", "basketball": "point_spread", "american_football": "total_points"}


@pytest.fixture(scope="module")
def crowd(tree: Tree) -> Any:
    """Six matches live at once; the feed ends well when it is told to."""
    tree.start(*FEED, name="others")
    yield tree
    assert tree.end("others", signal.SIGTERM) == 0


def matches(board: Person, sport: str, status: str = "live") -> list[dict[str, Any]]:
    answer = board.get("/v1/fixtures", status=status, sport=sport, include="markets", limit=100)
    return list(answer.json()["items"]) if answer.status_code == 200 else []  # a board that has just begun has none yet


def bet_on(person: Person, sport: str, market_type: str, status: str = "scheduled") -> dict[str, Any]:
    """Bet on the first selection that is offered; whatever stands in the way of one attempt, another match or price is next."""

    def placed() -> dict[str, Any] | None:
        for match in matches(person, sport, status):
            for market in match["markets"]:
                offered = [each for each in market["selections"] if each["odds"]]
                if market["type"] != market_type or market["status"] != "open" or not offered:
                    continue
                leg = {name: market[name] for name in ("market_id", "version")}
                leg |= {"selection": offered[0]["selection"], "odds": offered[0]["odds"]}
                body = {"type": "single", "stake_minor": 10_00, "currency": "EUR", "legs": [leg], "accept": "any"}
                answer = person.post("/v1/bets", body, idempotency_key=f"{sport} {market_type} {next(KEYS)}")
                assert answer.status_code in (201, 202, 409, 422), answer.text
                if answer.status_code == 201:
                    return {**answer.json(), "fixture_id": match["fixture_id"]}
        return None

    return dict(until(placed, f"a bet on {market_type} of {sport} is struck", 120))


def scored(board: Person, sport: str) -> list[dict[str, Any]]:
    return [match["score"] for match in matches(board, sport) if match["score"]["home"] + match["score"]["away"]]


def test_matches_of_three_sports_are_live_beside_each_other_with_scores_in_their_own_terms(crowd: Tree):
    board = crowd.visitor()
    points = [until(lambda sport=sport: scored(board, sport), f"{sport} is scored", 120) for sport in SPORTS[1:]]
    assert all("tennis" not in score for of_sport in points for score in of_sport)
    told = until(lambda: [match["score"] for match in matches(board, "tennis") if "tennis" in match["score"]], "sets are shown", 120)[0]
    assert len(told["tennis"]["sets"]) >= 1
    assert set(told["tennis"]["points"]) <= {"A", *map(str, range(41))}
    assert told["tennis"]["serving"] in ("home", "away")


def test_bets_on_other_sports_are_struck_shared_cashed_out_settled_by_the_score_and_audited(crowd: Tree, tmp_path: Any):
    person = crowd.bettor("others_ann", funds_minor=900_00)
    bets = [bet_on(person, sport, of_sport[sport]) for sport in SPORTS for of_sport in (MAIN, BY_LINE)]
    body = {"bet_id": bets[0]["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    shared = person.post("/v1/slips", body, idempotency_key="shared")
    assert shared.status_code == 201 or problem_of(shared) == "bet-not-open", shared.text
    by_command_line(crowd, person, tmp_path)

    def cashed_out() -> bool:
        """Take the offer; where the match is over, or has moved on, the next bet or offer is taken."""
        answer = person.get(f"/v1/bets/{bets[-1]['bet_id']}/cash-out")
        if answer.status_code == 200:
            return bool(taken(person, answer.json(), f"cash {len(bets)}").is_success)
        if problem_of(answer) == "bet-is-settled":
            bets.append(bet_on(person, "tennis", "match_winner"))
        return False

    def refused() -> bool:
        """A draw would give back the stakes of a money line, so that its prices do not tell every chance."""
        said = problem_of(person.get(f"/v1/bets/{bets[-1]['bet_id']}/cash-out"))
        if said == "bet-is-settled":
            bets.append(bet_on(person, "basketball", "money_line"))
        return said == "cash-out-market-unsupported"

    bets.append(bet_on(person, "tennis", "match_winner"))
    until(cashed_out, "it is cashed out", 120)
    bets.append(bet_on(person, "basketball", "money_line"))
    until(refused, "it is refused by name", 120)
    for bet in bets:
        shown = until(
            lambda path=f"/v1/bets/{bet['bet_id']}": (it := person.get(path).json())["status"] != "open" and it, "it is over", 180
        )
        assert shown["status"] in ("won", "lost", "void", "cashed_out"), shown
    facts = [fact.body for fact in facts_of(crowd)]
    assert any(isinstance(fact, ScoreChanged) and fact.tennis is not None for fact in facts)
    assert sum(isinstance(fact, FixtureEnded) for fact in facts) >= 3
    audited = crowd.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr


def by_command_line(tree: Tree, person: Person, folder: Any) -> None:
    password = folder / "password"
    password.write_text(PASSWORD)
    where = ["--as", "others_ann", "--password-file", str(password), "--url", tree.url, "--accept", "any"]

    def placed() -> bool:
        match = next((match for match in matches(person, "tennis", "scheduled") if match["markets"]), None)
        if match is None:
            return False
        said = tree.run("bet", f"{match['home']} - {match['away']}", "home", "5.00", "--market", "match_winner", *where)
        return said.returncode == 0 and "match winner" in said.stdout

    until(placed, "a bet is placed by the command line", 120)
