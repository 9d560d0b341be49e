"""Traders give prices by hand, and say on the page how markets came out: resulted, corrected and taken back by two of them."""

import pytest

from tests.journeys.process_tree import until
from tests.page.people import bet, person, staff
from tests.page.test_access import findings


@pytest.fixture
def second(open_screen, page_tree):
    """The page of another trader."""
    return open_screen(staff(page_tree, "page_results_second")).open("/trading")


def propose(screen, market, what: str, **fields: str) -> None:
    """Propose on the page what became of a market."""
    panel = screen.page.get_by_role("region", name="Results")
    panel.locator("[name=of]").select_option(value=market["market_id"])
    panel.locator("[name=what]").select_option(value=what)
    for name, value in fields.items():
        panel.locator(f"[name={name}]").fill(value)
    panel.get_by_role("button", name="Propose").click()
    panel.get_by_text("Another trader approves it.").wait_for()


def approve(screen, words: str) -> None:
    """Approve a proposal on the page, once what it would do was shown."""
    waiting = screen.page.get_by_role("group", name=words)
    waiting.get_by_role("button", name="Approve", exact=True).click()
    waiting.get_by_role("button", name="Approve this").click()
    screen.says(f"Approved: {words}")
    waiting.wait_for(state="detached")


def test_a_bet_is_settled_rolled_back_and_settled_anew_on_the_page_by_two_traders(world, page_tree, open_screen, second):
    match = world.match(types=("match_result", "total_goals"), competition="Results")
    bettor = person(page_tree, "settled_on_the_page")
    bet_id = bet(bettor, match["markets"][0])
    world.end(match)
    screen = open_screen(world.trader).open(f"/trading/{match['fixture_id']}")

    def becomes(status: str, available_minor: int) -> None:
        until(lambda: bettor.get(f"/v1/bets/{bet_id}").json()["status"] == status, f"the bet is {status}")
        until(lambda: bettor.available_minor() == available_minor, "the wallet has what that makes")

    propose(screen, match["markets"][0], "score")
    assert findings(screen) == []
    approve(second, "Result a market")
    becomes("lost", 90_00)
    propose(screen, match["markets"][0], "correction", goals="1-0", why="a goal was not counted")
    approve(second, "Correct a result")
    becomes("won", 90_00 + 23_50)
    propose(screen, match["markets"][0], "back", why="it was offside")
    approve(second, "Take a result back")
    becomes("lost", 90_00)
    assert page_tree.run("audit", "verify").returncode == 0


def test_what_is_no_score_and_what_says_no_reason_is_refused_before_anything_is_asked(world, open_screen, second):
    match = world.match(competition="Results")
    world.end(match)
    screen = open_screen(world.trader).open(f"/trading/{match['fixture_id']}")
    propose(screen, match["markets"][0], "score")
    approve(second, "Result a market")
    panel = screen.page.get_by_role("region", name="Results")
    panel.locator("[name=what]").select_option(value="correction")
    assert panel.locator("[name=sets]").is_hidden(), "football has no sets"
    panel.get_by_role("button", name="Propose").click()
    panel.get_by_text("Say why").wait_for()
    panel.locator("[name=why]").fill("the scorer erred")
    panel.locator("[name=goals]").fill("two nil")
    panel.get_by_role("button", name="Propose").click()
    panel.get_by_text("That is no score").wait_for()


def test_what_was_typed_about_one_match_is_gone_when_another_is_shown(world, page_tree, open_screen):
    first, second = (world.match(competition="Results") for _ in range(2))
    bettor = person(page_tree, "bets_on_two")
    for match in (first, second):
        bet(bettor, match["markets"][0])
    screen = open_screen(world.trader).open(f"/trading/{first['fixture_id']}")
    panel = screen.page.get_by_role("region", name="Results")
    panel.locator("[name=what]").select_option(value="void")
    panel.locator("[name=why]").fill("fog")
    limits = screen.page.get_by_role("region", name="Limit bets")
    limits.locator("[name=most]").fill("25.00")
    screen.page.locator(f"a[data-id='{second['fixture_id']}']").click()
    panel.locator(f"[name=of] option[value='{second['markets'][0]['market_id']}']").wait_for(state="attached")
    panel.locator("[name=what]").select_option(value="void")
    assert panel.locator("[name=why]").input_value() == ""
    assert limits.locator("[name=most]").input_value() == ""


def test_a_market_is_priced_by_hand_on_the_page_and_offered_again_after_a_suspension(world, open_screen):
    match = world.match(competition="Prices by hand")
    market = match["markets"][0]
    screen = open_screen(world.trader).open(f"/trading/{match['fixture_id']}")
    panel = screen.page.get_by_role("region", name="Prices by hand")

    def offered() -> dict[str, str | None]:
        return {each["selection"]: each["odds"] for each in world.shown(match["fixture_id"])["markets"][0]["selections"]}

    panel.get_by_label("Draw").fill("3.6")
    panel.get_by_role("button", name="Set prices").click()
    panel.get_by_text("Offered at these prices").wait_for()
    until(lambda: offered()["draw"] == "3.60", "the board has the price")
    world.suspend(market)
    screen.page.get_by_role("button", name="Reopen Match result").wait_for()
    panel.get_by_label("Draw").fill("3.4")
    panel.get_by_role("button", name="Set prices").click()
    screen.page.get_by_role("button", name="Suspend Match result").wait_for()
    until(lambda: offered()["draw"] == "3.40", "it is offered again")
    panel.get_by_label("Draw").fill("1000")
    panel.get_by_role("button", name="Set prices").click()
    panel.get_by_text("Proposed: these prices are beyond the bounds").wait_for()
