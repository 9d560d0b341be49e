"""The bell, the inbox and what reaches one: counted as it comes, explained, read, archived and switched."""

import pytest

from tests.journeys.process_tree import until
from tests.journeys.test_pushed import has_begun
from tests.page.people import follow, person, sees, share
from tests.page.test_access import findings
from tests.push_service import push_service


@pytest.fixture
def star(page_tree):
    return person(page_tree, "star")


@pytest.fixture
def fan(page_tree):
    return person(page_tree, "fan")


@pytest.fixture
def other(page_tree):
    return person(page_tree, "other")


def inbox_of(who, *after):
    """What the API shows somebody, once it shows what others did."""
    headers = {"Slipstream-After": ",".join(each.position for each in (who, *after) if each.position)}
    return who.client.get("/v1/notifications", headers=headers).json()


def test_the_bell_counts_as_it_comes_and_each_notice_says_why_leads_on_and_goes_away(world, open_screen, star, fan, other):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(star).open("/inbox")
    page = screen.page
    page.get_by_text("Deposit of 100.00 EUR arrived").wait_for()
    assert fan.put(f"/v1/slips/{slip_id}/like").is_success
    follow(fan, star)
    page.get_by_text(f"{fan.handle} follows you").wait_for()
    page.get_by_text(f"{fan.handle} likes your slip").wait_for()
    bell = page.locator("#bell")
    page.locator("#bell[aria-label='Inbox, 3 unread']").wait_for()
    page.get_by_role("button", name=f"Why did I get this? {fan.handle} likes your slip").click()
    because = page.get_by_role("list", name="Why you got this")
    because.get_by_text("likes, grouped are told unless you switch them off").wait_for()
    assert other.put(f"/v1/slips/{slip_id}/like").is_success
    page.get_by_text(f"{other.handle} and {fan.handle} like your slip").wait_for()
    assert because.is_visible(), "an open reason stays open as others like it too"
    assert findings(screen) == []
    page.get_by_role("button", name=f"Archive: {fan.handle} follows you").click()
    page.locator("#bell[aria-label='Inbox, 2 unread']").wait_for()
    page.get_by_role("link", name=f"Unread. {other.handle} and {fan.handle} like your slip").click()
    screen.card(slip_id).wait_for()
    page.locator("#bell[aria-label='Inbox, 1 unread']").wait_for()
    bell.click()
    page.get_by_role("button", name="Read all").click()
    page.locator("#bell[aria-label=Inbox]").wait_for()
    page.get_by_role("button", name="People", exact=True).click()
    page.get_by_text("Deposit of 100.00 EUR arrived").wait_for(state="detached")
    until(lambda: inbox_of(star)["counts"]["unread"] == 0, "all is read")


def test_a_bell_on_a_profile_rings_for_slips_and_is_listed_among_what_reaches_one(world, open_screen, star, fan):
    screen = open_screen(fan).open(f"/profile/{star.handle}")
    page = screen.page
    page.get_by_role("button", name="Follow", exact=True).click()
    page.get_by_label(f"Bell of {star.handle}").select_option("all")
    until(lambda: fan.get("/v1/notifications/preferences").json()["items"], "the bell is set")
    slip_id = share(star, world.match()["markets"][0])
    page.locator("#bell[aria-label='Inbox, 2 unread']").wait_for()
    page.locator("#bell").click()
    page.get_by_role("link", name=f"{star.handle} shared a slip").wait_for()
    listed = page.get_by_role("region", name="People and matches").get_by_label(f"Bell of {star.handle}")
    listed.select_option("inherit")
    listed.wait_for(state="detached")
    page.get_by_role("button", name="People", exact=True).click()
    page.get_by_role("link", name=f"{star.handle} shared a slip").wait_for(state="detached")
    assert slip_id not in str(inbox_of(fan, star))


@pytest.fixture
def notifying(page_tree):
    """The page's Slipstream, which tells people outside the page as well, and a push service that it may ask."""
    page_tree.start("notify")
    until(lambda: has_begun(page_tree), "what happens from now on is told")
    with push_service(port=page_tree.push_port) as service:
        yield service
        page_tree.end("notify")


def test_a_notice_says_what_became_of_it_at_each_address_and_why_not_elsewhere(world, open_screen, notifying, star, fan):
    phone, laptop = notifying.browser("phone"), notifying.browser("laptop").answers(410)
    for browser, device in ((phone, "Phone of star"), (laptop, "Old <b>laptop</b>")):
        assert star.post("/v1/notifications/push-subscriptions", browser.asked(device)).status_code == 201
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    said = fan.post(f"/v1/slips/{slip_id}/comments", {"text": "Too short."}, idempotency_key=f"outside {slip_id}")
    assert said.status_code == 201, said.text
    cause = f"comment:{said.json()['comment_id']}"

    def ended():
        headers = {"Slipstream-After": f"{star.position},{fan.position}"}
        found = star.client.get("/v1/notifications/explain", params={"cause": cause}, headers=headers)
        return found.is_success and {each["state"] for each in found.json()["deliveries"]} == {"sent", "gone"}

    until(ended, "both devices' push services have answered")
    screen = open_screen(star).open("/inbox")
    page = screen.page
    page.get_by_role("button", name=f"Why did I get this? {fan.handle} commented").click()
    became = page.get_by_role("list", name="What became of it outside this page").get_by_role("listitem")
    became.filter(has_text="Sent to Phone of star at ").filter(has_text="Their server said: 201").wait_for()
    became.filter(has_text="Not sent to an address that is no longer yours: it was gone").filter(has_text="410 said").wait_for()
    became.filter(has_text="Mail").filter(has_text="Not sent: comments on my slips are not told unless you switch them on.").wait_for()
    assert became.count() == 4, "the channel of phones says why it is silent, too"
    assert findings(screen) == []
    page.get_by_role("button", name="Why did I get this? Deposit").click()
    page.get_by_text("Not sent: mail has no address of yours.").wait_for()
    switched = star.put("/v1/notifications/preferences", {"level": "kind", "channel": "web_push", "subject": "comment", "setting": "off"})
    assert switched.status_code == 200, switched.text
    headers = {"Slipstream-After": star.position}
    asked = {"cause": cause}
    until(lambda: star.client.get("/v1/notifications/explain", params=asked, headers=headers).json()["otherwise_now"], "it is seen")
    again = page.get_by_role("button", name=f"Why did I get this? {fan.handle} commented")
    again.click()
    again.click()
    page.get_by_text("Push would not tell you now.").wait_for()
    assert page.get_by_text("As it was at ").count() == 2


@pytest.mark.parametrize("width", [1440, 390])
def test_kinds_are_switched_and_those_that_always_reach_one_cannot_be(open_screen, fan, width):
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844, theme="dark").open("/inbox")
    page = screen.page
    likes = page.get_by_role("switch", name="Likes, grouped, In app")
    likes.wait_for()
    assert likes.is_checked()
    likes.click()
    until(lambda: [each["setting"] for each in fan.get("/v1/notifications/preferences").json()["items"]] == ["off"], "likes are off")
    page.reload()
    page.get_by_role("switch", name="Likes, grouped, In app", checked=False).wait_for()
    page.get_by_role("switch", name="Everything").click()
    page.get_by_role("switch", name="Mentions, In app", checked=False).wait_for()
    assert page.get_by_role("switch", name="Password and sign-in, In app").is_disabled()
    assert page.get_by_role("switch", name="Password and sign-in, In app").is_checked()
    assert findings(screen) == []
    signed_out = open_screen().open("/inbox")
    signed_out.says("Sign in")


@pytest.mark.parametrize("width", [1440, 390])
def test_quiet_hours_digests_language_and_what_promotes_are_chosen_in_the_page(open_screen, fan, width):
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844).open("/inbox")
    page = screen.page

    def kept(ask):
        until(lambda: ask(fan.get("/v1/notifications/preferences").json()), "it is kept")

    quiet = page.get_by_role("switch", name="Quiet hours")
    quiet.wait_for()
    assert not quiet.is_checked()
    quiet.click()
    page.get_by_label("From", exact=True).wait_for()
    kept(lambda found: (found["schedule"]["quiet_from_minute"], found["schedule"]["quiet_until_minute"]) == (1_380, 450))
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    kept(lambda found: found["schedule"]["time_zone"] == "Asia/Tokyo")
    page.get_by_label("Until", exact=True).fill("06:15")
    page.get_by_label("Until", exact=True).blur()
    kept(lambda found: found["schedule"]["quiet_until_minute"] == 375)
    page.get_by_label("Meanwhile").select_option("wait")
    kept(lambda found: found["schedule"]["meanwhile"] == "wait")
    page.get_by_label("How often: Mail").select_option("daily 9")
    kept(lambda found: {"channel": "email", "digest": "daily", "hour": 9} in found["digests"])
    page.get_by_label("Language").select_option("de")
    kept(lambda found: found["language"] == "de")
    page.get_by_role("switch", name="Slips of people whose bell is on, Push").click()
    kept(lambda found: [(each["level"], each["subject"]) for each in found["items"]] == [("promotion", "slips")])
    page.evaluate("scrollTo(0, 0)")  # what is half under the header would be called too small
    assert findings(screen) == []
    page.reload()
    page.get_by_role("switch", name="Quiet hours", checked=True).wait_for()
    assert page.get_by_label("Until", exact=True).input_value() == "06:15"
    assert page.get_by_role("switch", name="Password and sign-in, Mail").is_disabled()
    page.get_by_role("switch", name="Quiet hours").click()
    kept(lambda found: found["schedule"]["quiet_from_minute"] == found["schedule"]["quiet_until_minute"])
    page.get_by_role("region", name="Messages").locator('[lang="de"]').get_by_text("Einzahlung von").first.wait_for()
    page.get_by_label("Language").select_option("en")
    kept(lambda found: found["language"] == "en")
    page.evaluate("scrollTo(0, 0)")  # what is half under the header would be called too small
    assert findings(screen) == []
