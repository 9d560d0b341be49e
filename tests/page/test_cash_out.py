"""Cash-out in the page: the offer of the moment moves with the prices, and is called accepted only once the server says so."""

from tests.journeys.process_tree import until
from tests.page.people import person, staff

SHORTER = {"home": "1.80", "draw": "3.60", "away": "5.00"}


def test_a_bet_is_cashed_out_in_part_and_then_whole_at_the_offer_on_the_screen(world, open_screen, page_tree):
    holder, second = person(page_tree, "page_cashing", funds_minor=100_00), staff(page_tree, "agreeing")
    assert holder.available_minor() == 100_00
    market = world.match()["markets"][0]
    bet, other = (holder.bet(market, "home", 10_00, f"page cash-out {number}").json() for number in (1, 2))
    screen = open_screen(holder).provokes(409).open(f"/bets/{bet['bet_id']}")
    page = screen.page
    screen.says("No cash-out at the moment: One trader alone has set the prices")
    world.price(market, by=second)
    first = page.get_by_role("button", name="Cash out \u20ac").text_content()
    page.select_option("#cash-share", "50")
    page.get_by_role("button", name="for \u20ac5.00 of the stake").click()
    screen.says("Cashed out \u20ac")
    until(lambda: holder.get(f"/v1/bets/{bet['bet_id']}").json()["stake_closed_minor"] == 5_00, "the bet shows what was closed")
    page.select_option("#cash-share", "100")
    world.price(market, **SHORTER)
    world.price(market, by=second, **SHORTER)
    offered = holder.get(f"/v1/bets/{bet['bet_id']}/cash-out").json()["offer_minor"]
    assert f"\u20ac{offered / 100:.2f}" not in (first or "")
    page.get_by_role("button", name=f"Cash out \u20ac{offered / 100:.2f}").click()
    screen.says("cashed out for \u20ac")
    until(lambda: holder.get(f"/v1/bets/{bet['bet_id']}").json()["status"] == "cashed_out", "the bet is over")

    screen.open(f"/bets/{other['bet_id']}")
    page.get_by_role("button", name="Cash out \u20ac").wait_for()
    world.suspend(market)
    screen.says("No cash-out at the moment: The market is suspended")
