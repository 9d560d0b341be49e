"""Picks of one match on the slip: one price together, which is accepted like any other, and a bet that shows it."""

from tests.journeys.modelled import BOTH, OTHER_MODEL, RESULT, open_modelled, reprice
from tests.page.test_slip_prices import settled_bets


def test_two_picks_of_one_match_show_one_price_and_are_struck_at_it(page_tree, trader, open_screen, ada):
    fixture = open_modelled(page_tree, trader, "page together")
    result, both = fixture["by_type"]["match_result"], fixture["by_type"]["both_teams_to_score"]
    screen = open_screen(ada).provokes(409, "/v1/quotes/").open(f"/match/{fixture['fixture_id']}")
    screen.pick(result, "home")
    screen.pick(both, "yes")
    shown = screen.page.locator(".together .odds")
    shown.wait_for()
    before = shown.inner_text()
    assert screen.ready().place.inner_text() == "Place bet €10.00"
    assert screen.page.locator(".sums .returns dd").inner_text() == f"€{float(before) * 10:.2f}"

    reprice(page_tree, fixture["fixture_id"], OTHER_MODEL, RESULT, BOTH)
    accept = screen.page.get_by_role("button", name="Accept")
    accept.wait_for()
    now = accept.inner_text().removeprefix("Accept ")
    screen.says(f"Together they were {before} and are {now} now.")
    assert screen.place.get_attribute("aria-disabled") == "true"
    accept.click()
    screen.ready().place.click()
    screen.says(f"Double placed at {now}")
    (bet,) = settled_bets(ada)
    assert (bet["type"], bet["odds"], [group["odds"] for group in bet["same_game"]]) == ("multiple", now, [now])
    screen.provokes(409, f"/v1/bets/{bet['bet_id']}/cash-out").open(f"/bets/{bet['bet_id']}")
    screen.says("Legs 1 and 2 together")


def test_picks_that_cannot_all_win_say_so(page_tree, trader, open_screen, ada):
    fixture = open_modelled(page_tree, trader, "page contradiction")
    screen = open_screen(ada).provokes(409, "/v1/quotes/").open(f"/match/{fixture['fixture_id']}")
    screen.pick(fixture["by_type"]["both_teams_to_score"], "yes")
    screen.pick(fixture["by_type"]["total_goals"], "under")
    screen.says("No score lets all these picks win.")
    assert screen.place.get_attribute("aria-disabled") == "true"
