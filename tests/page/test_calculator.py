"""The bet calculator in the page."""

import pytest

from tests.page.test_access import findings


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_bet_each_way_is_calculated_and_what_is_wrong_is_said_in_words(open_screen, theme):
    screen = open_screen(theme=theme).provokes(422).open("/bets")
    page = screen.page
    page.get_by_role("link", name="Bet calculator").click()
    page.get_by_role("heading", name="Bet calculator").wait_for()
    page.locator("option[value=lucky15]").wait_for(state="attached")
    page.get_by_label("Type of bet").select_option("lucky15")
    page.fill("[name=unit]", "2.50")
    page.get_by_label("To win or each way").select_option("win_to_win")
    assert page.locator("[name^=odds-]").count() == 4
    for index, (odds, result) in enumerate((("7/2", "won"), ("5.00", "placed"), ("5.00", "void"), ("5.00", "lost"))):
        page.fill(f"[name=odds-{index}]", odds)
        page.fill(f"[name=terms-{index}]", "1/4" if index else "1/5")
        page.select_option(f"[name=result-{index}]", result)
    page.fill("[name=tied-0]", "2")
    page.fill("[name=rule4-0]", "25")
    page.get_by_role("button", name="Calculate").click()
    screen.says("Returns 46.94")
    screen.says("30 lines, 75.00 staked in all.")
    page.evaluate("scrollTo(0, 0)")  # what is half under the header would be called too small
    assert findings(screen) == []
    page.fill("[name=odds-0]", "a lot")
    page.get_by_role("button", name="Calculate").click()
    screen.says("Odds are text such as")
    page.get_by_label("Type of bet").select_option("roundrobin")
    page.fill("[name=folds]", "1, 2")
    page.get_by_role("button", name="Take the last leg off").click()
    page.get_by_label("To win or each way").select_option("")
    for index, result in enumerate(("won", "won", "lost")):
        page.fill(f"[name=odds-{index}]", "3")
        page.select_option(f"[name=result-{index}]", result)
    page.fill("[name=tied-0]", "")
    page.fill("[name=rule4-0]", "")
    page.get_by_role("button", name="Calculate").click()
    screen.says("Returns 37.50")
    screen.says("6 lines, 15.00 staked in all.")
