"""Legs of one match in one bet: over HTTP and on the command line they are quoted, struck, shown, shared, tailed, settled and audited."""

from typing import Any

import httpx
import pytest

from domain.odds import parse
from tests.journeys.modelled import BOTH, OTHER_MODEL, RESULT, open_modelled, reprice, shown
from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, end_match, open_match, problem_of, until, verified

Picks = list[tuple[dict[str, Any], str]]


def picks_of(fixture: dict[str, Any], *named: tuple[str, str]) -> Picks:
    return [(fixture["by_type"][market_type], selection) for market_type, selection in named]


def quote(person: Person, picks: Picks) -> httpx.Response:
    legs = [{"market_id": market["market_id"], "selection": selection} for market, selection in picks]
    return person.post("/v1/quotes/same-game", {"legs": legs})


def leg(market: dict[str, Any], selection: str) -> dict[str, Any]:
    odds = next(each["odds"] for each in market["selections"] if each["selection"] == selection)
    return {"market_id": market["market_id"], "selection": selection, "odds": odds, "version": market["version"]}


def bet(person: Person, picks: Picks, same_game: list[dict[str, Any]], key: str, **changed: Any) -> httpx.Response:
    body = {
        "type": "multiple",
        "stake_minor": 10_00,
        "currency": "EUR",
        "legs": [leg(*pick) for pick in picks],
        "accept": "exact",
        "same_game": same_game,
        **changed,
    }
    return person.post("/v1/bets", body, idempotency_key=key)


HOME_AND_BOTH = (("match_result", "home"), ("both_teams_to_score", "yes"))


def test_legs_of_one_match_are_struck_at_their_price_together_and_settled_as_one_leg(tree: Tree, trader: Person, second_trader: Person):
    person, tailer = tree.bettor("together", funds_minor=50_00), tree.bettor("tailing_together", funds_minor=50_00)
    fixture, other = open_modelled(tree, trader, "one"), open_match(trader, "beside")
    picks = picks_of(fixture, *HOME_AND_BOTH)
    quoted = quote(person, picks)
    assert quoted.status_code == 200, quoted.text
    odds = quoted.json()["odds"]
    assert [each["odds"] for each in quoted.json()["legs"]] == [leg(*pick)["odds"] for pick in picks]
    assert problem_of(bet(person, picks, [], "not named")) == "related-legs"
    moved = bet(person, picks, [{"legs": [0, 1], "odds": "9"}], "too long")
    assert (problem_of(moved), moved.json()["current"]) == ("same-game-price-moved", odds)

    placed = bet(person, [*picks, (other, "home")], [{"legs": [0, 1], "odds": odds}], "struck")
    assert placed.status_code == 201, placed.text
    whole = parse(odds).times(parse("2.35"))
    receipt = placed.json()
    assert receipt["same_game"] == [{"legs": [0, 1], "odds": odds, "asked": odds}]
    assert receipt["odds"] == whole.text
    assert bet(person, [*picks, (other, "home")], [{"legs": [0, 1], "odds": odds}], "struck").content == placed.content
    seen = person.get(f"/v1/bets/{receipt['bet_id']}").json()
    assert [(group["legs"], group["odds"]) for group in seen["same_game"]] == [([0, 1], odds)]
    assert seen["odds"] == whole.text
    assert problem_of(person.get(f"/v1/bets/{receipt['bet_id']}/cash-out")) == "cash-out-related-legs"

    body = {"bet_id": receipt["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    slip = person.post("/v1/slips", body, idempotency_key="shown").json()
    assert slip["bet"]["odds"] == whole.text
    assert [(group["legs"], group["odds"]) for group in slip["bet"]["same_game"]] == [([0, 1], odds)]
    tailed = tailer.post(f"/v1/slips/{slip['slip_id']}/tail", {"side": "tail", "stake_minor": 5_00}, idempotency_key="mine")
    assert tailed.status_code == 201, tailed.text
    assert tailed.json()["same_game"] == [{"legs": [0, 1], "odds": odds, "asked": odds}]
    card = until(lambda: (found := tailer.get(f"/v1/slips/{slip['slip_id']}")).status_code == 200 and found.json(), "the slip is shown")
    assert (card["bet"]["odds"], [group["odds"] for group in card["bet"]["same_game"]]) == (whole.text, [odds])

    end_match(trader, picks[0][0], 2, 1)
    end_match(trader, other, 1, 0)
    for market, score in ((picks[0][0], (2, 1)), (picks[1][0], (2, 1)), (other, (1, 0))):
        result = {"home": score[0], "away": score[1]}
        approved(second_trader, trader.put(f"/v1/trading/markets/{market['market_id']}/result", result))
    until(lambda: person.get(f"/v1/bets/{receipt['bet_id']}").json()["status"] == "won", "it is settled")
    assert person.get(f"/v1/bets/{receipt['bet_id']}").json()["returns_minor"] == receipt["potential_returns_minor"]
    auditor = tree.bettor("auditor_of_same_games", role="auditor")
    assert verified(auditor)["status"] == "clean"


@pytest.mark.parametrize(
    ("named", "slug"),
    [
        ((("match_result", "home"), ("match_result", "away")), "legs-on-one-market"),
        ((("both_teams_to_score", "yes"), ("total_goals", "under")), "legs-cannot-all-win"),
    ],
)
def test_what_the_grid_cannot_relate_is_refused_by_name(
    tree: Tree, trader: Person, ada: Person, named: tuple[tuple[str, str], ...], slug: str
):
    fixture = open_modelled(tree, trader, slug)
    assert problem_of(quote(ada, picks_of(fixture, *named))) == slug


def test_markets_that_a_trader_priced_have_no_price_together(trader: Person, ada: Person):
    market = open_match(trader, "by hand")
    body = {
        "fixture_id": market["fixture_id"],
        "type": "both_teams_to_score",
        "selections": [{"selection": name, "name": name, "odds": "1.9"} for name in ("yes", "no")],
    }
    other = trader.post("/v1/trading/markets", body, idempotency_key="by hand, both").json()
    legs = [{"market_id": market["market_id"], "selection": "home"}, {"market_id": other["market_id"], "selection": "yes"}]
    assert problem_of(ada.post("/v1/quotes/same-game", {"legs": legs})) == "leg-without-model"


def test_a_price_together_that_moved_is_taken_as_was_agreed(tree: Tree, trader: Person):
    person, fixture = tree.bettor("agreeing", funds_minor=50_00), open_modelled(tree, trader, "moving")
    picks = picks_of(fixture, *HOME_AND_BOTH)
    before = quote(person, picks).json()["odds"]
    reprice(tree, fixture["fixture_id"], OTHER_MODEL, RESULT, BOTH)
    now = until(lambda: (odds := quote(person, picks).json()["odds"]) != before and odds, "the price together follows")
    refused = bet(person, picks, [{"legs": [0, 1], "odds": before}], "exactly")
    assert (problem_of(refused), refused.json()["asked"], refused.json()["current"]) == ("same-game-price-moved", before, now)
    taken = bet(person, picks, [{"legs": [0, 1], "odds": before}], "whatever it is", accept="any")
    assert taken.json()["same_game"] == [{"legs": [0, 1], "odds": now, "asked": before}]
    assert shown(trader, fixture["fixture_id"])["by_type"]["match_result"]["version"] == taken.json()["legs"][0]["version"]


def test_the_command_line_asks_for_the_price_together_and_takes_it(tree: Tree, trader: Person):
    tree.bettor("typing_together", funds_minor=50_00)
    open_modelled(tree, trader, "typed")
    password = tree.folder / "password"
    password.write_text(PASSWORD)
    words = ("bet", "Home typed", "home", "5.00", "--leg", "Home typed:yes:both_teams_to_score")
    told = tree.run(*words, "--as", "typing_together", "--password-file", str(password), "--url", tree.url)
    assert told.returncode == 0, told.stderr
    assert "Legs 1 and 2 are of one match: together at " in told.stdout
