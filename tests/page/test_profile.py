"""Profiles: who somebody is and what their bets made, what one is to another, and the form of one's own."""

import pytest

from tests.journeys.process_tree import until
from tests.page.people import follow, person, sees, share, staff
from tests.page.test_access import findings


@pytest.fixture(scope="module")
def second_trader(page_tree):
    return staff(page_tree, "page_second_trader")


@pytest.fixture(scope="module")
def search_index(page_tree):
    """The process that fills the index which is searched."""
    page_tree.start("search")


@pytest.fixture
def star(page_tree):
    return person(page_tree, "star")


@pytest.fixture
def fan(page_tree):
    return person(page_tree, "fan")


def profile(screen, whom):
    """Open the profile of somebody, and wait until it is there."""
    screen.open(f"/profile/{whom.handle}").page.get_by_role("heading", name=whom.handle).wait_for()
    return screen


def test_a_profile_shows_the_record_of_settled_bets_with_how_many_they_are(world, second_trader, open_screen, star, fan):
    won, lost = world.match()["markets"][0], world.match()["markets"][0]
    for market in (won, lost):
        share(star, market)
    world.result(won, second_trader, 2, 0)
    world.result(lost, second_trader, 0, 1)
    until(lambda: fan.get(f"/v1/accounts/{star.handle}/record").json()["bets"] == 2, "both bets are in the record")
    page = profile(open_screen(fan), star).page
    page.get_by_text("1 won, 1 not won, 0 void").wait_for()
    shown = page.locator("dl.stats").inner_text()
    for text in ("+€3.50", "€20.00 staked", "+17.5%", "50.0%", "2 of 20 bets: too few to tell"):
        assert text in shown, shown
    page.get_by_text("returned €23.50").wait_for()
    page.get_by_text("lost €10.00").wait_for()
    picture = page.get_by_role("img", name=f"Profit of {star.handle}, day by day: +€3.50")
    picture.wait_for()
    page.get_by_text("As a table").click()
    page.get_by_role("table", name="Profit by day").wait_for()
    assert "too few" in page.get_by_role("table", name="By market").inner_text()
    page.get_by_role("button", name="7 days").click()
    page.locator("[aria-label=Period] [aria-pressed=true]", has_text="7 days").wait_for()
    page.get_by_role("link", name="Leaderboard").first.click()
    page.get_by_role("heading", name="Leaderboard").wait_for()
    page.get_by_text("Nobody has 20 settled bets here yet.").wait_for()


def test_a_leaderboard_ranks_who_has_20_settled_bets_and_leads_to_profiles(world, second_trader, open_screen, star, fan):
    market = world.match()["markets"][0]
    for _ in range(20):
        share(star, market, stake_minor=1_00)
    follow(fan, star)
    world.result(market, second_trader, 2, 0)
    until(lambda: fan.get(f"/v1/accounts/{star.handle}/record").json()["bets"] == 20, "all bets are in the record")
    page = open_screen(fan).open("/leaderboard").page
    page.get_by_role("button", name="Following").click()
    row = page.get_by_role("row", name=star.handle)
    row.wait_for()
    assert [row.get_by_role("cell").nth(index).inner_text() for index in range(3)] == ["1", "20", "+135.0%"]
    row.get_by_role("link").click()
    page.get_by_text("20 won, 0 not won, 0 void").wait_for()


def test_somebody_is_followed_muted_and_blocked_and_each_is_taken_back(world, open_screen, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = profile(open_screen(fan), star)
    page = screen.page
    page.get_by_role("button", name="Follow", exact=True).click()
    page.get_by_role("button", name="Following", exact=True).wait_for()
    screen.says(f"You follow {star.handle}")
    screen.says("1 follower")
    page.reload()
    page.get_by_role("button", name="Following", exact=True).click()
    page.get_by_role("button", name="Follow", exact=True).wait_for()
    for press, said in (("Mute", "is muted"), ("Unmute", f"You see {star.handle} again"), ("Block", "is blocked")):
        page.get_by_label(f"More about {star.handle}").click()
        page.get_by_role("button", name=press, exact=True).click()
        screen.says(said)
    screen.says(f"You block {star.handle}")
    screen.open("/muted").page.get_by_role("region", name="Blocked").get_by_role("link", name=star.handle).wait_for()
    profile(screen, star)
    sees(star, "/v1/feed", fan)
    other = open_screen(star).provokes(404, f"/v1/accounts/{fan.handle}").open(f"/profile/{fan.handle}")
    other.says("This profile is not there.")
    page.get_by_label(f"More about {star.handle}").click()
    page.get_by_role("button", name="Unblock", exact=True).click()
    page.locator(f".post:has(a[href='/slips/{slip_id}'])").wait_for()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_what_one_mutes_and_whom_one_blocks_is_listed_and_taken_back(page_tree, world, open_screen, star, fan, theme, width):
    other = person(page_tree, "other")
    slip_id = share(star, world.match()["markets"][0])
    for path in (f"mutes/{star.account_id}", f"blocks/{other.account_id}", f"slips/{slip_id}/mute"):
        assert fan.put(f"/v1/{path}").status_code == 200
    assert fan.get("/v1/muted-threads").is_success
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844, theme=theme)
    page = profile(screen, fan).page
    page.get_by_role("button", name="Edit profile").click()
    page.get_by_role("link", name="Muted and blocked").click()
    page.get_by_role("region", name="Muted threads").get_by_text(f"Slip of {star.handle}: ").wait_for()
    page.get_by_label("A word you do not want to read").fill("Own Goal")
    page.get_by_role("button", name="Mute word").click()
    page.get_by_role("button", name="Unmute own goal").wait_for()
    page.get_by_role("region", name="Blocked").get_by_role("link", name=other.handle).wait_for()
    assert findings(screen) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for press in (f"Unmute {star.handle}", "Unmute this thread", "Unmute own goal", f"Unblock {other.handle}"):
        page.get_by_role("button", name=press).click()
        page.get_by_role("button", name=press).wait_for(state="detached")
    for text in ("You mute nobody.", "You mute no thread.", "You block nobody."):
        page.get_by_text(text).wait_for()


def test_a_private_account_is_asked_and_lets_its_followers_see_its_slips(world, open_screen, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    own = profile(open_screen(star), star)
    own.page.get_by_role("button", name="Edit profile").click()
    own.page.fill("[name=display_name]", "Ada L.")
    own.page.fill("[name=bio]", f"Home wins only, ask @{fan.handle}.")
    own.page.get_by_label("Private").check()
    own.page.get_by_role("button", name="Save profile").click()
    own.says("Only followers see your slips.")
    own.page.get_by_role("heading", name="Ada L.").wait_for()
    sees(fan, f"/v1/accounts/{star.handle}", star)
    screen = open_screen(fan).open(f"/profile/{star.handle}")
    screen.page.get_by_role("heading", name="Ada L.").wait_for()
    screen.says(f"Only followers see the slips of {star.handle}")
    assert screen.page.locator(".head .bio a").get_attribute("href") == f"/profile/{fan.handle}"
    screen.page.get_by_role("button", name="Ask to follow").click()
    screen.page.get_by_role("button", name="Requested").wait_for()
    own.page.reload()
    own.page.get_by_role("button", name=f"Accept {fan.handle}").click()
    own.says(f"{fan.handle} follows you now")
    screen.page.reload()
    screen.page.locator(f".post:has(a[href='/slips/{slip_id}'])").wait_for()


def test_followers_are_listed_and_removed_and_whom_to_follow_is_suggested(page_tree, open_screen, star, fan):
    friend = person(page_tree, "friend")
    follow(fan, star)
    follow(star, friend)
    until(lambda: fan.get("/v1/suggestions").json()["items"], "the friend of a friend is suggested")
    own = open_screen(fan, width=390, height=844, theme="dark").open(f"/profile/{fan.handle}/following")
    page = own.page
    page.get_by_role("region", name="Accounts").get_by_role("link", name=star.handle).wait_for()
    suggested = page.get_by_role("region", name="Whom to follow")
    suggested.get_by_text("followed by 1 you follow").wait_for()
    suggested.get_by_role("button", name=f"Follow {friend.handle}").click()
    suggested.get_by_role("button", name=f"Following {friend.handle}", pressed=True).wait_for()
    assert findings(own) == []
    screen = profile(open_screen(star), star)
    screen.page.get_by_role("link", name="1 follower").click()
    screen.page.get_by_role("button", name=f"Remove {fan.handle} from your followers").click()
    screen.page.get_by_role("button", name=f"Press again to remove {fan.handle}").click()
    screen.says(f"{fan.handle} does not follow you any more")
    screen.says("Nobody to see here.")
    assert findings(screen) == []
    screen.page.get_by_role("navigation", name="Which list").get_by_role("link", name="Follows").click()
    screen.page.get_by_role("region", name="Accounts").get_by_role("link", name=friend.handle).wait_for()


@pytest.mark.usefixtures("search_index")
def test_people_matches_tags_and_slips_are_found_from_the_field_in_the_head(world, open_screen, star, fan):
    fixture = world.match(competition="Sought Cup")
    slip_id = share(star, fixture["markets"][0], tags=["sought"])
    fan.position = star.position
    until(lambda: len(fan.get("/v1/search", q="sought").json()["items"]) == 3, "the index is filled")
    page = open_screen(fan).provokes(422, "/v1/search").open("/feed").page
    page.keyboard.press("/")
    page.keyboard.type("sought")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Results for “sought”").wait_for()
    page.locator(f".post:has(a[href='/slips/{slip_id}'])").wait_for()
    page.get_by_role("region", name="Matches").get_by_role("link", name=fixture["home"]).wait_for()
    page.get_by_role("button", name="People").click()
    page.get_by_role("region", name="People").get_by_text("Nobody is found.").wait_for()
    page.get_by_role("button", name="All").click()
    page.get_by_role("link", name="#sought").click()
    page.get_by_role("heading", name="#sought").wait_for()
    page.locator(f".post:has(a[href='/slips/{slip_id}'])").wait_for()
    page.go_back()
    assert page.locator("#q").input_value() == "sought"
    page.keyboard.press("/")
    page.keyboard.type(f"@{star.handle}")
    page.get_by_role("heading", name=f"Results for “@{star.handle}”").wait_for()
    assert page.get_by_role("region", name="Matches").count() == 0
    page.get_by_role("link", name=star.handle).first.click()
    page.get_by_role("heading", name=star.handle).wait_for()
    assert page.locator("#q").input_value() == ""
    page.go_back()
    page.fill("#q", "&|")
    page.get_by_text("Search for one to eight words").first.wait_for()
    page.fill("#q", "sought cup")
    page.get_by_role("button", name="Matches").click()
    page.get_by_role("link", name="Sought Cup", exact=True).click()
    page.locator(f"[data-fixture='{fixture['fixture_id']}']").wait_for()


@pytest.mark.usefixtures("search_index")
@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_nothing_is_found_on_a_search_and_a_tag(world, open_screen, star, fan, theme, width):
    tag = f"axe_{theme}"
    share(star, world.match(competition=f"Axe {theme}")["markets"][0], tags=[tag])
    fan.position = star.position
    until(lambda: fan.get("/v1/search", q=f"#{tag}").json()["items"], "the index is filled")
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844, theme=theme)
    for path in (f"/search?q=axe+{theme}", "/search?q=star&kind=people", f"/tags/{tag}"):
        screen.open(path).page.locator(".post, .person").first.wait_for()
        assert findings(screen) == []
        assert screen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_who_is_not_signed_in_or_looks_for_nobody_is_told_so(open_screen, fan):
    screen = open_screen()
    for path in ("/feed", f"/profile/{fan.handle}", "/leaderboard", "/search?q=a", "/tags/derby"):
        screen.open(path).says("Sign in to see")
    open_screen(fan).provokes(404, "/v1/accounts/nobody_at_all").open("/profile/nobody_at_all").says("This profile is not there.")


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_nothing_is_found_on_a_profile_and_on_one_s_own(world, open_screen, star, fan, theme, width):
    market = world.match()["markets"][0]
    share(star, market, caption="")
    follow(fan, star)
    screen = profile(open_screen(fan, width=width, height=900 if width > 1000 else 844, theme=theme), star)
    screen.page.locator(".post").wait_for()
    screen.page.locator(".stats").wait_for()
    screen.page.get_by_label(f"More about {star.handle}").click()
    assert findings(screen) == []
    own = profile(open_screen(star, width=width, height=900 if width > 1000 else 844, theme=theme), star)
    own.page.locator(".stats").wait_for()
    own.page.get_by_role("button", name="Edit profile").click()
    assert findings(own) == []
    own.page.locator(".post a[href^='/match/']").click()
    own.page.get_by_role("heading", name="Slips on this match").wait_for()
    own.page.locator(".post").wait_for()
    assert findings(own) == []
    assert own.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    own.open("/leaderboard").page.get_by_role("heading", name="Leaderboard").wait_for()
    own.page.get_by_text("By ROI, of accounts").wait_for()
    assert findings(own) == []
    assert own.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
