"""Sessions in the page: in with a password and a code, a new password, out here and on every device; each also where it fails, in words."""

from tests.journeys.process_tree import PASSWORD
from tests.page.authenticator import Authenticator

NEW_PASSWORD = "a longer battery staple"


def signed_in(screen):
    screen.page.wait_for_selector("#avatar:visible")
    return screen


def signed_out(screen):
    """Wait until nobody is signed in; what the page had asked for meanwhile is refused."""
    screen.provokes(401).page.wait_for_selector("#sign-in:visible")


def sign_in(screen, handle, password=PASSWORD):
    """Say who one is; it is refused where a code is needed too or is wrong, or the password is another one by now."""
    screen.provokes(401, "/v1/sessions").provokes(403, "/v1/sessions").open("/sign-in")
    screen.page.fill("[name=handle]", handle)
    screen.page.fill("[name=password]", password)
    screen.page.keyboard.press("Enter")
    return screen


def test_who_has_a_second_factor_signs_in_with_a_code_and_a_wrong_one_is_named(open_screen, ada):
    app = Authenticator.enrolled(ada)
    screen = sign_in(open_screen(), ada.handle)
    screen.says("One more step: the code of your app")
    code = screen.page.locator("[name=code]")
    assert code.evaluate("node => node === document.activeElement")
    code.fill(app.wrong_code())
    screen.page.keyboard.press("Enter")
    screen.says("That code is not valid now, or was used already")
    assert screen.page.locator("#avatar").is_hidden()
    code.fill(app.next_code())
    screen.page.keyboard.press("Enter")
    signed_in(screen).open("/account").page.get_by_text("On", exact=True).wait_for()


def test_a_recovery_code_opens_one_session_where_the_app_is_lost(open_screen, ada):
    app = Authenticator.enrolled(ada)
    for screen, again in ((open_screen(), False), (open_screen(), True)):
        sign_in(screen, ada.handle)
        screen.says("One more step: the code of your app")
        screen.page.fill("[name=code]", app.recovery_codes[0])
        screen.page.keyboard.press("Enter")
        if again:
            screen.says("That code is not valid now, or was used already")
        else:
            signed_in(screen)


def test_a_new_password_signs_the_other_devices_out_and_is_the_one_that_counts(open_screen, ada):
    here, there = signed_in(sign_in(open_screen(), ada.handle)), signed_in(sign_in(open_screen(), ada.handle))
    here.open("/account").page.fill("[name=old]", PASSWORD)
    here.page.fill("[name=new]", NEW_PASSWORD)
    here.page.get_by_role("button", name="Change password").click()
    here.says("The password is changed")
    signed_out(there)
    signed_in(here)
    here.page.reload()
    signed_in(here)
    sign_in(there, ada.handle).says("Not signed in: wrong handle or password")
    signed_in(sign_in(there, ada.handle, NEW_PASSWORD))


def test_a_password_is_not_changed_by_who_does_not_know_it(open_screen, ada):
    screen = signed_in(open_screen(ada).open("/account"))
    screen.page.fill("[name=old]", "not the one")
    screen.page.fill("[name=new]", NEW_PASSWORD)
    screen.provokes(403, "/v1/account/password").page.get_by_role("button", name="Change password").click()
    screen.says("Not changed: the present password is wrong")
    screen.page.reload()
    signed_in(screen)
    ada.sign_in(ada.handle)


def test_signing_out_ends_the_session_on_the_server_too(open_screen, ada):
    screen = signed_in(open_screen(ada).open("/account"))
    screen.page.get_by_role("button", name="Sign out", exact=True).click()
    signed_out(screen)
    assert ada.get("/v1/account").json()["type"].endswith("session-over")


def test_signing_out_without_a_server_ends_it_here_and_says_that_the_server_was_not_told(open_screen, proxy, ada):
    screen = signed_in(open_screen(ada).open("/account"))
    proxy.let("DELETE", "/v1/sessions", "refuse")
    screen.page.get_by_role("button", name="Sign out", exact=True).click()
    screen.says("You are signed out on this device")
    signed_out(screen)


def test_signing_every_device_out_ends_every_session(open_screen, ada):
    here, there = signed_in(open_screen(ada).open("/account")), signed_in(sign_in(open_screen(), ada.handle))
    here.page.get_by_role("button", name="Sign out on every device").click()
    signed_out(here)
    signed_out(there)
    assert ada.get("/v1/account").json()["type"].endswith("session-over")


def test_where_no_other_device_was_signed_out_nothing_else_is_said(open_screen, proxy, ada):
    screen = signed_in(open_screen(ada).open("/account"))
    proxy.let("DELETE", "/v1/sessions", "refuse")
    screen.page.get_by_role("button", name="Sign out on every device").click()
    screen.says("No device was signed out")
    signed_in(screen)
    assert ada.get("/v1/account").status_code == 200
    proxy.mend()
    screen.page.get_by_role("button", name="Sign out on every device").click()
    signed_out(screen)
