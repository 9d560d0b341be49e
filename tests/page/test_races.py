"""Races on the page: favourites on the board, a card of all runners, bets to win, each way and to be placed, and the result."""

import json

import pytest

from tests.journeys.process_tree import approved, until
from tests.page.people import staff
from tests.page.screen import settled_bets

FAVOURITES = ["kauto", "denman", "arkle", "golden"]


@pytest.fixture(scope="module")
def second_trader(page_tree):
    return staff(page_tree, "page_second_of_races")


@pytest.fixture
def race(world, trader):
    """A race to come, the next on the board; it is over when the test is."""
    fixture = world.match(types=("race_winner", "race_place"), live=False, competition="Ascot", sport="racing")
    yield fixture
    if trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/kick-off").status_code == 200:
        world.end(fixture)


def runners(screen, place):
    return screen.page.locator(f"{place} .price").evaluate_all("all => all.map((each) => each.dataset.key.split(' ')[1])")


def test_a_race_stands_on_the_board_by_its_favourites_with_its_each_way_terms(world, open_screen, race):
    to_win = next(market for market in race["markets"] if market["type"] == "race_winner")
    screen = open_screen().open("/?sport=racing")
    row = f".row.race[data-fixture='{race['fixture_id']}']"
    screen.page.wait_for_selector(row)
    assert runners(screen, row) == FAVOURITES
    screen.says("Each way: 3 places, 1/4")
    assert screen.page.locator(".cols:visible").count() == 0, "columns of matches head no races"
    screen.page.mouse.move(0, 0)
    world.price(to_win, kauto="3.5", denman="2.1")
    screen.page.wait_for_function("row => document.querySelector(row + ' .price')?.dataset.key.endsWith('denman')", arg=row)
    assert runners(screen, row) == ["denman", "kauto", "arkle", "golden"]


def test_the_card_of_a_race_has_win_and_place_and_both_are_bet_on(open_screen, proxy, ada, race):
    markets = {market["type"]: market for market in race["markets"]}
    screen = open_screen(ada).open(f"/match/{race['fixture_id']}")
    screen.says("Each way: 3 places, 1/4 of the odds")
    screen.says("Place (3 places)")
    assert screen.page.locator(".runner .who").all_inner_texts() == ["Kauto", "Denman", "Arkle", "Golden"]
    assert screen.price(markets["race_place"], "golden").inner_text() == "1.60"
    screen.pick(markets["race_place"], "golden")
    assert not screen.page.get_by_label("Each way").is_visible()
    screen.ready().place.click()
    screen.says("Bet placed at 1.60")
    screen.says(f"To be placed · Ascot, {race['away']}")
    assert [json.loads(asked.body)["legs"][0]["selection"] for asked in proxy.bets()] == ["golden"]
    assert [bet["potential_returns_minor"] for bet in settled_bets(ada)] == [16_00]


def test_a_non_runner_is_struck_through_and_the_winner_stands_first_after_the_race(world, open_screen, trader, second_trader, race):
    markets = {market["type"]: market for market in race["markets"]}
    screen = open_screen().open(f"/match/{race['fixture_id']}")
    screen.says("Golden")
    path = f"/v1/trading/markets/{markets['race_winner']['market_id']}"
    assert trader.put(f"{path}/suspension", {"reason": "lame", "non_runner": "golden"}).status_code == 200
    left = {"arkle": "5", "denman": "2.5", "kauto": "2.2"}
    assert trader.put(f"{path}/resumption", {"prices": left}).status_code == 200
    screen.page.wait_for_selector(".runner[data-gone]:has-text('Golden')")
    assert trader.put(f"/v1/trading/fixtures/{race['fixture_id']}/kick-off").status_code == 200
    world.end(race)
    order = {"order": [["denman"], ["kauto"], ["arkle"]]}
    approved(second_trader, trader.put(f"{path}/result", order))
    screen.page.wait_for_selector(".runner:nth-child(2) .price[data-result=won]")
    until(lambda: screen.page.locator(".runner .who").first.inner_text() == "Denman", "the winner stands first")
    screen.says("Result")
