"""Everybody can use it: axe finds nothing in either theme and size, and text keeps 4.5 and controls 3 to 1 also while prices move."""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.page.test_second_factor import begun, confirm, panel

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


def findings(screen):
    """What axe finds, and what is too pale, while prices move; the tenth of a second in which a button changes its colours is waited for."""
    page = screen.page
    page.wait_for_function("() => !document.getAnimations().some((each) => each instanceof CSSTransition)")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run({ runOnly: tags, resultTypes: ['violations'] })", RULES)["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]] + page.evaluate(CONTRAST)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_found_on_board_slip_and_match_in_both_themes_and_sizes(world, open_screen, ada, theme, width):
    fixture = world.match(types=("match_result", "total_goals", "both_teams_to_score"))
    market, waiting = fixture["markets"][0], world.match()["markets"][0]
    screen = open_screen(ada, width=width, height=900 if width > 1000 else 844, theme=theme).open()
    screen.pick(market, "home")
    screen.pick(waiting, "draw")
    world.suspend(waiting)
    screen.page.wait_for_selector(".market[data-state=suspended]")
    world.price(market, home="2.2", draw="3.6")
    screen.page.wait_for_selector(".price[data-move]")
    assert findings(screen) == []
    if width < 1000:
        screen.page.locator(".peek").click()
        assert findings(screen) == []
        screen.page.keyboard.press("Escape")
    screen.page.locator(f"a.teams[href='/match/{fixture['fixture_id']}']").click()
    screen.page.wait_for_selector(".hero .score")
    assert findings(screen) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_found_on_the_other_pages(open_screen, ada, theme):
    screen = open_screen(theme=theme)
    for path in ("/sign-in", "/sign-up", "/bets", "/account"):
        screen.open(path).page.wait_for_selector("main h1")
        assert (path, findings(screen)) == (path, [])
    signed_in = open_screen(ada, theme=theme)
    for path in ("/wallet", "/bets", "/account"):
        signed_in.open(path).page.wait_for_selector("#avatar:visible")
        signed_in.page.wait_for_selector("#money:visible")
        signed_in.page.wait_for_function("() => !document.querySelector('main .bones')")
        assert (path, findings(signed_in)) == (path, [])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_found_on_any_step_of_a_second_factor(open_screen, ada, theme, width):
    screen = open_screen(ada, width=width, height=900 if width > 1000 else 844, theme=theme)
    app = begun(screen)
    assert findings(screen) == []
    confirm(screen.provokes(403), app.wrong_code())
    screen.says("That code is not valid now")
    assert findings(screen) == []
    confirm(screen, app.code())
    screen.says("Keep these recovery codes now")
    assert findings(screen) == []
    panel(screen).get_by_role("button", name="I have saved them").click()
    panel(screen).get_by_role("button", name="Turn off").wait_for()
    assert findings(screen) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_holds_at_every_moment_of_a_move_and_while_prices_are_stale(world, open_screen, proxy, theme):
    fixture = world.match()
    market, screen = fixture["markets"][0], open_screen(theme=theme).open()
    screen.price(market, "home").wait_for()
    world.price(market, home="2.5", draw="3.1")
    screen.page.wait_for_selector(f"[data-fixture='{fixture['fixture_id']}'] .price[data-move=up]")
    for moment_ms in range(0, 2400, 300):
        screen.page.evaluate("(ms) => { for (const each of document.getAnimations()) { each.pause(); each.currentTime = ms; } }", moment_ms)
        assert screen.page.evaluate(CONTRAST) == []
    proxy.let("GET", "/v1/", "hang")
    screen.page.wait_for_selector(".market[data-state=stale]")
    assert findings(screen) == []
