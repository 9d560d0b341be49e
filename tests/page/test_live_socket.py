"""What is pushed is on the page without a request; without the gateway the page asks again and again, and listens again once it is there."""

import signal

import pytest

from tests.journeys.process_tree import until
from tests.page.gateways import ASKED, PUSHED, accepts
from tests.page.people import bet, follow, person, sees, share
from tests.page.screen import settled_bets


@pytest.fixture
def listening(gateway, open_screen):
    """Open a page that is told of everything."""

    def opened(person=None, path="/"):
        screen = open_screen(person).open(path)
        screen.page.wait_for_selector(PUSHED)
        return screen

    assert "stream" in gateway.running
    return opened


def shows(screen, market, selection, text):
    screen.page.wait_for_function(
        "([key, text]) => document.querySelector(`.price[data-key='${key}']`)?.innerText === text",
        arg=[screen.key(market, selection), text],
    )


def score(trader, fixture, home, away):
    said = {"home": home, "away": away, "minute": 12, "period": "first_half"}
    answer = trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/score", said)
    assert answer.is_success, answer.text


def test_prices_money_bets_suspensions_and_scores_arrive_while_every_request_hangs(world, listening, proxy, ada, trader):
    fixture = world.match()
    market, screen = fixture["markets"][0], listening(ada)
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    world.price(market, draw="3.1")
    shows(screen, market, "draw", "3.10")
    bet_id = bet(ada, world.shown(fixture["fixture_id"])["markets"][0], stake_minor=25_00)
    screen.page.wait_for_function("() => document.querySelector('#money').innerText.includes('75.00')")
    screen.page.locator(f".mine a[href='/bets/{bet_id}']").wait_for()
    row = screen.page.locator(f"[data-fixture='{fixture['fixture_id']}']")
    world.suspend(market)
    row.locator(".market[data-state=suspended]").first.wait_for()
    score(trader, fixture, 1, 0)
    row.get_by_label("Score 1 to 0").wait_for()
    assert screen.page.locator("#pulse").inner_text() == "Up to date"
    assert screen.page.locator(".band:visible").count() == 0


def test_a_match_that_kicks_off_comes_under_the_live_ones_while_every_request_hangs(world, listening, proxy, trader):
    fixture = world.match(live=False, competition="Kick-off Cup")
    screen = listening()
    screen.page.locator(f"[data-fixture='{fixture['fixture_id']}']").wait_for()
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    assert trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/kick-off").is_success
    screen.page.locator(f"[aria-label='Kick-off Cup'] [data-fixture='{fixture['fixture_id']}']").wait_for()
    proxy.mend()
    world.end(fixture)


def test_a_killed_gateway_leaves_a_page_that_asks_and_that_listens_again_once_it_is_back(gateway, world, listening, proxy, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], listening(ada)
    gateway.end("stream", signal.SIGKILL)
    screen.page.wait_for_selector(ASKED)
    screen.says("Up to date, once a second")
    assert screen.page.locator(".band:visible").count() == 0
    world.price(market, home="2.2")
    shows(screen, market, "home", "2.20")
    screen.pick(market, "away")
    screen.ready().place.click()
    screen.says("Bet placed at 2.50")
    gateway.start("stream")
    accepts(gateway)
    screen.page.wait_for_selector(PUSHED)
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    world.price(market, home="2.45")
    shows(screen, market, "home", "2.45")
    assert len(settled_bets(ada)) == 1


def test_a_tab_in_the_background_is_told_less_often_and_a_pick_more(gateway, world, open_screen):
    fixture, screen, sent = world.match(), open_screen(), []
    screen.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.extend(str(frame).split("\n"))))
    screen.open().page.wait_for_selector(PUSHED)
    assert "stream" in gateway.running

    def asked(looking):
        """The event loop of Playwright runs while it waits, and takes what was sent."""
        screen.page.wait_for_timeout(20)
        return any(fixture["fixture_id"] in line and f'"looking":"{looking}"' in line for line in sent)

    until(lambda: asked("screen"), "the screen's tick is asked for")
    screen.pick(fixture["markets"][0], "home")
    until(lambda: asked("slip"), "the slip's tick is asked for")
    hide = 'Object.defineProperty(document, "hidden", { get: () => true }); document.dispatchEvent(new Event("visibilitychange"))'
    screen.page.evaluate(f"() => {{ {hide} }}")
    until(lambda: asked("background"), "the background's tick is asked for")


def test_who_is_signed_out_elsewhere_is_told_of_no_money_any_more_and_still_of_prices(world, listening, proxy, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], listening(ada)
    screen.provokes(401)
    assert ada.delete("/v1/sessions/current").is_success
    screen.page.locator("#sign-in:visible").wait_for()
    screen.page.wait_for_selector(PUSHED)
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    world.price(market, away="2.6")
    shows(screen, market, "away", "2.60")


def test_likes_comments_and_new_slips_reach_a_feed_without_a_reload(page_tree, world, listening, proxy):
    author, reader = person(page_tree, "live_author"), person(page_tree, "live_reader")
    market = world.match()["markets"][0]
    follow(reader, author)
    slip_id = share(author, market, caption="First of the day.")
    sees(reader, f"/v1/slips/{slip_id}", author)
    screen = listening(reader, "/feed?tab=following")
    screen.says("First of the day.")
    screen.page.get_by_role("button", name="Comments, 0").click()
    screen.says("No comments yet.")
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    assert author.put(f"/v1/slips/{slip_id}/like").is_success
    screen.page.locator("#feed-following .post").get_by_role("button", name="Like, 1").wait_for()
    assert author.post(f"/v1/slips/{slip_id}/comments", {"text": "Still time."}, idempotency_key="live comment").status_code == 201
    screen.page.get_by_role("button", name="Comments, 1").wait_for()
    screen.says("Still time.")
    shared = share(author, market, caption="Second of the day.")
    screen.page.get_by_role("button", name="1 new slip").wait_for()
    assert screen.page.locator("#feed-following .post").count() == 1
    proxy.mend()
    sees(reader, f"/v1/slips/{shared}", author)
    screen.page.get_by_role("button", name="1 new slip").click()
    screen.says("Second of the day.")
