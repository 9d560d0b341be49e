"""The board: updated in place so that no press and no focus is lost, reached by keyboard, with addresses, on a phone too."""

import threading

import pytest


@pytest.fixture
def moving(world):
    """A match whose prices move about ten times a second."""
    fixture = world.match(types=("match_result", "total_goals", "both_teams_to_score"))
    over = threading.Event()

    def move():
        number = 0
        while not over.wait(0.05):
            number += 1
            world.price(fixture["markets"][number % 3], **{("home", "over", "yes")[number % 3]: f"{1.9 + number % 7 / 100:.2f}"})

    thread = threading.Thread(target=move)
    thread.start()
    yield fixture
    over.set()
    thread.join()


def test_thirty_of_thirty_presses_land_while_the_board_is_updated(moving, open_screen):
    screen = open_screen().open()
    market = moving["markets"][0]
    price = screen.price(market, "home")
    price.wait_for()
    box = price.bounding_box()
    for press in range(30):
        screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        screen.page.mouse.down()
        screen.page.wait_for_timeout(60 + press * 7)  # how long a finger is down differs, and prices move meanwhile
        screen.page.mouse.up()
        screen.pressed(market, "home", is_picked=press % 2 == 0)


def test_the_focus_and_the_node_of_a_price_survive_every_update(moving, open_screen):
    screen = open_screen().open()
    price = screen.price(moving["markets"][0], "home")
    price.focus()
    price.evaluate("node => { window.kept = node; window.was = node.textContent; }")
    screen.page.wait_for_function(
        "() => document.activeElement === window.kept && window.kept.isConnected && window.kept.textContent !== window.was"
    )
    screen.page.wait_for_function("() => window.kept.dataset.move === 'up' || window.kept.dataset.move === 'down'")


def test_the_board_is_one_tab_stop_and_arrows_enter_slash_and_escape_do_what_they_say(world, open_screen):
    fixture = world.match(types=("match_result", "total_goals", "both_teams_to_score"))
    screen = open_screen().open()
    page, market = screen.page, fixture["markets"][0]
    screen.price(market, "home").focus()
    assert page.locator(".board [tabindex='0']:visible").count() == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert screen.price(market, "draw").get_attribute("aria-pressed") == "true"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.className") == "more"
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.className") == "teams"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type(fixture["home"])
    page.wait_for_function("() => document.querySelectorAll('[data-row]').length === 1")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.locator("#q").input_value() == ""
    page.keyboard.press("b")
    assert page.evaluate("document.activeElement.id") == "stake"


def test_nothing_found_is_said_in_words(world, open_screen):
    world.match()
    screen = open_screen().open()
    screen.page.wait_for_selector("[data-row]")
    screen.page.fill("#q", "Bolonia")
    screen.says("Nothing matches “bolonia”.")


def test_a_match_has_its_own_address_with_all_markets_and_back_finds_the_board_as_it_was(world, open_screen):
    matches = {f"/match/{match['fixture_id']}": match for match in [world.match(competition="Scroll") for _ in range(25)]}
    screen = open_screen().open("/?competition=Scroll")
    page = screen.page
    page.wait_for_function("() => document.querySelectorAll('a.teams').length === 25")
    address = page.locator("a.teams").last.get_attribute("href")
    fixture = matches[address]
    world.price(fixture["markets"][0], home="2.4")
    link = page.locator(f"a.teams[href='{address}']")
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    page.evaluate("dispatchEvent(new Event('scrollend'))")
    link.click()
    page.wait_for_url(f"**/match/{fixture['fixture_id']}")
    page.wait_for_selector(".hero")
    assert fixture["home"] in page.title()
    screen.price(fixture["markets"][0], "home").wait_for()
    page.locator(".spark").first.wait_for()
    page.go_back()
    link.wait_for()
    assert page.url.endswith("/?competition=Scroll")
    page.wait_for_function("before => Math.abs(scrollY - before) < 5", arg=before)
    page.reload()
    page.wait_for_selector("[data-row]")
    for each in page.locator("[data-row]").all():
        assert each.is_visible()
    screen.open(f"/match/{fixture['fixture_id']}")
    page.wait_for_selector(".hero")
    screen.provokes(404, "/v1/fixtures/").open("/match/01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11")
    screen.says("This match is not there.")


def test_twelve_matches_fit_a_screen_of_1440_by_900(world, open_screen):
    for _ in range(12):
        world.match(types=("match_result", "total_goals", "both_teams_to_score"), competition="Twelve")
    screen = open_screen().open()
    screen.page.wait_for_function("() => document.querySelectorAll('[data-row]').length >= 12")
    whole = screen.page.evaluate(
        "[...document.querySelectorAll('[data-row]')].filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert whole >= 12


def test_on_a_phone_the_slip_is_a_sheet_and_signing_in_is_one_press_away(world, open_screen):
    market = world.match(types=("match_result", "total_goals"))["markets"][0]
    screen = open_screen(width=390, height=844).open()
    page = screen.page
    assert page.locator("#sign-in").bounding_box()["y"] < 48
    assert page.locator(".top").bounding_box()["height"] <= 49
    screen.pick(market, "home")
    assert not screen.slip.is_visible()
    page.locator(".peek").click()
    assert screen.slip.is_visible()
    page.wait_for_function("() => document.activeElement.id === 'stake'")
    box = screen.place.bounding_box()
    assert box["y"] + box["height"] < 844 - 56
    page.keyboard.press("Escape")
    assert not screen.slip.is_visible()
    assert page.evaluate("document.activeElement.className") == "peek"
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert screen.price(market, "home").bounding_box()["height"] >= 40
    page.get_by_role("button", name="Total goals").click()
    assert not screen.price(market, "home").is_visible()
