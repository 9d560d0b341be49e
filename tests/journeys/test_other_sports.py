"""Tennis, basketball and American football on the whole product: played from a seed, bet on, cashed out, shared, settled and audited."""

import signal
from typing import Any

import pytest

from domain.fixture.facts import FixtureEnded, ScoreChanged
from tests.journeys.process_tree import PASSWORD, Person, Tree, problem_of, until
from tests.journeys.test_cash_out import taken
from tests.journeys.test_played_again import facts_of

SPORTS = ("tennis", "basketball", "american_football")
FEED = ("feed", "simulate", "--sports", ",".join(SPORTS), "--fixtures", "6", "--speed", "600", "--seed", "9", "--markets", "main")
MAIN = {"tennis": "match_winner", "basketball": "money_line", "american_football": "money_line"}
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
    attempts = 0

    def placed() -> dict[str, Any] | None:
        nonlocal attempts
        for match in matches(person, sport, status):
            for market in match["markets"]:
                offered = [each for each in market["selections"] if each["odds"]]
                if market["type"] != market_type or market["status"] != "open" or not offered:
                    continue
                attempts += 1
                leg = {name: market[name] for name in ("market_id", "version")}
                leg |= {"selection": offered[0]["selection"], "odds": offered[0]["odds"]}
                body = {"type": "single", "stake_minor": 10_00, "currency": "EUR", "legs": [leg], "accept": "any"}
                answer = person.post("/v1/bets", body, idempotency_key=f"{sport} {market_type} {status} {attempts}")
                assert answer.status_code in (201, 202, 409, 422), answer.text
                if answer.status_code == 201:
                    return {**answer.json(), "fixture_id": match["fixture_id"]}
        return None

    return dict(until(placed, f"a bet on {market_type} of {sport} is struck", 120))


def settled(person: Person, bet_id: str) -> dict[str, Any]:
    return dict(until(lambda: (bet := person.get(f"/v1/bets/{bet_id}").json())["settlement"] and bet, "it is settled", 180))


def test_matches_of_three_sports_are_live_beside_each_other_with_scores_in_their_own_terms(crowd: Tree):
    board = crowd.visitor()
    for sport in SPORTS:
        until(
            lambda sport=sport: [match for match in matches(board, sport) if sum(match["score"][side] for side in ("home", "away"))], sport
        )
    shown = until(lambda: [match for match in matches(board, "tennis") if "tennis" in match["score"]], "sets are shown", 120)[0]["score"][
        "tennis"
    ]
    assert len(shown["sets"]) >= 1
    assert set(shown["points"]) <= {"0", "15", "30", "40", "A", *map(str, range(30))}
    assert shown["serving"] in ("home", "away")
    assert all("tennis" not in match["score"] for match in matches(board, "basketball"))


@pytest.mark.parametrize("sport", SPORTS)
def test_a_bet_on_another_sport_is_struck_shared_and_settled_by_the_score(crowd: Tree, sport: str):
    person = crowd.bettor(f"others_{sport[:6]}", funds_minor=100_00)
    bets = [bet_on(person, sport, market_type) for market_type in (MAIN[sport], BY_LINE[sport])]
    body = {"bet_id": bets[0]["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    shared = person.post("/v1/slips", body, idempotency_key="shared")
    assert shared.status_code == 201 or problem_of(shared) == "bet-not-open", shared.text
    for bet in bets:
        assert settled(person, bet["bet_id"])["status"] in ("won", "lost", "void")


def test_a_bet_on_the_winner_of_a_tennis_match_is_cashed_out(crowd: Tree):
    person = crowd.bettor("others_cash", funds_minor=500_00)
    bets = [bet_on(person, "tennis", "match_winner")]

    def cashed_out() -> bool:
        """Take the offer; where the match is over, or has moved on, the next bet or offer is taken."""
        answer = person.get(f"/v1/bets/{bets[-1]['bet_id']}/cash-out")
        if answer.status_code == 200:
            return bool(taken(person, answer.json(), f"cash {len(bets)}").is_success)
        if problem_of(answer) == "bet-is-settled":
            bets.append(bet_on(person, "tennis", "match_winner"))
        return False

    until(cashed_out, "it is cashed out", 120)


def test_a_money_line_which_a_draw_would_give_back_is_not_cashed_out(crowd: Tree):
    person = crowd.bettor("others_money", funds_minor=500_00)
    bets = [bet_on(person, "basketball", "money_line")]

    def refused() -> bool:
        said = problem_of(person.get(f"/v1/bets/{bets[-1]['bet_id']}/cash-out"))
        if said == "bet-is-settled":
            bets.append(bet_on(person, "basketball", "money_line"))
        return said == "cash-out-market-unsupported"

    until(refused, "it is refused by name", 120)


def test_a_bet_by_the_command_line_and_a_log_that_the_audit_finds_right(crowd: Tree, tmp_path: Any):
    person = crowd.bettor("others_cli", funds_minor=50_00)
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    where = ["--as", "others_cli", "--password-file", str(password), "--url", crowd.url, "--accept", "any"]

    def by_command_line() -> bool:
        match = next((match for match in matches(person, "tennis", "scheduled") if match["markets"]), None)
        if match is None:
            return False
        said = crowd.run("bet", f"{match['home']} - {match['away']}", "home", "5.00", "--market", "match_winner", *where)
        return said.returncode == 0

    until(by_command_line, "a bet is placed by the command line", 120)
    until(lambda: sum(isinstance(fact.body, FixtureEnded) for fact in facts_of(crowd)) >= 3, "matches end", 180)
    assert any(isinstance(fact.body, ScoreChanged) and fact.body.tennis for fact in facts_of(crowd))
    audited = crowd.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
