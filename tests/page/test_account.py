"""The account in the page: sign up, deposit, statement, bet detail, a second tab, a session that ended."""

from datetime import UTC, datetime, timedelta
from itertools import count

from tests.page.screen import settled_bets

NAMES = count(1)


def test_somebody_new_signs_up_deposits_bets_and_finds_it_all_by_name(world, open_screen):
    fixture = world.match()
    screen = open_screen().open()
    page = screen.page
    screen.pick(fixture["markets"][0], "home")
    screen.stands("signed-out")
    assert screen.place.inner_text() == "Sign in to place €10.00"
    screen.place.click()
    page.get_by_role("link", name="Create an account").click()
    handle = f"page_new_{next(NAMES)}"
    page.fill("[name=handle]", handle)
    page.fill("[name=email]", f"{handle}@example.com")
    page.fill("[name=password]", "correct horse battery")
    page.get_by_role("button", name="Create account").click()
    screen.stands("funds")
    page.locator(".slip a.btn").click()
    page.get_by_role("button", name="I want no limit").click()
    page.get_by_role("button", name="Yes, deposit without a limit").click()
    page.fill("#amount", "25")
    page.get_by_role("button", name="Deposit", exact=True).click()
    screen.says("Deposited €25.00")
    screen.ready().place.click()
    screen.says("Bet placed at 2.35")
    page.locator("tbody tr").nth(1).wait_for()
    assert page.locator("tbody tr td:nth-child(2)").all_inner_texts() == ["Stake", "Deposit"]
    page.locator(".receipt ~ .sums a").click()
    screen.says("Single at 2.35")
    screen.says(f"{fixture['home']} v {fixture['away']}")
    page.reload()
    screen.says(f"{fixture['home']} v {fixture['away']}")


def test_a_wallet_of_yen_is_written_without_places(open_screen, page_tree):
    person = page_tree.visitor()
    handle = f"page_yen_{next(NAMES)}"
    account = {"handle": handle, "email": f"{handle}@example.com", "password": "correct horse battery", "currency": "JPY"}
    assert person.post("/v1/accounts", account).status_code == 201
    person.sign_in(handle)
    assert person.put("/v1/account/limits/deposit/week", {"amount_minor": 5000}).status_code == 200
    assert person.post("/v1/wallet/deposits", {"amount_minor": 1000, "currency": "JPY", "reference": f"{handle} first"}).status_code == 201
    screen = open_screen(person).open("/wallet")
    screen.says("¥1,000")
    assert "10.00" not in screen.page.inner_text("main")


def test_a_second_tab_is_signed_in_and_signing_out_ends_both(open_screen, proxy, ada):
    screen = open_screen(ada).provokes(401).open()
    screen.page.wait_for_selector("#avatar:visible")
    second = screen.context.new_page()
    second.goto(proxy.url + "/account")
    second.wait_for_selector("#avatar:visible")
    second.get_by_role("button", name="Sign out", exact=True).click()
    screen.page.wait_for_selector("#sign-in:visible")


def test_a_session_that_ended_is_told_and_picks_are_kept(world, open_screen, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).provokes(401).open()
    screen.pick(market, "home")
    screen.ready()
    screen.page.evaluate(
        "() => { const name = 'slipstream.session'; const kept = JSON.parse(localStorage.getItem(name)); localStorage.setItem(name, JSON.stringify({ ...kept, token: 'x.y.z' })); }"
    )
    screen.page.reload()
    screen.says("You are signed out")
    assert screen.page.locator(".leg").count() == 1
    assert settled_bets(ada) == []


def test_a_wrong_password_is_said_in_words(open_screen):
    screen = open_screen().provokes(401, "/v1/sessions").open("/sign-in")
    screen.page.fill("[name=handle]", "nobody_at_all")
    screen.page.fill("[name=password]", "wrong horse")
    screen.page.keyboard.press("Enter")
    screen.says("Not signed in: wrong handle or password")


def test_somebody_in_a_time_out_is_told_until_when_before_any_press(world, open_screen, ada):
    market, screen = world.match()["markets"][0], open_screen(ada).open()
    screen.pick(market, "home")
    screen.ready()
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # noqa: TID251  (a person looks at a clock)
    paused = ada.put("/v1/account/time-out", {"until": until})
    assert paused.status_code == 200, paused.text
    screen.page.reload()
    screen.stands("protected")
    screen.says("You are in a time-out until")
    screen.says("Bets and deposits are closed. Withdrawals work.")
    assert screen.place.inner_text() == "Time-out"
