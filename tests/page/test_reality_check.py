"""Reality checks in the page: the interval passes by the page's own clock, and betting goes on once what the session cost was read."""

from datetime import UTC, datetime
from typing import Any

HERE = "/v1/account/reality-check"


def dialog(page: Any) -> Any:
    return page.get_by_role("dialog", name="Reality check")


def known(page: Any) -> None:
    """Wait until the page knows when the next check is due: its panel under Account tells the interval."""
    page.wait_for_function("() => document.querySelector('[name=every]')?.selectedOptions.length === 1")


def test_a_check_stops_the_page_until_it_is_read_in_one_of_two_tabs_and_after_a_reload(world, open_screen, proxy, ada):
    fixture = world.match()
    assert ada.bet(fixture["markets"][0], "home", 6_00, "before the check").status_code == 201
    ada.get("/v1/wallet")
    screen = open_screen(ada)
    screen.context.clock.install(time=datetime.now(UTC))  # noqa: TID251  (the browser's clock, which begins with ours)
    screen.open("/account")
    page = screen.page
    known(page)
    page.select_option("[name=every]", "15")
    page.get_by_role("button", name="Set interval").click()
    screen.says("The interval counts from now on")
    assert ada.get(HERE).json()["interval_minutes"] == 15
    second = screen.context.new_page()
    second.goto(proxy.url + "/account")
    known(second)
    assert dialog(page).count() == dialog(second).count() == 0
    screen.context.clock.fast_forward("15:05")
    for tab in (page, second):
        dialog(tab).wait_for()
    assert dialog(page).locator("dd").all_inner_texts() == ["€6.00", "€0.00", "€6.00"]
    assert "Net loss" in dialog(page).inner_text()
    for _ in range(2):
        page.keyboard.press("Escape")
    for key in ("Shift+Tab", *["Tab"] * 6, *["Shift+Tab"] * 3):
        page.keyboard.press(key)
        assert page.evaluate("() => document.querySelector('dialog').contains(document.activeElement)"), key
    assert dialog(page).is_visible()
    page.reload()
    dialog(page).wait_for()
    before = ada.get(HERE).json()["counted_from"]
    dialog(page).get_by_role("link", name="Statement").click()
    page.wait_for_url("**/wallet")
    for tab in (page, second):
        dialog(tab).wait_for(state="hidden")
    assert datetime.fromisoformat(ada.get(HERE).json()["counted_from"]) > datetime.fromisoformat(before)


def test_leaving_is_offered_and_ends_the_session(open_screen, ada):
    screen = open_screen(ada).provokes(401)
    screen.context.clock.install(time=datetime.now(UTC))  # noqa: TID251  (the browser's clock, which begins with ours)
    screen.open("/account")
    known(screen.page)
    screen.context.clock.fast_forward("01:00:05")
    dialog(screen.page).get_by_role("button", name="Sign out").click()
    screen.page.wait_for_selector("#sign-in:visible")
    dialog(screen.page).wait_for(state="hidden")
