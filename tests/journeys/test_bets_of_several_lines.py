"""Full-cover bets and round robins over HTTP, from the slip to the settlement, and the audit of all of it."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import floor, prod
from typing import Any

import pytest

from tests.journeys.process_tree import Person, Tree, grade, open_match, problem_of, until

HOME = Fraction(47, 20)
TYPES = {"lucky15": (1, 2, 3, 4), "yankee": (2, 3, 4), "roundrobin:3": (3,), "roundrobin:2,4": (2, 4)}


@pytest.fixture(scope="module")
def markets(trader: Person) -> list[dict[str, Any]]:
    return [open_match(trader, f"lines {number}") for number in range(4)]


def body(markets: list[dict[str, Any]], bet_type: str, stake_minor: int) -> dict[str, Any]:
    legs = [{"market_id": market["market_id"], "selection": "home", "odds": "2.35", "version": market["version"]} for market in markets]
    return {"type": bet_type, "stake_minor": stake_minor, "currency": "EUR", "legs": legs}


def returned(unit_minor: int, sizes: Sequence[int], made: Sequence[Fraction]) -> int:
    return floor(unit_minor * sum(prod(line) for size in sizes for line in combinations(made, size)) + Fraction(1, 2))


def test_bets_of_several_lines_are_struck_settled_line_by_line_and_audited(
    tree: Tree, trader: Person, second_trader: Person, markets: list[dict[str, Any]]
):
    ann = tree.bettor("of_lines", funds_minor=100_00)
    bets, lines = {}, {"lucky15": 15, "yankee": 11, "roundrobin:3": 4, "roundrobin:2,4": 7}
    for bet_type, sizes in TYPES.items():
        stake_minor = lines[bet_type] * 33
        struck = ann.post("/v1/bets", body(markets, bet_type, stake_minor), idempotency_key=bet_type)
        assert struck.status_code == 201, struck.text
        told = struck.json()
        assert (told["type"], told["potential_returns_minor"]) == (bet_type, returned(33, sizes, [HOME] * 4))
        again = ann.post("/v1/bets", body(markets, bet_type, stake_minor), idempotency_key=bet_type)
        assert again.json()["bet_id"] == told["bet_id"]
        bets[bet_type] = told["bet_id"]
    both = body(markets[:2], "multiple", 66)
    draw = next(each for each in markets[0]["selections"] if each["selection"] == "draw")
    both["legs"].append({**both["legs"][0], "selection": "draw", "odds": draw["odds"]})
    ways = ann.post("/v1/bets", both, idempotency_key="ways").json()
    best_minor = returned(33, (1,), [max(HOME, Fraction(draw["odds"])) * HOME])
    assert (ways["stake_minor"], ways["potential_returns_minor"]) == (66, best_minor)
    assert problem_of(ann.post("/v1/slips", {"bet_id": ways["bet_id"]}, idempotency_key="share")) == "ways-not-shared"
    uneven = ann.post("/v1/bets", body(markets, "lucky15", 1_00), idempotency_key="uneven")
    assert (problem_of(uneven), uneven.json()["lines"]) == ("stake-uneven", 15)
    for wrong in ("roundrobin:4,2", "roundrobin:2,5", "goliath", "roundrobin"):
        assert problem_of(ann.post("/v1/bets", body(markets, wrong, 8_40), idempotency_key=wrong)) == "bet-type-unknown"
    for market, score in zip(markets, ((1, 0), (2, 0), (0, 0), (3, 1)), strict=True):
        grade(trader, second_trader, market, *score)
    made = [HOME, HOME, Fraction(0), HOME]
    available_minor = 100_00
    for bet_type, sizes in TYPES.items():
        path = f"/v1/bets/{bets[bet_type]}"
        settled = until(lambda path=path: (now := ann.get(path).json())["status"] != "open" and now, f"the {bet_type} is settled")
        paid_minor = returned(33, sizes, made)
        assert (settled["returns_minor"], settled["status"]) == (paid_minor, "won" if paid_minor >= settled["stake_minor"] else "part_lost")
        available_minor += paid_minor - settled["stake_minor"]
    settled = until(lambda: (now := ann.get(f"/v1/bets/{ways['bet_id']}").json())["status"] != "open" and now, "both ways are settled")
    paid_minor = returned(33, (1,), [HOME * HOME])
    assert (settled["status"], settled["returns_minor"]) == ("won", paid_minor)
    available_minor += paid_minor - 66
    until(lambda: ann.available_minor() == available_minor, "the statement has all of it")
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
