"""A free bet in the page: offered in the slip with a press, paid without its stake, and listed under Account."""

from datetime import timedelta

from infra.clock import Clock
from tests.page.people import person
from tests.page.screen import settled_bets


def test_a_free_bet_is_offered_in_the_slip_and_a_press_takes_it(world, open_screen, page_tree):
    market, holder = world.match()["markets"][0], person(page_tree, "page_free", funds_minor=1_00)
    expires_at = (Clock().now() + timedelta(days=1)).isoformat()
    body = {"amount_minor": 10_00, "currency": "EUR", "expires_at": expires_at, "reason": "welcome"}
    granted = world.trader.post(f"/v1/trading/accounts/{holder.account_id}/free-bets", body, idempotency_key="page free")
    assert granted.status_code == 201, granted.text
    holder.position = granted.headers["slipstream-position"]
    assert holder.get("/v1/free-bets").json()["items"][0]["status"] == "available"
    screen = open_screen(holder).open()
    screen.pick(market, "home")
    screen.says("You have €1.00 available.")
    use = screen.page.get_by_role("button", name="Use free bet €10.00")
    use.click()
    screen.says("Free bet, stake not returned")
    screen.says("€13.50")
    screen.page.get_by_role("button", name="Using free bet €10.00").click()
    use.click()
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    (bet,) = settled_bets(holder)
    assert (bet["stake_minor"], bet["free_bet_id"], bet["potential_returns_minor"]) == (10_00, granted.json()["free_bet_id"], 13_50)
    assert holder.available_minor() == 1_00
    screen.page.get_by_role("button", name="Using free bet €10.00").wait_for(state="hidden")
    screen.open("/bets")
    screen.says("Free bet €10.00 at 2.35")
    screen.open("/account")
    screen.says("Used, welcome, until")


def test_a_bonus_is_staked_from_the_slip_with_a_press_and_listed_under_account(world, open_screen, page_tree):
    market, holder = world.match()["markets"][0], person(page_tree, "page_bonus", funds_minor=1_00)
    expires_at = (Clock().now() + timedelta(days=1)).isoformat()
    terms = {"amount_minor": 20_00, "currency": "EUR", "times": 5, "odds_min": "1.5", "stake_minor_max": 15_00}
    body = {**terms, "expires_at": expires_at, "reason": "welcome"}
    credited = world.trader.post(f"/v1/trading/accounts/{holder.account_id}/bonuses", body, idempotency_key="page bonus")
    assert credited.status_code == 201, credited.text
    holder.position = credited.headers["slipstream-position"]
    assert holder.get("/v1/bonuses").json()["items"][0]["status"] == "active"
    screen = open_screen(holder).open()
    screen.pick(market, "home")
    screen.says("You have €1.00 available.")
    screen.page.get_by_role("button", name="Stake from bonus €20.00").click()
    screen.says("Stake from bonus")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    (bet,) = settled_bets(holder)
    assert (bet["stake_minor"], bet["bonus_id"], holder.available_minor()) == (10_00, credited.json()["bonus_id"], 1_00)
    screen.open("/bets")
    screen.says("Bonus €10.00 at 2.35")
    screen.open("/account")
    screen.says("€10.00, €10.00 in open bets")
    screen.says("Active: €0.00 of €100.00 staked")
    screen.open("/wallet")
    screen.says("Bonus, no cash yet")
