"""A second factor in the page: enrolled with an app by picture, link or key, confirmed, and turned off; each also where it fails, in words."""

import zxingcpp

from tests.page.authenticator import Authenticator
from tests.page.people import staff
from tests.page.test_sessions import sign_in, signed_in, signed_out


def panel(screen):
    return screen.page.locator("section[aria-labelledby=factor-title]")


def begun(screen):
    """Press `Set up` and put the key that is shown into an app."""
    signed_in(screen.open("/account"))
    panel(screen).get_by_role("button", name="Set up a second factor").click()
    return Authenticator(panel(screen).locator(".secret").inner_text())


def confirm(screen, code):
    panel(screen).locator("[name=code]").fill(code)
    panel(screen).get_by_role("button", name="Turn on").click()


def in_picture(screen):
    """What a camera reads from the QR code."""
    png = panel(screen).locator(".qr").screenshot()
    image = screen.page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
            const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const pixels = context.getImageData(0, 0, image.width, image.height).data;
            return { width: image.width, height: image.height, grey: [...pixels].filter((_, at) => at % 4 === 0) };
        }""",
        list(png),
    )
    pixels = memoryview(bytes(image["grey"])).cast("B", shape=[image["height"], image["width"]])
    return [found.text for found in zxingcpp.read_barcodes(pixels)]


def test_a_second_factor_is_enrolled_and_the_next_sign_in_asks_for_its_code(open_screen, ada):
    here, there = open_screen(ada), signed_in(sign_in(open_screen(), ada.handle))
    app = begun(here)
    confirm(here, app.code())
    here.says("Keep these recovery codes now: they are not shown again")
    codes = panel(here).locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    signed_out(there)
    panel(here).get_by_role("button", name="I have saved them").click()
    panel(here).get_by_text("On", exact=True).wait_for()
    assert codes[0] not in here.page.content()
    sign_in(there, ada.handle).says("One more step: the code of your app")
    there.page.fill("[name=code]", codes[0])
    there.page.keyboard.press("Enter")
    signed_in(there)


def test_picture_link_and_key_say_the_same_in_both_themes_and_for_the_longest_handle(open_screen, page_tree):
    person = page_tree.bettor("page_" + "w" * 25)
    for theme in ("light", "dark"):
        screen = open_screen(person, theme=theme)
        app = begun(screen)
        link = panel(screen).locator("a[href^='otpauth:']")
        uri = link.get_attribute("href")
        assert uri == link.inner_text()
        assert f"secret={app.secret}&" in uri
        assert person.handle in uri
        assert in_picture(screen) == [uri]


def test_a_wrong_first_code_turns_nothing_on_and_the_right_one_still_does(open_screen, ada):
    screen = open_screen(ada)
    app = begun(screen)
    confirm(screen.provokes(403), app.wrong_code())
    screen.says("That code is not valid now, or was used already")
    panel(screen).get_by_text("Off", exact=True).wait_for()
    confirm(screen, app.code())
    screen.says("The second factor is on")


def test_who_thinks_better_of_it_has_none_and_is_offered_another_secret(open_screen, ada):
    screen = open_screen(ada)
    app = begun(screen)
    panel(screen).get_by_role("button", name="Not now").click()
    assert begun(screen).secret != app.secret
    assert app.secret not in screen.page.content()


def test_a_second_factor_that_came_meanwhile_is_named(open_screen, ada):
    screen = signed_in(open_screen(ada).open("/account"))
    Authenticator.enrolled(ada)
    panel(screen).get_by_role("button", name="Set up a second factor").click()
    signed_out(screen)
    screen.says("Sign in to see your account")


def test_a_lost_confirmation_is_found_out_by_signing_in(open_screen, proxy, ada):
    screen = open_screen(ada)
    app = begun(screen)
    proxy.let("PUT", "/v1/account/second-factor/confirmation", "lose")
    confirm(screen, app.code())
    signed_out(screen)
    sign_in(screen, ada.handle).says("One more step: the code of your app")
    screen.page.fill("[name=code]", app.next_code())
    screen.page.keyboard.press("Enter")
    signed_in(screen).open("/account")
    panel(screen).get_by_text("On", exact=True).wait_for()


def test_it_is_turned_off_with_a_code_and_not_without(open_screen, ada):
    app = Authenticator.enrolled(ada)
    screen = sign_in(open_screen(), ada.handle)
    screen.page.fill("[name=code]", app.next_code())
    screen.page.keyboard.press("Enter")
    signed_in(screen).open("/account")
    code = panel(screen).locator("[name=code]")
    screen.provokes(403, "/v1/account/second-factor")
    code.fill(app.wrong_code())
    panel(screen).get_by_role("button", name="Turn off").click()
    screen.says("That code is not valid now, or was used already")
    panel(screen).get_by_text("On", exact=True).wait_for()
    code.fill(app.recovery_codes[3])
    panel(screen).get_by_role("button", name="Turn off").click()
    screen.says("The second factor is off")
    there = sign_in(open_screen(), ada.handle)
    signed_in(there)


def test_staff_that_must_have_one_is_led_to_it_and_goes_on_once_it_is_on(strict_proxy, open_screen, page_tree):
    person = staff(page_tree, "page_staff")
    screen = sign_in(open_screen(at=strict_proxy), person.handle)
    screen.says("This account needs a second factor")
    assert screen.page.url.endswith("/account")
    panel(screen).get_by_role("button", name="Set up a second factor").click()
    confirm(screen, Authenticator(panel(screen).locator(".secret").inner_text()).code())
    screen.says("The second factor is on")
    panel(screen).get_by_role("button", name="I have saved them").click()
    panel(screen).get_by_text("On", exact=True).wait_for()
