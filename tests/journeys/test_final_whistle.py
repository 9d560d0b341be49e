"""Once a match is over nothing is bet on any more, whatever its trader forgot or tries; what cannot be shown or graded is not let in."""

from typing import Any

import pytest

from tests.journeys.process_tree import Person, approved, open_match, problem_of

END = {"regular_home": 1, "regular_away": 0, "final_home": 1, "final_away": 0}
PRICES = {"prices": {"home": "9", "draw": "9", "away": "1.01"}}


@pytest.mark.parametrize(("verb", "body"), [("end", END), ("abandonment", {"reason": "fog"})])
def test_a_match_that_is_over_takes_neither_prices_nor_bets_on_any_market(
    ada: Person, trader: Person, second_trader: Person, verb: str, body: Any
):
    market = open_match(trader, f"over by {verb}")
    path = f"/v1/trading/markets/{market['market_id']}"
    answer = trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/{verb}", body)
    if verb == "abandonment":
        assert problem_of(ada.bet(market, "home", 1_00, "abandonment proposed")) == "betting-suspended"
        answer = approved(second_trader, answer)
        assert answer.json()["fixture_status"] == "abandoned"
        trader.position = second_trader.position
    assert answer.status_code == 200
    assert problem_of(trader.put(f"{path}/prices", PRICES)) == "fixture-not-live"
    assert problem_of(trader.put(f"{path}/resumption", PRICES)) == "fixture-not-live"
    assert problem_of(ada.bet(market, "home", 1_00, f"after {verb}")) == "betting-over"
    assert trader.get(f"/v1/markets/{market['market_id']}").json()["status"] in ("closed", *["resulted"] * (verb == "abandonment"))


def test_another_final_score_is_told_that_the_match_is_over(trader: Person):
    path = f"/v1/trading/fixtures/{open_match(trader, 'corrected')['fixture_id']}/end"
    assert trader.put(path, END).status_code == 200
    assert trader.put(path, END).status_code == 200
    answer = trader.put(path, {**END, "final_home": 2})
    assert (answer.status_code, problem_of(answer)) == (409, "fixture-ended-differently")


def test_the_same_reason_again_is_a_repeat_and_another_one_is_refused_with_the_one_that_stands(trader: Person, second_trader: Person):
    market = open_match(trader, "for a reason")
    suspension = f"/v1/trading/markets/{market['market_id']}/suspension"
    abandonment = f"/v1/trading/fixtures/{market['fixture_id']}/abandonment"
    for path, problem in ((suspension, "already-suspended"), (abandonment, "already-abandoned")):
        if path == abandonment:
            proposed, again = trader.put(path, {"reason": "fog"}), trader.put(path, {"reason": "fog"})
            assert (proposed.status_code, again.status_code, proposed.content) == (202, 202, again.content)
            assert (proposed.json()["fixture_id"], proposed.json()["market_id"]) == (market["fixture_id"], None)
            approved(second_trader, proposed)
        first, again = trader.put(path, {"reason": "fog"}), trader.put(path, {"reason": "fog"})
        assert (first.status_code, again.status_code, first.content) == (200, 200, again.content)
        other = trader.put(path, {"reason": "rain"})
        assert (other.status_code, problem_of(other), other.json()["reason"]) == (409, problem, "fog")


@pytest.mark.parametrize("kick_off", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_kick_off_at_the_edge_of_the_calendar_is_refused_by_name(trader: Person, kick_off: str):
    match = {"sport": "football", "competition": "Cup", "home": "A", "away": "B", "kick_off": kick_off}
    answer = trader.post("/v1/trading/fixtures", match, idempotency_key=f"edge {kick_off}")
    assert (answer.status_code, problem_of(answer)) == (422, "kick-off-out-of-range")


def test_a_market_with_text_that_cannot_be_shown_is_refused_by_name(trader: Person):
    market = open_match(trader, "unprintable")
    selections = [{"selection": "a\0", "name": "A", "odds": "2"}, {"selection": "b", "name": "B", "odds": "2"}]
    body = {"fixture_id": market["fixture_id"], "type": "both_teams_to_score", "selections": selections}
    answer = trader.post("/v1/trading/markets", body, idempotency_key="poison")
    assert (answer.status_code, problem_of(answer)) == (422, "market-text-malformed")
