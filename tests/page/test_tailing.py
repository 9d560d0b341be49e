"""A tail bets once, at the odds that its button says or not at all, with a stake of one's own kind."""

import json

from tests.page.people import sees, share
from tests.page.screen import settled_bets


def test_a_slip_is_tailed_at_the_odds_on_the_button_once_whatever_becomes_of_the_answers(world, open_screen, proxy, star, fan):
    markets = [world.match()["markets"][0] for _ in range(2)]
    slip_id = share(star, *markets)
    sees(fan, f"/v1/slips/{slip_id}", star)
    proxy.let("POST", f"/v1/slips/{slip_id}/tail", "lose", times=1)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
    card.get_by_role("button", name="Tail at 5.522").click()
    screen.page.keyboard.press("Control+A")
    screen.page.keyboard.type("4")
    card.get_by_role("button", name="Tail at 5.522 for €4.00").click()
    screen.says("Not known yet whether this bet was placed")
    screen.says("Bet placed at 5.522")
    screen.page.wait_for_function("() => document.getElementById('money').textContent === '€96.00'")
    sent = [asked for asked in proxy.asked if asked.path.endswith("/tail")]
    assert len(sent) == 2
    assert len({(asked.key, asked.body) for asked in sent}) == 1
    assert json.loads(sent[0].body) == {"stake_minor": 4_00, "worst_odds": "5.522"}
    assert [(each["odds"], each["stake_minor"], len(each["legs"])) for each in settled_bets(fan)] == [("1809/400", 4_00, 2)]


def test_a_tail_below_the_odds_that_were_shown_is_refused_in_words_and_stakes_nothing(world, open_screen, proxy, star, fan):
    market = world.match()["markets"][0]
    slip_id = share(star, market)
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).provokes(409, f"/v1/slips/{slip_id}/tail").open("/feed")
    card = screen.card(slip_id)
    card.get_by_role("button", name="Tail at 2.35").click()
    press = card.get_by_role("button", name="Tail at 2.35 for €10.00")
    press.wait_for()
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    world.price(market, home="2.2")
    press.click()
    screen.says("Not placed: the odds got shorter")
    screen.says("They were 2.35 and are 2.20 now. Nothing was staked.")
    proxy.mend()
    card.get_by_role("button", name="Tail at 2.20 for €10.00").wait_for()
    world.suspend(market)
    card.get_by_role("button", name="Suspended").first.wait_for()
    screen.page.keyboard.press("Escape")
    assert settled_bets(fan) == []


def test_the_other_side_of_a_slip_is_bet_with_a_share_of_the_balance(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match(types=("total_goals",))["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
    card.get_by_role("button", name="Tail at 1.95").click()
    card.get_by_role("button", name="Fade, the other side").click()
    card.get_by_role("button", name="% of balance").click()
    card.get_by_role("textbox", name="Your stake in percent").fill("101")
    card.get_by_role("button", name="Enter 1 to 100 %").wait_for()
    card.get_by_role("textbox", name="Your stake in percent").fill("25")
    card.get_by_text("Under 2.5", exact=True).wait_for()
    card.get_by_role("button", name="Fade at 1.85 for 25% of your balance").click()
    screen.says("Bet placed at 1.85")
    sent = [json.loads(asked.body) for asked in proxy.asked if asked.path.endswith("/tail")]
    assert sent == [{"percent_of_balance": 25, "side": "fade", "worst_odds": "1.85"}]
    placed = settled_bets(fan)
    assert [(each["stake_minor"], each["legs"][0]["selection"]) for each in placed] == [(25_00, "under")]


def test_a_slip_is_tailed_with_units_of_a_size_that_is_kept(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    proxy.let("POST", f"/v1/slips/{slip_id}/tail", "lose", times=1)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
    card.get_by_role("button", name="Tail at 2.35").click()
    card.get_by_role("button", name="Units").click()
    card.get_by_label("One unit is").fill("x")
    card.get_by_role("button", name="Say how much one unit is").wait_for()
    card.get_by_label("One unit is").fill("2.50")
    card.get_by_role("textbox", name="Your stake in units").fill("0")
    card.get_by_role("button", name="Enter 0.01 to 1,000 units").wait_for()
    card.get_by_role("button", name="2", exact=True).click()
    card.get_by_text("Stake, 2 units of €2.50").wait_for()
    card.get_by_role("textbox", name="Your stake in units").fill("1.5")
    card.get_by_text(f"2.35 when {star.handle} took it, now").wait_for()
    card.get_by_role("button", name="Tail at 2.35 for €3.75").click()
    screen.says("Bet placed at 2.35")
    sent = [asked for asked in proxy.asked if asked.path.endswith("/tail")]
    assert len({(asked.key, asked.body) for asked in sent}) == 1
    assert json.loads(sent[0].body) == {"units": "1.5", "unit_minor": 2_50, "worst_odds": "2.35"}
    assert [each["stake_minor"] for each in settled_bets(fan)] == [3_75]
    screen.open(f"/slips/{slip_id}").page.get_by_role("button", name="Tail at 2.35").click()
    screen.page.get_by_role("button", name="Units").click()
    assert screen.page.get_by_label("One unit is").input_value() == "2.50"


def test_a_tail_above_the_daily_cap_is_refused_in_words_and_the_cap_is_kept(world, open_screen, proxy, star, fan):
    slip_ids = [share(star, world.match()["markets"][0]) for _ in range(2)]
    for slip_id in slip_ids:
        sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).provokes(409, f"/v1/slips/{slip_ids[1]}/tail").open(f"/slips/{slip_ids[0]}")
    page = screen.page
    page.get_by_role("button", name="Tail at 2.35").click()
    page.get_by_label("Most by tails in a day").fill("x")
    page.get_by_role("button", name="Enter an amount for the day").wait_for()
    page.get_by_label("Most by tails in a day").fill("9.99")
    page.get_by_role("button", name="Your daily cap is €9.99").wait_for()
    page.get_by_label("Most by tails in a day").fill("15")
    page.get_by_role("button", name="Tail at 2.35 for €10.00").click()
    screen.says("Bet placed at 2.35")
    screen.open(f"/slips/{slip_ids[1]}")
    page.get_by_role("button", name="Tail at 2.35").click()
    assert page.get_by_label("Most by tails in a day").input_value() == "15"
    page.get_by_role("button", name="Tail at 2.35 for €10.00").click()
    screen.says("Not placed: it is over your daily cap")
    screen.says("You staked €10.00 of €15.00 by tails today. Nothing was staked.")
    asked = [json.loads(each.body)["daily_cap_minor"] for each in proxy.asked if each.path.endswith("/tail")]
    assert asked == [15_00, 15_00]
    assert [each["stake_minor"] for each in settled_bets(fan)] == [10_00]
