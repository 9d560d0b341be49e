"""Traders see what is at risk, live, and stop betting with one press; nobody else sees the page."""

from datetime import timedelta

import pytest

from infra.clock import Clock
from tests.journeys.process_tree import until
from tests.page.people import bet, person, staff
from tests.page.test_access import findings

TYPES = ("match_result", "total_goals", "both_teams_to_score")


@pytest.fixture
def match(world, page_tree):
    """A live match with three markets, bets on two of them, and a price that moved."""
    opened = world.match(types=TYPES, competition="Trophy")
    bettor = person(page_tree, "at_risk", funds_minor=1_000_00)
    markets = {market["type"]: market for market in opened["markets"]}
    bet(bettor, markets["match_result"], stake_minor=120_00)
    bet(bettor, markets["total_goals"], stake_minor=40_00)
    world.price(markets["match_result"], home="2.2", draw="3.5", away="2.7")
    world.trader.position = bettor.position
    path = f"/v1/trading/exposure/{opened['fixture_id']}"
    until(lambda: sum(len(market["sums"]) for market in world.trader.get(path).json()["markets"]) == 2, "both bets are at risk")
    return opened


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_trader_sees_the_worst_case_and_the_prices_and_stops_and_reopens_with_one_press(world, open_screen, match, theme, width):
    name = f"{match['home']} v {match['away']}"
    screen = open_screen(world.trader, theme=theme, width=width, height=900 if width > 1000 else 844).open(
        f"/trading/{match['fixture_id']}"
    )
    page = screen.page
    page.get_by_role("heading", name=name).wait_for()
    worst = page.get_by_role("link", name=name)
    assert "worst case \N{MINUS SIGN}\N{EURO SIGN}200.00" in worst.get_attribute("aria-label")
    page.get_by_role("img", name=f"{match['home']}: the book loses \N{EURO SIGN}162.00").wait_for()
    page.get_by_role("img", name="Draw: the book wins \N{EURO SIGN}120.00").wait_for()
    page.get_by_role("img", name="Chances by the prices").locator("visible=true").wait_for()
    assert findings(screen) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Suspend Match result").click()
    screen.says("Suspended: Match result")
    page.get_by_role("button", name="Reopen Match result").click()
    screen.says("Reopened: Match result")
    page.get_by_role("button", name="Suspend Match result").wait_for()
    page.locator("[name=market]").select_option(label="Match result")
    page.get_by_label("Pay at most on a bet").fill("94")
    page.get_by_label("Reason").fill("few know this league")
    page.get_by_role("button", name="Set limit").click()
    screen.says("At most \N{EURO SIGN}94.00 is paid on a bet: Match result")
    page.locator("[name=market]").select_option(label="Every market of the match")
    page.get_by_label("Pay at most on a bet").fill("80")
    page.get_by_label("Reason").fill("few know this league")
    page.get_by_role("button", name="Set limit").click()
    screen.says("At most \N{EURO SIGN}80.00 is paid on a bet: 3 markets")
    page.locator("[name=market]").select_option(label="The match, with later markets")
    page.get_by_label("Pay at most on a bet").fill("70")
    page.get_by_label("Reason").fill("a rumour")
    page.get_by_role("button", name="Set limit").click()
    screen.says("At most \N{EURO SIGN}70.00 is paid on a bet on the match")
    screen.says("Limit of the match")
    page.get_by_role("heading", name=name).click()
    page.keyboard.press("s")
    screen.says(f"Suspended: {name}")
    page.get_by_role("button", name="Reopen match", exact=True).click()
    screen.says(f"Reopened: {name}")
    page.get_by_role("button", name="Suspend match", exact=True).wait_for()
    page.get_by_role("button", name="Suspend Trophy").click()
    screen.says("Suspended: Trophy")
    page.get_by_role("button", name="Reopen Trophy").click()
    screen.says("Reopened: Trophy")
    until(lambda: {each["status"] for each in world.shown(match["fixture_id"])["markets"]} == {"open"}, "all markets take bets again")


def test_what_is_at_risk_changes_while_a_trader_looks_and_a_proposal_waits_for_another(world, page_tree, open_screen, match):
    second, bettor = staff(page_tree, "page_second_trader"), person(page_tree, "later", funds_minor=500_00)
    screen = open_screen(second).open(f"/trading/{match['fixture_id']}")
    page = screen.page
    page.get_by_role("img", name=f"{match['home']}: the book loses \N{EURO SIGN}162.00").wait_for()
    bet(bettor, match["markets"][0], stake_minor=100_00)
    page.get_by_role("img", name=f"{match['home']}: the book loses \N{EURO SIGN}282.00").wait_for()
    wide = {"prices": {"home": "1000", "draw": "1000", "away": "1000"}}
    assert world.trader.put(f"/v1/trading/markets/{match['markets'][0]['market_id']}/prices", wide).status_code == 202
    waiting = page.get_by_role("group", name="Prices beyond the bounds")
    waiting.get_by_role("button", name="Decline").click()
    screen.says("Declined: Prices beyond the bounds")
    waiting.wait_for(state="detached")
    ended = Clock().now() - timedelta(seconds=1)  # the log's time may be a little behind the clock of who asks
    window = {"start": (ended - timedelta(hours=1)).isoformat(), "end": ended.isoformat(), "reason": "a goal nobody saw"}
    assert world.trader.put(f"/v1/trading/markets/{match['markets'][0]['market_id']}/void-window", window).status_code == 202
    waiting = page.get_by_role("group", name="Void bets of a window of time")
    waiting.get_by_text("Bets struck ").wait_for()
    waiting.get_by_role("button", name="Approve", exact=True).click()
    waiting.get_by_text("0 settled by it").wait_for()
    waiting.get_by_role("button", name="Approve this").click()
    screen.says("Approved: Void bets of a window of time")
    error = {"selection": "home", "odds": "2.35", "right_odds": "1.5", "first_version": 1, "reason": "three others stood at 1.50"}
    assert world.trader.put(f"/v1/trading/markets/{match['markets'][0]['market_id']}/price-error", error).status_code == 202
    waiting = page.get_by_role("group", name="Correct a price that was an obvious error")
    waiting.get_by_text("Bets on home at 2.35, right were 1.50.").wait_for()
    waiting.get_by_role("button", name="Approve", exact=True).click()
    waiting.get_by_text("home 2.35, said to be wrong.").wait_for()
    waiting.get_by_role("button", name="Decline").click()
    screen.says("Declined: Correct a price that was an obvious error")
    path = f"/v1/trading/markets/{match['markets'][1]['market_id']}/result"
    assert world.trader.put(path, {"void_reason": "a wrong ball"}).status_code == 202
    waiting = page.get_by_role("group", name="Void a market")
    waiting.get_by_role("button", name="Approve", exact=True).click()
    waiting.get_by_text("1 bet of \N{EURO SIGN}40.00, 1 settled by it: wallets hold \N{EURO SIGN}40.00 more.").wait_for()
    waiting.get_by_role("button", name="Approve this").click()
    screen.says("Approved: Void a market")
    other = open_screen(bettor).open("/trading")
    other.says("This page is for traders.")
    assert other.page.get_by_role("link", name="Trading").count() == 0
