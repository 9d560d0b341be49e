"""Races from a seed on the whole product: offered, bet on to win, each way and to be placed, run, and settled by the feed's word."""

import signal
from typing import Any

from domain.fixture.facts import FixtureEnded
from domain.market.facts import MarketResulted, MarketSuspended
from tests.journeys.process_tree import Person, Tree, until
from tests.journeys.test_played_again import facts_of

FEED = ("feed", "simulate", "--sports", "racing", "--fixtures", "6", "--speed", "400", "--seed", "11")
PRODUCER = "simulated-racing-11"


def races_to_come(board: Person) -> list[dict[str, Any]]:
    """The races on offer with open markets, the one that is off last first."""
    answer = board.get("/v1/fixtures", status="scheduled", sport="racing", include="markets", limit=100)
    items = answer.json()["items"] if answer.status_code == 200 else []  # a board that has just begun has none yet
    open_ones = [race for race in items if len(race["markets"]) == 2 and all(market["status"] == "open" for market in race["markets"])]
    return sorted(open_ones, key=lambda race: str(race["kick_off"]), reverse=True)


def bet_on(person: Person, market_type: str, **more: Any) -> str:
    """Bet on the favourite of a race to come; whatever stands in the way of one attempt, another race is next."""
    attempts = 0

    def placed() -> str | None:
        nonlocal attempts
        for race in races_to_come(person)[:1]:
            attempts += 1
            market = next(market for market in race["markets"] if market["type"] == market_type)
            runner = min((each for each in market["selections"] if each["odds"]), key=lambda each: float(each["odds"]))
            leg = {"market_id": market["market_id"], "selection": runner["selection"], "odds": runner["odds"], "version": market["version"]}
            body = {"type": "single", "stake_minor": 10_00, "currency": "EUR", "legs": [leg], "accept": "any", **more}
            answer = person.post("/v1/bets", body, idempotency_key=f"{market_type} {sorted(more)} {attempts}")
            assert answer.status_code in (201, 409, 422), answer.text
            if answer.status_code == 201:
                return str(answer.json()["bet_id"])
        return None

    return str(until(placed, f"a bet on {market_type} is struck", 120))


def test_races_of_a_feed_are_bet_on_and_settled_without_a_traders_hand(tree: Tree):
    ann = tree.bettor("races_ann", funds_minor=100_00)
    tree.start(*FEED, name="races")
    try:
        bets = [bet_on(ann, "race_winner"), bet_on(ann, "race_winner", each_way=True), bet_on(ann, "race_place")]
        for bet_id in bets:
            settled = until(lambda path=f"/v1/bets/{bet_id}": (bet := ann.get(path).json())["settlement"] and bet, "it is settled", 120)
            assert settled["status"] in ("won", "lost", "part_lost", "void"), settled
        until(lambda: ann.get("/v1/bets", status="open").json()["items"] == [], "all are settled", 120)
    finally:
        assert tree.end("races", signal.SIGTERM) == 0
    by_the_feed = [fact.body for fact in facts_of(tree) if getattr(fact.body, "actor", "") == PRODUCER]
    assert any(isinstance(fact, FixtureEnded) for fact in by_the_feed)
    assert all(fact.order and not fact.void_reason for fact in by_the_feed if isinstance(fact, MarketResulted))
    assert all(fact.non_runner for fact in by_the_feed if isinstance(fact, MarketSuspended))
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr


def test_a_sport_that_cannot_be_made_up_is_refused_by_name(tree: Tree):
    said = tree.run("feed", "simulate", "--sports", "racing,chess")
    assert said.returncode == 2
    assert "'chess' is none of" in said.stderr
