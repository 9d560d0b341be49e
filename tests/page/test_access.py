"""Everybody can use it: axe finds nothing in either theme and size, and text keeps 4.5 and controls 3 to 1 also while prices move."""

from pathlib import Path

import axe_playwright_python
import pytest

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = ([r, g, b, a], below) => [r, g, b].map((each, i) => each * a + below[i] * (1 - a));
    const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ratio = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
    const behind = (node) => { const chain = []; for (let at = node; at; at = at.parentElement) chain.unshift(rgba(getComputedStyle(at).backgroundColor)); return chain.reduce((below, each) => over(each, below), [255, 255, 255]); };
    const found = [];
    const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 1 && !node.closest(".vh, .skip, svg");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const node = text.parentElement;
        if (!text.textContent.trim() || !seen(node)) continue;
        const colour = rgba(getComputedStyle(node).color);
        if (colour[3] === 0) continue;
        const at = ratio(over(colour, behind(node)), behind(node));
        if (at < 4.5) found.push(`${at.toFixed(2)} ${text.textContent.trim()} ${node.className}`);
    }
    for (const node of document.querySelectorAll(".market:not([data-state]), .btn:not(.plain), .amount, select, .search")) {
        if (!seen(node)) continue;
        const colour = getComputedStyle(node).borderTopColor;
        const at = Math.max(ratio(over(rgba(colour), behind(node.parentElement)), behind(node.parentElement)), ratio(behind(node), behind(node.parentElement)));
        if (at < 3) found.push(`${at.toFixed(2)} border of ${node.className}`);
    }
    return found;
}"""


def findings(screen):
    page = screen.page
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
    world.price(market, home="2.2", draw="3.6")
    world.suspend(waiting)
    screen.page.wait_for_selector(".market[data-state=suspended]")
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
        signed_in.page.wait_for_timeout(400)
        assert (path, findings(signed_in)) == (path, [])


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
