"""The feed: slips as cards that stand still while they change, what one does below them, and a tail that bets once."""

import json

import pytest

from tests.page.people import bet, follow, person, sees, share
from tests.page.screen import settled_bets
from tests.page.test_access import findings


@pytest.fixture(scope="module")
def star(page_tree):
    return person(page_tree, "star", 10_000_00)


@pytest.fixture
def fan(page_tree, star):
    """Somebody with 100.00 EUR who follows the star."""
    found = person(page_tree, "fan")
    follow(found, star)
    return found


def card_of(screen, slip_id):
    """The card of a slip that can be seen."""
    return screen.page.locator(f".post:visible:has(a[href='/slips/{slip_id}'])")


def look_again(screen):
    """What a page does when somebody comes back to it: it reads at once."""
    screen.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


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
    card = card_of(screen, slip_id)
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


def test_like_repost_and_save_are_kept_and_taken_back_with_their_counts(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    for name in ("Like, 0", "Repost, 0", "Save"):
        card.get_by_role("button", name=name, exact=True).click()
    for name in ("Like, 1", "Repost, 1", "Save"):
        assert card.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed") == "true"
    screen.page.reload()
    card.get_by_role("button", name="Like, 1", exact=True).click()
    card.get_by_role("button", name="Like, 0", exact=True).wait_for()
    proxy.let("PUT", f"/v1/slips/{slip_id}/like", "html", times=1)
    card.get_by_role("button", name="Like, 0", exact=True).click()
    screen.says("Something went wrong on our side")
    assert card.get_by_role("button", name="Like, 0", exact=True).get_attribute("aria-pressed") == "false"


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
    screen.open("/code/AAAAAAAAAA").says("This code stands for nothing.")
    open_screen().open(f"/code/{path}").says("Sign in to see this code")


def test_a_thread_is_muted_and_lists_leave_it_out_until_it_is_not(world, open_screen, star, fan):
    slip_id, other_id = (share(star, world.match()["markets"][0]) for _ in range(2))
    sees(fan, f"/v1/slips/{other_id}", star)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_label(f"More about the slip of {star.handle}").click()
    card.get_by_role("button", name="Mute this thread").click()
    screen.says("Muted: lists leave out this slip")
    screen.page.reload()
    card_of(screen, other_id).wait_for()
    assert card.count() == 0
    screen.open(f"/slips/{slip_id}").page.get_by_label(f"More about the slip of {star.handle}").press("Enter")
    screen.page.get_by_role("button", name="Unmute this thread").click()
    screen.says("Lists show this slip again")
    card_of(screen.open("/feed"), slip_id).wait_for()


def test_comments_have_two_levels_and_are_posted_once(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_role("button", name="Comments, 0").click()
    card.get_by_text("No comments yet.").wait_for()
    proxy.let("POST", f"/v1/slips/{slip_id}/comments", "lose", times=1)
    screen.page.keyboard.type("I am with you")
    card.get_by_role("button", name="Send").click()
    card.get_by_role("alert").wait_for()
    card.get_by_role("button", name="Send").click()
    card.locator(".said").get_by_text("I am with you").wait_for()
    card.get_by_role("button", name="Comments, 1").wait_for()
    card.get_by_role("button", name="Edit your comment").click()
    card.get_by_role("textbox", name="Your comment", exact=True).fill("I am all with you")
    card.get_by_role("button", name="Save edit").click()
    card.locator(".said").get_by_text("I am all with you").wait_for()
    card.get_by_text("edited").wait_for()
    author = open_screen(star).open(f"/slips/{slip_id}")
    author.page.get_by_role("button", name=f"Reply to {fan.handle}").click()
    author.page.keyboard.type("So are we all")
    author.page.locator(".thread li").get_by_role("button", name="Send").click()
    author.page.locator("li li .said").get_by_text("So are we all").wait_for()
    assert author.page.locator(".said").count() == 2
    assert author.page.locator("li li").get_by_role("button", name="Reply").count() == 0
    author.page.get_by_role("button", name=f"Delete the comment of {star.handle}").click()
    author.page.wait_for_function("() => document.querySelectorAll('.said').length === 1")
    author.page.get_by_role("button", name="Take no comments").click()
    author.says("The author takes no comments on this slip.")
    card.get_by_role("textbox").fill("One more")
    card.get_by_role("button", name="Send").click()
    screen.says("Not sent: the author takes no comments on this slip")
    screen.page.keyboard.press("Escape")
    assert card.locator(".thread:visible").count() == 0


def test_a_slip_is_tailed_at_the_odds_on_the_button_once_whatever_becomes_of_the_answers(world, open_screen, proxy, star, fan):
    markets = [world.match()["markets"][0] for _ in range(2)]
    slip_id = share(star, *markets)
    sees(fan, f"/v1/slips/{slip_id}", star)
    proxy.let("POST", f"/v1/slips/{slip_id}/tail", "lose", times=1)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_role("button", name="Tail at 5.522").click()
    screen.page.keyboard.press("Control+A")
    screen.page.keyboard.type("4")
    card.get_by_role("button", name="Tail at 5.522 for €4.00").click()
    screen.says("Not known yet whether this bet was placed")
    screen.says("Bet placed at 5.522")
    screen.page.wait_for_function("() => document.getElementById('money').textContent === '€96.00'")
    sent = [asked for asked in proxy.asked if asked.path.endswith("/tail")]
    assert len(sent) == 2
    assert len({(asked.key, asked.body) for asked in sent}) == 1
    assert json.loads(sent[0].body) == {"stake_minor": 4_00, "worst_odds": "5.522"}
    assert [(each["odds"], each["stake_minor"], len(each["legs"])) for each in settled_bets(fan)] == [("1809/400", 4_00, 2)]


def test_a_tail_below_the_odds_that_were_shown_is_refused_in_words_and_stakes_nothing(world, open_screen, proxy, star, fan):
    market = world.match()["markets"][0]
    slip_id = share(star, market)
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_role("button", name="Tail at 2.35").click()
    press = card.get_by_role("button", name="Tail at 2.35 for €10.00")
    press.wait_for()
    proxy.let("GET", "/v1/", "hang")
    proxy.wait_for_quiet()
    world.price(market, home="2.2")
    press.click()
    screen.says("Not placed: the odds got shorter")
    screen.says("They were 2.35 and are 2.20 now. Nothing was staked.")
    proxy.mend()
    card.get_by_role("button", name="Tail at 2.20 for €10.00").wait_for()
    world.suspend(market)
    card.get_by_role("button", name="Suspended").first.wait_for()
    screen.page.keyboard.press("Escape")
    assert settled_bets(fan) == []


def test_the_other_side_of_a_slip_is_bet_with_a_share_of_the_balance(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match(types=("total_goals",))["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_role("button", name="Tail at 1.95").click()
    card.get_by_role("button", name="Fade, the other side").click()
    card.get_by_role("button", name="% of balance").click()
    card.get_by_role("textbox", name="Your stake in percent").fill("101")
    card.get_by_role("button", name="Enter 1 to 100 %").wait_for()
    card.get_by_role("textbox", name="Your stake in percent").fill("25")
    card.get_by_text("Under 2.5", exact=True).wait_for()
    card.get_by_role("button", name="Fade at 1.85 for 25% of your balance").click()
    screen.says("Bet placed at 1.85")
    sent = [json.loads(asked.body) for asked in proxy.asked if asked.path.endswith("/tail")]
    assert sent == [{"percent_of_balance": 25, "side": "fade", "worst_odds": "1.85"}]
    placed = settled_bets(fan)
    assert [(each["stake_minor"], each["legs"][0]["selection"]) for each in placed] == [(25_00, "under")]


def test_new_slips_wait_behind_a_button_and_a_feed_that_cannot_be_read_says_so(world, open_screen, proxy, page_tree):
    author, reader = person(page_tree, "author"), person(page_tree, "reader")
    screen = open_screen(reader).open("/feed?tab=following")
    screen.says("Nobody you follow has shared a slip.")
    follow(reader, author)
    first = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    card_of(screen, first).wait_for()
    second = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    screen.page.get_by_role("button", name="1 new slip").wait_for()
    third = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    screen.page.get_by_role("button", name="2 new slips").wait_for()
    assert card_of(screen, second).count() == 0
    screen.page.get_by_role("button", name="2 new slips").click()
    card_of(screen, second).wait_for()
    card_of(screen, third).wait_for()
    assert screen.page.get_by_role("button", name="new slip").count() == 0
    proxy.let("GET", "/v1/feed", "html")
    look_again(screen)
    screen.says("These slips are as of")
    screen.page.keyboard.press("Tab")
    screen.page.get_by_role("tab", name="Following").focus()
    screen.page.keyboard.press("ArrowLeft")
    screen.says("Something went wrong on our side")
    assert screen.page.get_by_role("tab", name="Home").evaluate("tab => tab === document.activeElement")
    proxy.mend()
    screen.page.get_by_role("button", name="Try again").click()
    card_of(screen, first).wait_for()


def test_a_match_shows_its_slips_and_a_slip_that_is_taken_down_is_not_there(world, open_screen, star, fan):
    fixture = world.match()
    slip_id = share(star, fixture["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open(f"/match/{fixture['fixture_id']}")
    screen.page.get_by_role("heading", name="Slips on this match").wait_for()
    card_of(screen, slip_id).wait_for()
    author = open_screen(star).open(f"/slips/{slip_id}")
    author.page.get_by_role("button", name="Take down").click()
    author.page.get_by_role("button", name="For good? Press again").click()
    author.says("This slip is not there.")
    sees(fan, "/v1/feed", star)
    screen.open(f"/slips/{slip_id}").says("This slip is not there.")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_is_found_on_the_feed_with_tail_and_comments_open(world, open_screen, star, fan, theme, width):
    markets = [world.match()["markets"][0] for _ in range(2)]
    tailed_id = share(star, world.match(types=("total_goals",))["markets"][0])
    slip_id = share(star, *markets, caption="Norway sit deep and break, so I want the win.")
    world.price(markets[0], home="2.5")
    world.suspend(markets[1])
    said = star.post(f"/v1/slips/{slip_id}/comments", {"text": "Before line-ups."}, idempotency_key=f"said {theme} {width}")
    reply = {"text": "Fair.", "parent_id": said.json()["comment_id"]}
    assert fan.post(f"/v1/slips/{slip_id}/comments", reply, idempotency_key="reply").status_code == 201
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844, theme=theme).open("/feed")
    card = card_of(screen, slip_id)
    card.get_by_role("button", name="Comments, 2").click()
    card.locator(".said").nth(1).wait_for()
    card_of(screen, tailed_id).get_by_role("button", name="Tail at").click()
    screen.page.get_by_role("button", name="Fade, the other side").click()
    screen.page.get_by_role("button", name="% of balance").click()
    card_of(screen, slip_id).get_by_label(f"More about the slip of {star.handle}").click()
    screen.page.evaluate("() => scrollTo(0, 0)")
    assert findings(screen) == []
    assert screen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
