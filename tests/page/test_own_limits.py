"""Limits of one's own in the page: set and removed under Account, and told before a bet or a deposit; and what the bookmaker limits and holds."""

import pytest

from tests.page.people import person, staff
from tests.page.screen import settled_bets


def test_the_first_deposit_waits_for_an_answer_that_can_be_taken_back_until_it_is_given(open_screen, page_tree):
    screen = open_screen(person(page_tree, "page_asked", funds_minor=0)).open("/wallet")
    page = screen.page
    screen.says("Before your first deposit: how much may it be?")
    deposit = page.get_by_role("button", name="Deposit", exact=True)
    assert deposit.count() == 0
    page.get_by_role("button", name="I want no limit").click()
    screen.says("Do you want none?")
    page.get_by_role("button", name="Back").click()
    page.fill("[name=most]", "20")
    page.select_option("[name=period]", "week")
    page.get_by_role("button", name="Set limit").click()
    screen.says("Your deposit limits leave €20.00.")
    page.get_by_text("Before your first deposit").wait_for(state="hidden")
    page.fill("#amount", "20")
    deposit.click()
    screen.says("Deposited €20.00")


def test_limits_are_set_in_the_page_and_tell_what_they_leave_before_anything_is_pressed(world, open_screen, page_tree):
    fixture = world.match()
    holder = person(page_tree, "page_limits", funds_minor=100_00)
    screen = open_screen(holder).provokes(409).open("/account")
    page = screen.page
    page.select_option("[name=kind]", "stake")
    page.select_option("[name=period]", "month")
    page.fill("[name=most]", "12")
    page.get_by_role("button", name="Set limit").click()
    screen.says("The limit counts from now on")
    screen.says("€12.00 of €12.00 left until")
    page.select_option("[name=kind]", "deposit")
    page.select_option("[name=period]", "month")
    page.fill("[name=most]", "130")
    page.get_by_role("button", name="Set limit").click()
    screen.says("€30.00 of €130.00 left until")
    page.get_by_role("button", name="Remove the limit: Deposits in a month").click()
    screen.says("no limit.")
    page.get_by_role("button", name="Keep the limit: Deposits in a month").click()
    page.get_by_role("button", name="Remove the limit: Deposits in a month").wait_for()
    screen.open("/wallet")
    screen.says("Your deposit limits leave €30.00.")
    page.fill("#amount", "31")
    page.get_by_role("button", name="Deposit", exact=True).click()
    screen.says("€30.00 is left until")
    screen.open()
    screen.pick(fixture["markets"][0], "home")
    screen.says("Your limits leave €12.00.")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    screen.pick(fixture["markets"][0], "home")
    screen.says("Your limits leave €2.00.")
    screen.ready().place.click()
    screen.says("your stake limit of €12.00 a month leaves less")


def test_a_stake_over_the_limit_of_the_account_is_offered_a_smaller_one_which_one_press_takes(world, open_screen, page_tree):
    market, holder = world.match()["markets"][0], person(page_tree, "page_factor", funds_minor=100_00)
    screen = open_screen(holder).provokes(409).open()
    screen.pick(market, "home")
    screen.page.locator("#stake").fill("60")
    limited = {"factor": "0.00001", "reason": "arbitrage"}
    assert world.trader.put(f"/v1/trading/accounts/{holder.account_id}/stake-factor", limited).status_code == 200
    screen.ready().place.click()
    screen.says("Not placed: at most €42.55 is taken")
    screen.says("It could return €141.00, and at most €100.00 is paid on a bet of yours. Nothing was staked.")
    screen.says("At most €42.55 is taken on this.")
    screen.page.get_by_role("button", name="Bet €42.55 instead").click()
    screen.says("Bet placed at 2.35")
    assert [bet["stake_minor"] for bet in settled_bets(holder)] == [42_55]
    screen.open("/account")
    screen.says("The bookmaker pays at most €100.00 on a bet of yours: factor 0.00001, since")


@pytest.mark.parametrize("of", ["markets/{market_id}", "fixtures/{fixture_id}"])
def test_a_limit_of_a_market_or_of_its_match_is_told_in_the_slip_before_anything_is_pressed(world, open_screen, page_tree, of):
    market, holder = world.match()["markets"][0], person(page_tree, "page_market_limit", funds_minor=100_00)
    limited = {"payout_minor_max": 94_00, "reason": "few know this league"}
    path = f"/v1/trading/{of.format(market_id=market['market_id'], fixture_id=market['fixture_id'])}/payout-limit"
    assert world.trader.put(path, limited).status_code == 200
    screen = open_screen(holder).open()
    screen.pick(market, "home")
    screen.says("At most \N{EURO SIGN}40.00 is taken on this.")
    screen.page.locator("#stake").fill("40")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")


def test_who_cannot_withdraw_is_told_in_the_wallet_since_when_and_why_until_it_is_released(open_screen, page_tree):
    holder, officer = person(page_tree, "page_held", funds_minor=100_00), staff(page_tree, "page_officer", "compliance")
    path = f"/v1/compliance/accounts/{holder.account_id}/withdrawal-hold"
    screen = open_screen(holder).provokes(403).open("/wallet")
    withdraw = screen.page.get_by_role("button", name="Withdraw", exact=True)
    withdraw.wait_for()
    assert officer.put(path, {"reason": "We are checking a deposit."}).status_code == 200
    screen.page.fill("#amount", "5")
    withdraw.click()
    screen.says("Withdrawals from this account are held.")
    screen.says("Withdrawals are held since")
    screen.says("We are checking a deposit. Bets and deposits go on.")
    withdraw.wait_for(state="hidden")
    assert officer.delete(path).status_code == 200
    screen.open("/wallet")
    withdraw.wait_for()
    screen.page.fill("#amount", "5")
    withdraw.click()
    screen.says("Withdrawn \N{EURO SIGN}5.00")
