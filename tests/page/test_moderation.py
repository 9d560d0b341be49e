"""What is reported waits for moderators, who decide with a reason; authors are told, and another moderator answers their appeal."""

import pytest

from tests.page.people import person, sees, share
from tests.page.test_access import findings


@pytest.fixture(scope="module")
def fan(page_tree):
    return person(page_tree, "fan")


@pytest.fixture(scope="module")
def moderators(page_tree):
    return [page_tree.bettor(f"page_moderator_{number}", role="moderator") for number in range(2)]


def case_of(screen, kind, author):
    return screen.page.get_by_role("article", name=f"{kind} of {author.handle}")


def queue(screen):
    """Open the page of moderators from the account's."""
    screen.open("/account").page.get_by_role("link", name="Moderation").click()
    return screen


def decide(case, action, reason, rule=None):
    case.get_by_label("Decision").select_option(label=action)
    if rule:
        case.get_by_label("By which rule").select_option(label=rule)
    case.get_by_label("Reason").fill(reason)
    case.get_by_role("button", name="Decide").click()


def report(screen, where, reason):
    """Press what reports something, and say why."""
    where.click()
    screen.page.get_by_label("Why do you report").select_option(label=reason)
    screen.page.get_by_role("button", name="Send report").click()
    screen.says("Moderators look at it.")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_slip_is_reported_held_appealed_and_shown_again(world, open_screen, star, fan, moderators, theme, width):
    look = {"theme": theme, "width": width, "height": 900 if width > 1000 else 844}
    slip_id = share(star, world.match()["markets"][0], caption="Win every day, write to me.")
    sees(fan, f"/v1/slips/{slip_id}", star)
    reader = open_screen(fan, **look).open(f"/slips/{slip_id}")
    reader.page.get_by_label(f"More about the slip of {star.handle}").click()
    reader.page.get_by_role("button", name="Report", exact=True).click()
    assert findings(reader) == []
    reader.page.get_by_role("button", name="Cancel").click()
    reader.page.get_by_label(f"More about the slip of {star.handle}").click()
    report(reader, reader.page.get_by_role("button", name="Report", exact=True), "A scam")
    first, second = (open_screen(moderator, **look) for moderator in moderators)
    case = case_of(queue(first), "Slip", star)
    case.get_by_text("Win every day, write to me.").wait_for()
    case.get_by_text("Reported: 1 for a scam").wait_for()
    assert findings(first) == []
    assert first.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    decide(case, "Hold it", "The same words under ten slips.", "Spam")
    first.says("Decided: Hold it")
    case.wait_for(state="detached")
    reader.provokes(404, f"/v1/slips/{slip_id}").open(f"/slips/{slip_id}").says("This slip is not there.")
    author = open_screen(star, **look).open(f"/slips/{slip_id}")
    author.page.get_by_role("link", name="held, see why").click()
    author.says("By the rule: spam. The same words under ten slips.")
    assert findings(author) == []
    author.page.get_by_label("What do you say to it?").fill("It was a joke among friends.")
    author.page.get_by_role("button", name="Appeal").click()
    author.says("You appealed. Another moderator answers.")
    case = case_of(queue(first), "Slip", star)
    case.get_by_text("It was a joke among friends.").wait_for()
    assert findings(first) == []
    first.provokes(403, f"/v1/moderation/cases/slip/{slip_id}/appeal")
    case.get_by_label("Reason").fill("It is one.")
    case.get_by_role("button", name="Answer the appeal").click()
    first.says("Not answered: you decided this first")
    case = case_of(queue(second), "Slip", star)
    case.get_by_label("Answer").select_option(label="Grant: show it again")
    case.get_by_label("Reason").fill("It is one.")
    case.get_by_role("button", name="Answer the appeal").click()
    second.says("Decided: Grant")
    author.open("/decisions").says("Your appeal was granted. It is one.")
    reader.open(f"/slips/{slip_id}").says("Win every day, write to me.")


def test_an_account_is_suspended_from_sharing_and_a_comment_removed(world, page_tree, open_screen, star, fan, moderators):
    loud = person(page_tree, "loud")
    slip_id = share(star, world.match()["markets"][0])
    said = loud.post(f"/v1/slips/{slip_id}/comments", {"text": "Only with me."}, idempotency_key="loud")
    assert said.status_code == 201, said.text
    fan.position = said.headers["slipstream-position"]
    sees(fan, f"/v1/slips/{slip_id}/comments", loud)
    reader = open_screen(fan).open(f"/slips/{slip_id}")
    report(reader, reader.page.get_by_role("button", name=f"Report the comment of {loud.handle}"), "Spam")
    reader.open(f"/profile/{loud.handle}").page.get_by_label(f"More about {loud.handle}").click()
    report(reader, reader.page.get_by_role("button", name="Report", exact=True), "Something else")
    screen = queue(open_screen(moderators[0]))
    decide(case_of(screen, "Comment", loud), "Remove it", "It sells something.", "Spam")
    screen.says("Decided: Remove it")
    decide(case_of(screen, "Account", loud), "Suspend from sharing", "Again and again.")
    screen.says("Decided: Suspend from sharing")
    told = open_screen(loud).provokes(403, f"/v1/slips/{slip_id}/comments").open(f"/slips/{slip_id}")
    told.page.get_by_role("textbox", name="Your comment on the slip").fill("Once more.")
    told.page.get_by_role("button", name="Send", exact=True).click()
    told.says("Not sent: you are suspended from sharing until")
    told.open("/decisions").says("Your account: suspended from sharing")
    told.says("Your comment: removed")


def test_who_is_no_moderator_is_told_so_and_who_is_not_signed_in_too(open_screen, fan):
    open_screen(fan).open("/moderation").says("This page is for moderators.")
    screen = open_screen()
    for path in ("/moderation", "/decisions", "/drafts", "/share", "/muted"):
        screen.open(path).says("Sign in to see")
