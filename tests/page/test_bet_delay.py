"""A bet in play in the page: told before the press that it waits, pending with its seconds, then placed or not placed and why."""

import signal

from tests.page.people import person
from tests.page.screen import settled_bets


def test_a_bet_in_play_is_pending_on_the_slip_and_then_placed_or_refused_with_the_reason(world, open_screen, page_tree, trader):
    holder = person(page_tree, "page_waiting", funds_minor=100_00)
    assert holder.available_minor() == 100_00
    market = world.match()["markets"][0]
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/bet-delay", {"delay_s": 2}).status_code == 200
    screen = open_screen(holder).open()
    screen.pick(market, "home")
    screen.says("In play it waits 2 s, and is checked again then.")
    page_tree.running["settle"].send_signal(signal.SIGSTOP)
    screen.ready().place.click()
    screen.stands("pending")
    screen.says("Your stake is set aside.")
    page_tree.running["settle"].send_signal(signal.SIGCONT)
    screen.says("Bet placed at 2.35")
    (bet,) = settled_bets(holder)
    screen.open(f"/bets/{bet['bet_id']}")
    screen.says("Returns if it wins")

    screen.open()
    screen.pick(market, "draw")
    page_tree.running["settle"].send_signal(signal.SIGSTOP)
    screen.ready().place.click()
    screen.stands("pending")
    world.suspend(market)
    page_tree.running["settle"].send_signal(signal.SIGCONT)
    screen.says("Not placed after the delay")
    screen.says("The stake is back.")
    screen.open("/bets")
    screen.page.get_by_role("button", name="Settled").click()
    screen.says("not placed, \u20ac10.00 came back")
