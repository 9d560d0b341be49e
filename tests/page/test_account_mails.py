"""Mails and the page: a forgotten password, an address at which to be told, and the page that shows what the embedded mail server took."""

import re

from infra.embedded.mailbox import FileMailbox
from tests.journeys.process_tree import PASSWORD, until
from tests.page.people import person
from tests.page.test_access import findings

LINK = re.compile(r"https?://[^/\s]+(/[a-z-]+#(?:reset|confirm)=[A-Za-z0-9_-]+)")


def link_to(tree, address):
    """Where the newest mail to an address leads."""
    (mail,) = until(lambda: FileMailbox(tree.folder / "data" / "mail").newest(1, address), f"a mail to {address}")
    return LINK.search(mail.text)[1]


def test_who_forgot_the_password_sets_another_by_the_link_of_a_mail(page_tree, open_screen):
    who = person(page_tree, "forgets")
    screen = open_screen().provokes(401).provokes(422).open("/sign-in")
    page = screen.page
    page.get_by_label("E-mail of your account").fill(f"{who.handle}@example.com")
    page.get_by_role("button", name="Send a link").click()
    screen.says("Look into your mailbox")
    assert findings(screen) == []
    screen.open("/calculator")
    screen.open(link := link_to(page_tree, f"{who.handle}@example.com"))
    page.get_by_label("New password, at least 8 characters").fill("a longer horse battery")
    assert findings(screen) == []
    page.get_by_role("button", name="Set the password").click()
    screen.says("Your password is set")
    assert "#" not in page.url
    for password, said in ((PASSWORD, "Not signed in"), ("a longer horse battery", "")):
        page.get_by_label("Handle", exact=True).fill(who.handle)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if said:
            screen.says(said)
    page.wait_for_selector("#avatar:visible")
    screen.open("/calculator")
    screen.open(link)
    page.get_by_label("New password, at least 8 characters").fill("yet another horse")
    page.get_by_role("button", name="Set the password").click()
    screen.says("This link was used, or has expired")


def test_an_address_is_named_confirmed_by_a_click_and_removed(page_tree, open_screen):
    who = person(page_tree, "mailed")
    address = f"{who.handle}@mail.example"
    screen = open_screen(who).open("/inbox")
    page, panel = screen.page, screen.page.get_by_role("region", name="E-mail")
    panel.get_by_label("E-mail address").fill(address)
    panel.get_by_role("button", name="Send a link to it").click()
    panel.get_by_text("Not confirmed").wait_for()
    assert findings(screen) == []
    screen.open("/calculator")
    screen.open(link_to(page_tree, address))
    page.get_by_role("button", name="Confirm the address").click()
    screen.says("Your e-mail address is confirmed")
    panel.get_by_text("Confirmed", exact=True).wait_for()
    panel.get_by_role("button", name="Remove").click()
    panel.get_by_text(address).wait_for(state="detached")


def test_the_mails_of_development_are_read_on_a_page_on_which_nothing_runs(page_tree, browser):
    who = person(page_tree, "reader")
    who.post("/v1/accounts/password-reset", {"email": f"{who.handle}@example.com"})
    link_to(page_tree, f"{who.handle}@example.com")
    page = browser.new_page()
    page.goto(f"{page_tree.url}/mail")
    page.locator("tr", has_text=f"{who.handle}@example.com").get_by_role("link", name="Set another password").click()
    page.get_by_text("Somebody asked for another password").first.wait_for()
    assert page.frame_locator("iframe").get_by_role("link", name="Open in Slipstream").count() == 1
    page.close()
