"""A bet over its limit in the page: one press asks the trader, whose page takes a part of it with one press, or nothing."""

from tests.page.people import person


def limited(world):
    """A match whose first market pays 20.00 on a bet, and up to 500.00 if a trader agrees."""
    market = world.match()["markets"][0]
    body = {"payout_minor_max": 20_00, "reason": "few know it", "referral_minor_max": 500_00, "referral_s": 300}
    assert world.trader.put(f"/v1/trading/markets/{market['market_id']}/payout-limit", body).status_code == 200
    return market


def test_a_bettor_asks_the_trader_with_one_press_who_takes_a_part_of_one_bet_and_refuses_another(world, page_tree, open_screen):
    bettor, market = person(page_tree, "page_referred", funds_minor=200_00), limited(world)
    trading = open_screen(world.trader).open("/trading")
    trading.says("No bet waits for a trader.")
    screen = open_screen(bettor).provokes(409, "/v1/bets").open()
    screen.pick(market, "home")
    screen.ready().place.click()
    screen.page.get_by_role("button", name="Ask the trader").click()
    screen.stands("pending")
    screen.says("With the trader until")
    waiting = trading.page.get_by_role("group", name="Referral, ")
    waiting.wait_for()
    waiting.get_by_role("textbox", name="Part of the stake").fill("4")
    waiting.get_by_role("button", name="Take a part").click()
    trading.says("Taken: \N{EURO SIGN}4.00")
    waiting.wait_for(state="detached")
    screen.says("Bet placed at 2.35")

    screen.open()
    screen.pick(market, "draw")
    screen.ready().place.click()
    screen.page.get_by_role("button", name="Ask the trader").click()
    screen.stands("pending")
    waiting.wait_for()
    waiting.get_by_role("button", name="Refuse").click()
    screen.says("Not placed by the trader")
    screen.says("The stake is back.")
