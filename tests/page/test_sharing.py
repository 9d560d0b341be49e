"""What is shared: a bet, a pick that is typed in by hand, picks that are handed on as a code or kept as a draft."""

import json

from tests.page.people import bet, sees
from tests.page.test_access import findings


def test_a_bet_is_shared_from_its_page_and_is_a_card_whose_price_moves_in_place(world, open_screen, star, fan):
    fixture = world.match()
    market, bet_id = fixture["markets"][0], bet(star, fixture["markets"][0])
    author = open_screen(star).open(f"/bets/{bet_id}")
    author.page.fill("[name=caption]", f"Home all the way, @{fan.handle}")
    author.page.select_option("[name=stake_shown]", "units")
    author.page.fill("[name=unit]", "5")
    author.page.get_by_role("button", name="Share this bet").click()
    author.page.get_by_role("link", name="See the slip").click()
    author.says("2 units")
    slip_id = author.page.url.rpartition("/")[2]
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed?tab=following")
    card = screen.card(slip_id)
    card.get_by_text("Verified bet").wait_for()
    assert card.get_by_role("link", name=star.handle, exact=True).get_attribute("href") == f"/profile/{star.handle}"
    assert card.get_by_role("link", name=f"@{fan.handle}").get_attribute("href") == f"/profile/{fan.handle}"
    card.get_by_text(f"{fixture['home']} v {fixture['away']}").wait_for()
    card.get_by_text("returns 4.7 units").wait_for()
    card.get_by_text("2.35 now").wait_for()
    card.evaluate("node => { node.isTheSame = true; }")
    world.price(market, home="2.5")
    card.get_by_text("2.50 now").wait_for()
    card.get_by_role("button", name="Tail at 2.50").wait_for()
    assert card.evaluate("node => node.isTheSame")


def test_a_slip_is_handed_on_as_a_code_that_puts_its_picks_on_another_s_slip(world, open_screen, star, fan):
    markets = [world.match(live=False)["markets"][0] for _ in range(2)]
    author = open_screen(star)
    for market in markets:
        author.open(f"/match/{market['fixture_id']}")
        author.pick(market, "home")
    author.page.get_by_role("button", name="Share as a code").click()
    author.page.get_by_role("link", name="Open", exact=True).click()
    author.page.get_by_role("button", name="On your slip").wait_for()
    path = author.page.url.partition("/code/")[2]
    screen = open_screen(fan, width=390, height=844, theme="dark").open(f"/code/{path.lower()}")
    screen.page.get_by_role("button", name="Put 2 picks on my slip").wait_for()
    assert findings(screen) == []
    screen.page.get_by_role("button", name="Put 2 picks on my slip").click()
    screen.ready()
    screen.page.get_by_role("button", name="Share as a code").wait_for()
    assert findings(screen) == []
    assert screen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    screen.provokes(404, "/v1/codes/").open("/code/AAAAAAAAAA").says("This code stands for nothing.")
    open_screen().open(f"/code/{path}").says("Sign in to see this code")


def test_a_draft_is_kept_listed_handed_on_and_deleted(world, open_screen, fan):
    market = world.match(live=False)["markets"][0]
    screen = open_screen(fan, width=390, height=844, theme="dark").open(f"/match/{market['fixture_id']}")
    page = screen.page
    screen.pick(market, "home")
    page.locator(".peek").click()
    page.get_by_role("button", name="Keep as a draft").click()
    screen.says("Kept as a draft")
    page.get_by_role("link", name="Drafts", exact=True).click()
    panel = page.get_by_role("region", name="Drafts")
    panel.get_by_text("only you open it").wait_for()
    panel.get_by_text("2.35 now").wait_for()
    page.keyboard.press("Escape")
    assert findings(screen) == []
    panel.get_by_role("button", name="Hand on draft").click()
    panel.get_by_text("whoever has the code opens it").wait_for()
    panel.get_by_role("link", name="Open draft").click()
    page.get_by_role("button", name="On your slip").wait_for()
    page.go_back()
    panel.get_by_role("button", name="Delete draft").click()
    panel.get_by_role("button", name="Press again to delete draft").click()
    screen.says("Its code opens nothing any more.")
    panel.get_by_text("No drafts.").wait_for()
    assert fan.get("/v1/drafts").json()["items"] == []


def test_a_pick_is_typed_in_by_hand_shared_once_and_shown_as_unverified(world, open_screen, proxy, fan):
    fixture, other = (world.match(types=("match_result", "total_goals")) for _ in range(2))
    screen = open_screen(fan).open("/feed")
    page = screen.page
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_role("button", name="A pick, typed in").click()
    page.get_by_role("button", name="Share this pick").click()
    screen.says("Choose the selection of leg 1")
    page.get_by_role("button", name="Add a leg").click()
    for row, match, selection, odds in ((0, fixture, "over", "2,10"), (1, other, "under", "1.9")):
        leg = page.locator(".leg-form").nth(row)
        leg.get_by_label("Match").select_option(match["fixture_id"])
        leg.get_by_label("Market").select_option(label="Total goals 2.5")
        leg.get_by_label("Selection").select_option(selection)
        leg.get_by_label("Odds").fill(odds)
    page.get_by_label("What do you say about it?").fill("Open game.")
    page.get_by_label("Tags").fill("#typed, goals")
    assert findings(screen) == []
    proxy.let("POST", "/v1/slips", "lose", times=1)
    page.get_by_role("button", name="Share this pick").click()
    page.get_by_role("alert").wait_for()
    page.get_by_role("button", name="Share this pick").click()
    page.get_by_role("link", name="See the slip").click()
    screen.says("Pick, unverified")
    card = page.locator(".post")
    card.get_by_text("at 3.99").wait_for()
    card.get_by_text("no stake").wait_for()
    sent = [asked for asked in proxy.asked if (asked.method, asked.path) == ("POST", "/v1/slips")]
    assert len(sent) == 2
    assert len({(asked.key, asked.body) for asked in sent}) == 1
    assert json.loads(sent[0].body)["tags"] == ["typed", "goals"]


def test_an_open_bet_is_chosen_and_shared_for_followers_with_its_stake_hidden(world, open_screen, star):
    bet_id = bet(star, world.match()["markets"][0], stake_minor=12_34)
    screen = open_screen(star, width=390, height=844, theme="dark").open("/share")
    page = screen.page
    page.get_by_label("Which bet").select_option(bet_id)
    page.get_by_label("Who sees it").select_option("followers")
    page.get_by_role("option", name="As it is: €12.34").wait_for(state="attached")
    assert findings(screen) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Share this bet").click()
    page.get_by_role("link", name="See the slip").click()
    screen.says("Verified bet")
    page.get_by_text("stake hidden").wait_for()
    page.get_by_text("for followers").wait_for()
