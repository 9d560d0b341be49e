"""The feed: slips as cards that stand still while they change, and what one does below them."""

import pytest

from tests.page.people import follow, person, sees, share
from tests.page.test_access import findings


def look_again(screen):
    """What a page does when somebody comes back to it: it reads at once."""
    screen.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def test_like_repost_and_save_are_kept_and_taken_back_with_their_counts(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
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


def test_what_is_saved_has_a_page_of_its_own_which_the_keyboard_reaches(world, open_screen, star, fan):
    slip_id, other_id = (share(star, world.match()["markets"][0]) for _ in range(2))
    sees(fan, f"/v1/slips/{other_id}", star)
    screen = open_screen(fan).open("/saved")
    screen.page.get_by_text("Nothing saved.").wait_for()
    screen.open(f"/slips/{slip_id}").page.get_by_role("button", name="Save", exact=True).click()
    screen.page.get_by_role("button", name="Save", exact=True, pressed=True).wait_for()
    screen.open("/account").page.get_by_role("link", name="Saved slips").press("Enter")
    screen.card(slip_id).wait_for()
    assert screen.card(other_id).count() == 0
    assert findings(screen) == []
    screen.card(slip_id).get_by_role("button", name="Save", exact=True).click()
    screen.card(slip_id).get_by_role("button", name="Save", exact=True, pressed=False).wait_for()
    screen.page.reload()
    screen.page.get_by_text("Nothing saved.").wait_for()


def test_a_thread_is_muted_and_lists_leave_it_out_until_it_is_not(world, open_screen, star, fan):
    slip_id, other_id = (share(star, world.match()["markets"][0]) for _ in range(2))
    sees(fan, f"/v1/slips/{other_id}", star)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
    card.get_by_label(f"More about the slip of {star.handle}").click()
    card.get_by_role("button", name="Mute this thread").click()
    screen.says("Muted: lists leave out this slip")
    screen.page.reload()
    screen.card(other_id).wait_for()
    assert card.count() == 0
    screen.open(f"/slips/{slip_id}").page.get_by_label(f"More about the slip of {star.handle}").press("Enter")
    screen.page.get_by_role("button", name="Unmute this thread").click()
    screen.says("Lists show this slip again")
    screen.open("/feed").card(slip_id).wait_for()


def test_comments_have_two_levels_and_are_posted_once(world, open_screen, proxy, star, fan):
    slip_id = share(star, world.match()["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open("/feed")
    card = screen.card(slip_id)
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
    screen.provokes(403, f"/v1/slips/{slip_id}/comments")
    author.page.get_by_role("button", name="Take no comments").click()
    author.says("The author takes no comments on this slip.")
    card.get_by_role("textbox").fill("One more")
    card.get_by_role("button", name="Send").click()
    screen.says("Not sent: the author takes no comments on this slip")
    screen.page.keyboard.press("Escape")
    assert card.locator(".thread:visible").count() == 0


def test_new_slips_wait_behind_a_button_and_a_feed_that_cannot_be_read_says_so(world, open_screen, proxy, page_tree):
    author, reader = person(page_tree, "author"), person(page_tree, "reader")
    screen = open_screen(reader).open("/feed?tab=following")
    screen.says("Nobody you follow has shared a slip.")
    follow(reader, author)
    first = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    screen.card(first).wait_for()
    second = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    screen.page.get_by_role("button", name="1 new slip").wait_for()
    third = share(author, world.match()["markets"][0])
    sees(reader, "/v1/feed", author, tab="following")
    look_again(screen)
    screen.page.get_by_role("button", name="2 new slips").wait_for()
    assert screen.card(second).count() == 0
    screen.page.get_by_role("button", name="2 new slips").click()
    screen.card(second).wait_for()
    screen.card(third).wait_for()
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
    screen.card(first).wait_for()


def test_a_match_shows_its_slips_and_a_slip_that_is_taken_down_is_not_there(world, open_screen, star, fan):
    fixture = world.match()
    slip_id = share(star, fixture["markets"][0])
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan).open(f"/match/{fixture['fixture_id']}")
    screen.page.get_by_role("heading", name="Slips on this match").wait_for()
    screen.card(slip_id).wait_for()
    author = open_screen(star).provokes(404, f"/v1/slips/{slip_id}").open(f"/slips/{slip_id}")
    author.page.get_by_role("button", name="Take down").click()
    author.page.get_by_role("button", name="For good? Press again").click()
    author.says("This slip is not there.")
    sees(fan, "/v1/feed", star)
    screen.provokes(404, f"/v1/slips/{slip_id}").open(f"/slips/{slip_id}").says("This slip is not there.")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_is_found_on_the_feed_with_tail_and_comments_open(world, open_screen, star, fan, theme, width):
    markets = [world.match()["markets"][0] for _ in range(2)]
    tailed_id = share(star, world.match(types=("total_goals",))["markets"][0])
    slip_id = share(star, *markets, caption="Norway sit deep and break, so I want the win.")
    world.price(markets[0], home="2.5")
    world.suspend(markets[1])
    said = star.post(f"/v1/slips/{slip_id}/comments", {"text": "Before line-ups."}, idempotency_key=f"said {theme} {width}")
    reply = {"text": "Fair.", "parent_id": said.json()["comment_id"]}
    sees(fan, f"/v1/slips/{slip_id}", star)
    assert fan.post(f"/v1/slips/{slip_id}/comments", reply, idempotency_key="reply").status_code == 201
    sees(fan, f"/v1/slips/{slip_id}", star)
    screen = open_screen(fan, width=width, height=900 if width > 1000 else 844, theme=theme).open("/feed")
    card = screen.card(slip_id)
    card.get_by_role("button", name="Comments, 2").click()
    card.locator(".said").nth(1).wait_for()
    screen.card(tailed_id).get_by_role("button", name="Tail at").click()
    screen.page.get_by_role("button", name="Fade, the other side").click()
    screen.page.get_by_role("button", name="% of balance").click()
    screen.card(slip_id).get_by_label(f"More about the slip of {star.handle}").click()
    screen.page.evaluate("() => scrollTo(0, 0)")
    assert findings(screen) == []
    assert screen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
