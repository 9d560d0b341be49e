"""A price that is waited for: asked for at the pick, in the slip, told at once whether it stands, and rung by the bell."""

from tests.journeys.process_tree import until
from tests.page.screen import settled_bets
from tests.page.test_access import findings


def test_a_price_is_waited_for_from_the_slip_and_one_that_stands_is_refused_there(world, open_screen, ada):
    fixture = world.match()
    market, screen = fixture["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    leg = screen.page.locator(".leg").first
    leg.get_by_role("button", name="Alert me on the price of").click()
    at = leg.get_by_label("from", exact=False).locator("visible=true")
    screen.provokes(409, "/v1/notifications/price-alerts")
    at.fill("2.2")
    leg.get_by_role("button", name="Set").click()
    screen.says("The selection is offered at that price, or at a better one, now.")
    at.fill("2.6")
    at.press("Enter")
    screen.says("You are told when it is 2.60 or better.")
    listed = until(lambda: ada.get("/v1/notifications/price-alerts").json()["items"], "it stands")
    assert [(each["selection"], each["odds"], each["fixture_id"]) for each in listed] == [("home", "2.60", fixture["fixture_id"])]
    assert settled_bets(ada) == [], "Enter there places no bet"
    settings = open_screen(ada).open("/inbox")
    panel = settings.page.get_by_role("region", name="Price alerts")
    name = market["selections"][0]["name"]
    panel.get_by_role("link", name=f"{name} at 2.60 or better").wait_for()
    panel.get_by_text(f"{fixture['home']} v {fixture['away']}").wait_for()
    assert findings(settings) == []
    panel.get_by_role("button", name=f"Cancel: {name} at 2.60 or better").click()
    panel.get_by_text("tells you once when it is offered").wait_for()
    assert ada.get("/v1/notifications/price-alerts").json()["items"] == []
