"""Tennis and basketball on the page: their markets and scores in their own terms on the board and the match, and bets on them."""

from typing import Any

import pytest

from tests.journeys.process_tree import until
from tests.page.people import staff
from tests.page.screen import settled_bets

TENNIS, BASKETBALL = ("match_winner", "total_games", "set_betting"), ("money_line", "total_points", "point_spread")


@pytest.fixture(scope="module")
def second_trader(page_tree):
    return staff(page_tree, "page_second_of_others")


@pytest.fixture
def tennis(world):
    return world.match(types=TENNIS, competition="Open", sport="tennis")


def score(trader, fixture, sets, points=(0, 0), home=0, away=0, **more: Any) -> None:
    """Tell a score of tennis."""
    tennis = {"sets": [{"home": one, "away": other} for one, other in sets], "points": {"home": points[0], "away": points[1]}, **more}
    body = {"home": home, "away": away, "minute": 50, "period": ("first_set", "second_set", "third_set")[len(sets) - 1], "tennis": tennis}
    answer = trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/score", body)
    assert answer.status_code == 200, answer.text


def test_the_board_groups_sports_and_heads_their_columns_by_what_is_shown(world, open_screen, trader):
    world.match(types=TENNIS, competition="Open", sport="tennis")
    world.match(competition="Cup")
    game = world.match(types=BASKETBALL, competition="Hoops", sport="basketball")
    told = {"home": 55, "away": 48, "minute": 24, "period": "second_quarter"}
    assert trader.put(f"/v1/trading/fixtures/{game['fixture_id']}/score", told).status_code == 200
    screen = open_screen().open("/")
    screen.says("Tennis: Open")
    assert screen.page.locator(".comp h2").all_inner_texts()[:3] == ["Cup", "Basketball: Hoops", "Tennis: Open"]
    assert screen.page.locator("h1").first.inner_text() == "All sports"
    screen.open("/?sport=basketball")
    row = f"[data-fixture='{game['fixture_id']}']"
    screen.page.wait_for_selector(row)
    assert screen.page.locator(".row[data-row]").count() == 1
    assert screen.page.locator(".cols b").all_inner_texts() == ["Match", "Money line", "Total points", "Spread"]
    assert screen.page.locator(f"{row} .goals span").all_inner_texts() == ["55", "48"]
    assert "Q2" in screen.page.locator(f"{row} .clock").inner_text()
    assert screen.page.locator(f"{row} .c-line").inner_text() == "220.5"


def test_a_tennis_match_shows_sets_games_points_and_who_serves_and_is_bet_on_and_settled(
    world, open_screen, trader, second_trader, ada, tennis
):
    score(trader, tennis, [(6, 4), (2, 1)], (3, 1), home=1, serving="away")
    markets = {market["type"]: market for market in tennis["markets"]}
    for market in markets.values():
        world.price(market)
    board = open_screen().open("/?sport=tennis")
    row = f"[data-fixture='{tennis['fixture_id']}']"
    board.page.wait_for_selector(f"{row} .goals[aria-label^='Sets 1 to 0']")
    assert board.page.locator(f"{row} .goals span").all_inner_texts() == ["6 2", "4 1"]
    assert board.page.locator(".cols b").all_inner_texts() == ["Match", "Match winner", "Total games"]
    screen = open_screen(ada).open(f"/match/{tennis['fixture_id']}")
    screen.says(f"6\u20134 2\u20131 (40\u201315), {tennis['away']} serves")
    screen.says("1 : 0")
    screen.pick(markets["set_betting"], "2-0")
    screen.ready().place.click()
    screen.says("Bet placed at 2.60")
    score(trader, tennis, [(6, 4), (6, 2)], home=2)
    world.result(markets["set_betting"], second_trader, 2, 0)
    screen.page.wait_for_selector(".price[data-result=won]")
    screen.says("6\u20134 6\u20132")
    until(lambda: [(bet["status"], bet["returns_minor"]) for bet in settled_bets(ada)] == [("won", 26_00)], "the bet is won", 60)
