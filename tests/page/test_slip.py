"""The slip never bets twice: from the first press to a definite answer it is one request, whatever becomes of its answers."""

import json

from tests.journeys.process_tree import PASSWORD, until
from tests.page.people import person
from tests.page.screen import settled_bets


def same_request(proxy):
    """The bets that were asked for were all one: the same key and the same bytes."""
    assert len({(asked.key, asked.body) for asked in proxy.bets()}) == 1, proxy.bets()
    assert proxy.bets()[0].key
    return len(proxy.bets())


def test_a_bet_is_placed_at_the_price_on_the_screen_and_named_by_match_market_and_selection(world, open_screen, proxy, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    screen.says(f"{fixture['home']}, match result, {fixture['home']} v {fixture['away']}")
    assert same_request(proxy) == 1
    assert [(bet["odds"], bet["stake_minor"]) for bet in settled_bets(ada)] == [("2.35", 10_00)]
    screen.page.wait_for_function("() => document.getElementById('money').textContent === '€90.00'")
    screen.open("/bets")
    screen.says(f"Match result · {fixture['home']} v {fixture['away']}")


def test_a_lost_answer_is_not_known_yet_and_the_same_request_is_sent_again(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    proxy.let("POST", "/v1/bets", "lose", times=2)
    screen.pick(market, "draw")
    screen.ready().place.click()
    screen.says("Not known yet whether this bet was placed")
    screen.says("It can be placed once at most.")
    world.price(market, draw="3.1", home="2.5")
    screen.place.click(force=True)
    screen.says("Bet placed at 3.40")
    assert same_request(proxy) == 3
    assert [bet["odds"] for bet in settled_bets(ada)] == ["3.40"]


def test_a_slow_answer_and_impatient_presses_make_one_bet(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    proxy.let("POST", "/v1/bets", "delay", seconds=3.6, times=1)
    screen.pick(market, "home")
    screen.ready().place.click()
    screen.stands("placing")
    assert screen.place.inner_text() == "Placing at 2.35…"
    for odds in ("2.4", "2.45", "2.5"):
        world.price(market, home=odds)
        assert screen.place.evaluate("button => [1, 2, 3].map(() => (button.click(), button.ariaDisabled))") == ["true"] * 3
        assert screen.page.locator(".leg .icon:visible").count() == 0
    screen.says("Not known yet whether this bet was placed")
    screen.says("Bet placed at 2.35")
    assert same_request(proxy) == 2
    assert len(settled_bets(ada)) == 1


def test_a_reload_with_the_answer_outstanding_asks_for_the_same_bet(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    proxy.let("POST", "/v1/bets", "lose")
    screen.pick(market, "home")
    screen.page.locator("#stake").fill("7.50")
    screen.ready().place.click()
    screen.says("Not known yet")
    screen.page.reload()
    screen.says("Not known yet")
    assert screen.page.locator("#stake").input_value() == "7.50"
    assert screen.page.locator("#stake").get_attribute("readonly") is not None
    proxy.mend()
    screen.says("Bet placed at 2.35")
    assert same_request(proxy) >= 2
    assert [bet["stake_minor"] for bet in settled_bets(ada)] == [7_50]


def test_a_page_of_a_proxy_instead_of_an_answer_is_not_known_yet_in_words(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    proxy.let("POST", "/v1/bets", "html", times=1)
    screen.pick(market, "home")
    screen.ready().place.click()
    screen.says("Not known yet")
    assert "Unexpected token" not in screen.page.inner_text("body")
    screen.says("Bet placed at 2.35")
    assert same_request(proxy) == 2


def test_two_tabs_hold_one_slip_and_ask_for_one_bet(world, open_screen, proxy, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    second = screen.context.new_page()
    second.goto(proxy.url)
    second.wait_for_selector(".slip[data-stands=ready]")
    proxy.let("POST", "/v1/bets", "lose", times=1)
    screen.place.click()
    second.wait_for_selector(".slip[data-busy]")
    second.locator(".slip form button[type=submit]").click(force=True)
    screen.says("Bet placed at 2.35")
    second.get_by_text("Bet placed at 2.35").first.wait_for()
    assert same_request(proxy) == 2
    assert len(settled_bets(ada)) == 1


def test_a_bet_that_is_not_known_yet_is_not_asked_for_under_another_account(world, open_screen, proxy, ada, page_tree):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    proxy.let("POST", "/v1/bets", "refuse")
    screen.pick(market, "home")
    screen.ready().place.click()
    screen.says("Not known yet")
    screen.open("/account").page.get_by_role("button", name="Sign out", exact=True).click()
    screen.says("Sign in again: the same request is asked again.")
    before = len(proxy.bets())
    other = person(page_tree, "page_other", funds_minor=50_00)
    screen.open("/sign-in")
    screen.page.fill("[name=handle]", other.handle)
    screen.page.fill("[name=password]", PASSWORD)
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("#avatar:visible")
    proxy.mend()
    polls = proxy.count("GET", "/v1/fixtures")
    until(lambda: proxy.count("GET", "/v1/fixtures") >= polls + 3, "the page has lived on for three polls of the board")
    assert len(proxy.bets()) == before
    ada.sign_in(ada.handle)
    assert settled_bets(other) == settled_bets(ada) == []


def test_singles_are_each_asked_for_under_a_key_of_their_own(world, open_screen, proxy, ada):
    first, second = world.match()["markets"][0], world.match()["markets"][0]
    screen = open_screen(ada).open()
    screen.pick(first, "home")
    screen.pick(second, "draw")
    screen.page.get_by_role("button", name="Singles").click()
    screen.page.locator(".leg input:visible").nth(1).fill("5.00")
    proxy.let("POST", "/v1/bets", "lose", times=1)
    assert screen.ready().place.inner_text() == "Place 2 bets €15.00"
    screen.place.click()
    screen.says("Bet placed at 2.35")
    screen.says("Bet placed at 3.40")
    asked = {asked.key: json.loads(asked.body)["stake_minor"] for asked in proxy.bets()}
    assert (sorted(asked.values()), len(proxy.bets())) == ([5_00, 10_00], 3)
    assert sorted(bet["stake_minor"] for bet in settled_bets(ada)) == [5_00, 10_00]


def test_an_each_way_bet_shows_its_lines_stake_best_and_worst_case_and_is_struck_so(world, open_screen, proxy, ada):
    race = world.match(types=("race_winner", "match_result"), live=False)
    screen = open_screen(ada).open(f"/match/{race['fixture_id']}")
    markets = {market["type"]: market for market in race["markets"]}
    screen.pick(markets["race_winner"], "arkle")
    switch = screen.page.get_by_label("Each way")
    assert not switch.is_checked()
    switch.check()
    for said in ("1/4 of the odds", "2 lines \u00d7 \u20ac10.00", "Worst case, no line wins", "Best case, all win: returns", "\u20ac70.00"):
        screen.says(said)
    screen.ready().place.click()
    screen.says("Bet placed")
    assert json.loads(proxy.bets()[0].body)["each_way"] is True
    (bet,) = settled_bets(ada)
    assert (bet["each_way"], bet["stake_minor"], bet["potential_returns_minor"]) == (True, 20_00, 70_00)
    screen.pick(markets["match_result"], "draw")
    screen.page.wait_for_selector(".slip label:has-text('Each way')", state="hidden")


def test_two_picks_of_one_market_are_two_lines_of_a_double_with_the_best_case_that_can_come(world, open_screen, proxy, ada):
    first, second = world.match()["markets"][0], world.match()["markets"][0]
    screen = open_screen(ada).open()
    for market, selection in ((first, "home"), (first, "draw"), (second, "home")):
        screen.pick(market, selection)
    screen.page.get_by_role("button", name="Double").click()
    for said in ("2 lines \u00d7 \u20ac10.00", "Best case, returns", "\u20ac79.90"):
        screen.says(said)
    screen.ready().place.click()
    screen.says("Double placed at")
    body = json.loads(proxy.bets()[0].body)
    assert (body["type"], [leg["selection"] for leg in body["legs"]]) == ("multiple", ["home", "draw", "home"])
    (bet,) = settled_bets(ada)
    assert (bet["stake_minor"], bet["potential_returns_minor"]) == (20_00, 79_90)
    screen.provokes(409, f"/v1/bets/{bet['bet_id']}/cash-out").open(f"/bets/{bet['bet_id']}")
    screen.says("Double at 3.995")
