"""The slip never moves a price by itself: what was picked stays, what it is now stands below it, and taking it is a press of its own."""

import json

import pytest

from domain.odds import parse
from domain.settling import WON
from tests.bet_types import by_hand
from tests.page.screen import settled_bets


def test_a_price_that_moves_under_the_slip_waits_for_a_press_that_names_it(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "draw")
    screen.ready()
    world.price(market, draw="3.1")
    screen.stands("changed")
    assert screen.page.locator(".leg .odds").inner_text() == "3.40"
    change = screen.page.locator(".leg .change:visible")
    assert change.get_attribute("data-move") == "down"
    assert "You picked 3.40. It is 3.10 now." in change.inner_text()
    screen.says("Returns as picked")
    screen.place.click(force=True)
    assert proxy.bets() == []
    screen.page.get_by_role("button", name="Accept 3.10").click()
    screen.ready().place.click()
    screen.says("Bet placed at 3.10")
    assert json.loads(proxy.bets()[0].body)["accept"] == "exact"
    assert [bet["odds"] for bet in settled_bets(ada)] == ["3.10"]


def test_a_price_that_comes_back_to_what_was_picked_needs_no_press(world, open_screen, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    world.price(market, home="2.4")
    screen.stands("changed")
    world.price(market, home="2.35", draw="3.5")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    assert len(settled_bets(ada)) == 1


def test_who_takes_better_prices_is_asked_about_shorter_ones_only(world, open_screen, ada):
    market, screen = world.match()["markets"][0], open_screen(ada, accept="better").open()
    screen.pick(market, "home")
    world.price(market, home="2.3")
    screen.stands("changed")
    world.price(market, home="2.5")
    screen.says("It is 2.50 now. Taken if it holds.")
    screen.ready().place.click()
    screen.says("Bet placed at 2.50")


def test_who_takes_any_price_chooses_so_in_the_slip_and_it_is_remembered(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.page.get_by_label("If a price moves").select_option("any")
    screen.page.reload()
    world.price(market, home="2.2")
    screen.says("It is 2.20 now. Taken as it stands.")
    screen.ready().place.click()
    screen.says("Bet placed at 2.20")
    assert json.loads(proxy.bets()[0].body)["accept"] == "any"


def test_a_refusal_for_a_moved_price_says_both_prices_and_that_nothing_was_staked(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).provokes(409, "/v1/bets").open()
    screen.pick(market, "home")
    screen.ready()
    proxy.let("GET", "/v1/fixtures", "hang")
    proxy.wait_for_quiet()
    world.price(market, home="2.2")
    screen.place.click()
    screen.says("Not placed: the price moved")
    screen.says("was 2.35 and is 2.20. Nothing was staked.")
    assert screen.page.locator(".leg .odds").inner_text() == "2.35"
    proxy.mend()
    screen.page.get_by_role("button", name="Accept 2.20").click()
    screen.ready().place.click()
    screen.says("Bet placed at 2.20")


def test_a_pick_on_a_suspended_market_waits_and_keeps_its_price(world, open_screen, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    world.suspend(market)
    screen.stands("suspended")
    screen.says("Suspended since")
    screen.says("the picked price stays 2.35")
    price = screen.price(market, "home")
    assert (price.inner_text(), price.get_attribute("aria-label")[-11:]) == ("", ", suspended")
    assert "2.35" not in screen.page.locator(f"[data-fixture='{fixture['fixture_id']}']").inner_html()


def test_a_second_press_takes_a_pick_off_and_the_slip_lives_over_a_reload(world, open_screen):
    market, screen = world.match()["markets"][0], open_screen().open()
    screen.pick(market, "home")
    screen.pick(market, "away")
    screen.price(market, "home").click()
    screen.page.reload()
    screen.page.wait_for_selector(".leg")
    assert screen.page.locator(".leg b").all_inner_texts()[0].startswith("Bologna")
    screen.price(market, "away").click()
    screen.says("Choose a price. Press it again to take it off.")


def test_a_double_is_placed_at_the_product_of_its_odds_with_quick_stakes(world, open_screen, ada):
    screen = open_screen(ada)
    first, second = world.match()["markets"][0], world.match()["markets"][0]
    screen.open()
    screen.pick(first, "home")
    screen.pick(second, "draw")
    screen.page.locator("#stake").fill("5")
    for name in ("+10", "+25"):
        screen.page.get_by_role("button", name=name, exact=True).click()
    assert screen.page.locator("#stake").input_value() == "40.00"
    screen.says("7.99")
    assert screen.page.locator(".sums .returns dd").inner_text() == "€319.60"
    screen.ready().place.click()
    screen.says("Double placed at 7.99")
    assert [(bet["type"], bet["odds"], bet["stake_minor"]) for bet in settled_bets(ada)] == [("multiple", "7.99", 40_00)]


@pytest.mark.parametrize(
    ("legs", "bet_type", "name", "lines"),
    [(3, "trixie", "Trixie", 4), (4, "lucky15", "Lucky 15", 15), (4, "roundrobin:2", "Doubles", 6)],
)
def test_a_bet_of_several_lines_shows_lines_stake_best_and_worst_case_before_it_is_placed(
    world, open_screen, ada, legs, bet_type, name, lines
):
    screen = open_screen(ada).open()
    for market in [world.match()["markets"][0] for _ in range(legs)]:
        screen.pick(market, "home")
    screen.page.get_by_role("button", name=name, exact=True).click()
    screen.page.locator("#stake").fill("0.20")
    stake_minor = 20 * lines
    screen.says(f"{lines} lines \u00d7 €0.20")
    worst = screen.page.locator(".sums div", has_text="Worst case, no line wins").locator("dd")
    assert worst.inner_text() == f"\u2212€{stake_minor / 100:.2f}"
    potential_minor = by_hand(bet_type, stake_minor, [(parse("2.35"), WON)] * legs)
    assert screen.page.locator(".sums .returns dt").inner_text() == "Best case, all win: returns"
    assert screen.page.locator(".sums .returns dd").inner_text() == f"€{potential_minor / 100:.2f}"
    assert screen.ready().place.inner_text() == f"Place bet €{stake_minor / 100:.2f}"
    screen.place.click()
    screen.says(f"{name} placed at")
    assert [(bet["type"], bet["stake_minor"], bet["potential_returns_minor"]) for bet in settled_bets(ada)] == [
        (bet_type, stake_minor, potential_minor)
    ]
    screen.open("/bets")
    screen.says(f"{name}: ")


def test_two_picks_of_one_match_without_a_price_together_say_so_and_are_singles(world, open_screen, ada):
    fixture = world.match(types=("match_result", "both_teams_to_score"))
    screen = open_screen(ada).provokes(409, "/v1/quotes/").open()
    screen.pick(fixture["markets"][0], "home")
    screen.pick(fixture["markets"][1], "yes")
    screen.says("These picks have no price together.")
    assert screen.place.get_attribute("aria-disabled") == "true"
    screen.page.get_by_role("button", name="Singles").click()
    assert screen.ready().place.inner_text() == "Place 2 bets €20.00"


def test_two_picks_of_one_market_are_singles(world, open_screen, ada):
    market = world.match()["markets"][0]
    screen = open_screen(ada).open()
    screen.pick(market, "home")
    screen.pick(market, "draw")
    assert screen.ready().place.inner_text() == "Place 2 bets €20.00"


def test_a_stake_beyond_the_balance_is_said_at_the_field(world, open_screen, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.ready()
    screen.page.locator("#stake").fill("300")
    screen.says("You have €100.00 available.")
    assert screen.place.get_attribute("aria-disabled") == "true"
    screen.page.get_by_role("button", name="Max").click()
    assert screen.page.locator("#stake").input_value() == "100.00"
    screen.ready()


@pytest.mark.parametrize(("format", "shown", "returns"), [("fractional", "27/20", "€23.50"), ("american", "+135", "€23.50")])
def test_odds_are_written_as_the_bettor_reads_them(world, open_screen, format, shown, returns):  # noqa: A002  (the settings' own word)
    market, screen = world.match()["markets"][0], open_screen(odds=format).open()
    assert screen.price(market, "home").inner_text() == shown
    screen.pick(market, "home")
    assert screen.page.locator(".leg .odds").inner_text() == shown
    assert screen.page.locator(".sums .returns dd").inner_text() == returns


def test_a_price_that_moved_just_before_the_press_is_picked_as_the_eyes_had_seen_it(world, open_screen):
    market, screen = world.match()["markets"][0], open_screen().open()
    screen.price(market, "home").wait_for()
    screen.page.evaluate(
        """key => {
            const price = document.querySelector(`.price[data-key="${key}"]`);
            new MutationObserver((_, all) => { all.disconnect(); price.click(); }).observe(price, {subtree: true, childList: true});
        }""",
        screen.key(market, "home"),
    )
    world.price(market, home="2.45")
    screen.says("You picked 2.35. It is 2.45 now.")
