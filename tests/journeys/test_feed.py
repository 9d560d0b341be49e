"""The feed over HTTP: what is shared is shown to those who may see it, as it stands now, and to nobody else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.ids import derived
from projections.social.registry import VIEWS
from tests.journeys.process_tree import Person, Tree, grade, open_match, problem_of, until, verified

NOBODY = derived("slip", "nobody")


@pytest.fixture(scope="module")
def star(tree: Tree) -> Person:
    return tree.bettor("Star", funds_minor=100_00)


@pytest.fixture(scope="module")
def fan(tree: Tree) -> Person:
    return tree.bettor("fan", funds_minor=100_00)


@pytest.fixture(scope="module")
def stranger(tree: Tree) -> Person:
    return tree.bettor("stranger")


def shared(person: Person, market: dict[str, Any], key: str, **said: Any) -> str:
    """Bet on home, share the bet, and return the slip's id."""
    struck = person.bet(market, "home", 10_00, key)
    assert struck.status_code == 201, struck.text
    body = {"bet_id": struck.json()["bet_id"], "stake_shown": "amount", **said}
    answer = person.post("/v1/slips", body, idempotency_key=f"share {key}")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["slip_id"])


def feed(person: Person, after: Person, **asked: Any) -> dict[str, Any]:
    """The feed of a person, once it shows what another one did."""
    answer = person.client.get("/v1/feed", params=asked, headers={"Slipstream-After": after.position})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(page: dict[str, Any]) -> list[str]:
    return [item["slip_id"] for item in page["items"]]


def same(answer: httpx.Response, slip_id: str) -> tuple[int, str]:
    return answer.status_code, answer.text.replace(slip_id, "ID")


def test_a_bet_that_is_shared_lives_in_the_feed_of_who_follows(trader: Person, second_trader: Person, star: Person, fan: Person):
    market = open_match(trader, "feed")
    fan.put(f"/v1/follows/{star.account_id}")
    slip_id = shared(star, market, "first", caption="Home all the way.", tags=["derby"])
    (item,) = feed(fan, star, tab="following")["items"]
    assert (item["slip_id"], item["author"]) == (slip_id, {"account_id": star.account_id, "handle": "Star"})
    assert (item["caption"], item["tags"], item["verified"], item["liked"], item["likes"]) == (
        "Home all the way.",
        ["derby"],
        True,
        False,
        0,
    )
    bet = item["bet"]
    assert (bet["status"], bet["stake_minor"], bet["returns_minor"], bet["bet_id"]) == ("open", 10_00, None, None)
    (leg,) = bet["legs"]
    assert (leg["odds"], leg["current_odds"], leg["result"], leg["fixture"]["home"]) == ("2.35", "2.35", "open", "Home feed")

    fan.put(f"/v1/slips/{slip_id}/like")
    fan.put(f"/v1/slips/{slip_id}/save")
    shown = fan.get(f"/v1/slips/{slip_id}").json()
    assert (shown["likes"], shown["liked"], shown["saves"], shown["saved"], shown["reposted"]) == (1, True, 1, True, False)
    assert [
        each["handle"] for each in star.client.get(f"/v1/slips/{slip_id}/likes", headers={"Slipstream-After": fan.position}).json()["items"]
    ] == ["fan"]

    grade(trader, second_trader, market, 2, 0)
    settled = until(lambda: (now := fan.get(f"/v1/slips/{slip_id}").json())["bet"]["status"] == "won" and now, "the slip is won")
    assert (settled["bet"]["returns_minor"], settled["bet"]["legs"][0]["result"]) == (23_50, "won")
    record = fan.get("/v1/accounts/star/record").json()
    assert (record["bets"], record["won"], record["profit_minor"], record["roi_bp"], record["average_odds"]) == (
        1,
        1,
        13_50,
        13_500,
        "2.350",
    )
    assert [(each["name"], each["profit_minor"]) for each in (*record["by_sport"], *record["by_market_type"])] == [
        ("football", 13_50),
        ("match_result", 13_50),
    ]
    assert (record["closing_line_bets"], record["closing_line_bp"], record["streaks"]["current"]) == (1, 0, 1)
    assert fan.get("/v1/accounts/star/record", currency="USD").json()["bets"] == 0
    board = fan.get("/v1/leaderboards", window="7d", sport="football", among="following").json()
    assert (board["items"], board["next_cursor"]) == ([], None), "nobody is ranked by one bet"
    assert fan.get("/v1/leaderboards", cursor="not one").json()["type"].endswith("cursor-malformed")


def test_what_one_may_not_see_is_answered_as_what_does_not_exist(trader: Person, star: Person, fan: Person, stranger: Person):
    market = open_match(trader, "hidden")
    fan.put(f"/v1/follows/{star.account_id}")
    slip_id = shared(star, market, "hidden", visibility="followers")
    assert ids(feed(fan, star))[0] == slip_id
    for path in ("", "/comments", "/likes"):
        hidden, missing = (
            stranger.client.get(f"/v1/slips/{each}{path}", headers={"Slipstream-After": star.position}) for each in (slip_id, NOBODY)
        )
        assert hidden.status_code == 404
        assert same(hidden, slip_id) == same(missing, NOBODY)
    of_star = f"/v1/accounts/{star.account_id}"
    assert slip_id not in ids(stranger.client.get(f"{of_star}/slips", headers={"Slipstream-After": star.position}).json())
    assert slip_id in ids(fan.get(f"{of_star}/slips").json())
    on_match = f"/v1/fixtures/{market['fixture_id']}/slips"
    assert (ids(stranger.get(on_match).json()), ids(fan.get(on_match).json())) == ([], [slip_id])

    star.put(f"/v1/blocks/{fan.account_id}")
    assert feed(fan, star, tab="following")["items"] == []
    blocked = fan.client.get(of_star, headers={"Slipstream-After": star.position})
    assert problem_of(blocked) == "account-unknown"
    assert star.get(f"/v1/accounts/{fan.account_id}").json()["relation"]["blocked"] is True
    star.delete(f"/v1/blocks/{fan.account_id}")


def test_comments_are_shown_in_two_levels_and_a_deleted_one_keeps_its_replies(trader: Person, star: Person, fan: Person):
    slip_id = shared(star, open_match(trader, "talk"), "talk")
    said = fan.post(f"/v1/slips/{slip_id}/comments", {"text": "Never."}, idempotency_key="c1").json()
    reply = star.post(f"/v1/slips/{slip_id}/comments", {"text": "Wait.", "parent_id": said["comment_id"]}, idempotency_key="c2")
    assert reply.status_code == 201, reply.text
    page = star.get(f"/v1/slips/{slip_id}/comments").json()
    (comment,) = page["items"]
    assert (comment["text"], comment["author"]["handle"], comment["replies_count"]) == ("Never.", "fan", 1)
    assert [each["text"] for each in comment["replies"]] == ["Wait."]
    assert fan.delete(f"/v1/comments/{said['comment_id']}").status_code == 200
    (comment,) = fan.get(f"/v1/slips/{slip_id}/comments").json()["items"]
    assert (comment["text"], comment["author"], comment["deleted"]) == (None, None, True)
    assert [each["text"] for each in comment["replies"]] == ["Wait."]
    assert fan.get(f"/v1/slips/{slip_id}").json()["comments"] == 1


def test_pages_follow_each_other_and_a_stranger_is_shown_what_is_trending(trader: Person, star: Person, fan: Person, stranger: Person):
    market = open_match(trader, "pages")
    fan.put(f"/v1/follows/{star.account_id}")
    mine = [shared(star, market, f"page {number}") for number in range(3)]
    fan.put(f"/v1/slips/{mine[0]}/like")
    first = feed(fan, star, tab="following", limit=2)
    then = feed(fan, star, tab="following", limit=2, cursor=first["next_cursor"])
    assert [*ids(first), *ids(then)][:3] == mine[::-1]
    assert problem_of(fan.get("/v1/feed", cursor="x")) == "cursor-malformed"
    marker = feed(fan, star)["marker"]
    assert fan.get("/v1/feed/new", since=marker).json() == {"count": 0, "more": False}
    tagged = shared(star, market, "newest", tags=["new_ones"])
    new = fan.client.get("/v1/feed/new", params={"since": marker}, headers={"Slipstream-After": star.position})
    assert new.json() == {"count": 1, "more": False}
    assert [problem_of(fan.get("/v1/feed/new", since=each)) for each in ("x", first["next_cursor"])] == ["cursor-malformed"] * 2
    fixture = fan.get(f"/v1/fixtures/{market['fixture_id']}").json()
    for path in ("/v1/tags/New_Ones/slips", f"/v1/competitions/{fixture['sport']}/{fixture['competition']}/slips"):
        assert ids(stranger.client.get(path, params={"limit": 1}, headers={"Slipstream-After": star.position}).json()) == [tagged]
    assert stranger.get("/v1/competitions/football/Nowhere/or so/slips").json() == {"items": [], "next_cursor": None}
    assert mine[0] in ids(feed(stranger, fan))
    assert mine[0] in ids(stranger.get("/v1/trending", sport="football").json())
    assert stranger.get("/v1/trending", sport="tennis").json()["items"] == []


def test_what_one_saved_is_listed_page_by_page_as_long_as_one_may_see_it(tree: Tree, trader: Person, stranger: Person):
    star, fan = tree.bettor("shows_much", funds_minor=100_00), tree.bettor("keeps_much")
    market = open_match(trader, "saved")
    mine = [shared(star, market, f"saved {number}") for number in range(4)]
    for slip_id in (mine[2], mine[0], mine[3], mine[1]):
        assert fan.put(f"/v1/slips/{slip_id}/save").is_success
    first = fan.get("/v1/saved-slips", limit=3).json()
    then = fan.get("/v1/saved-slips", limit=3, cursor=first["next_cursor"]).json()
    assert (ids(first), ids(then), then["next_cursor"]) == ([mine[1], mine[3], mine[0]], [mine[2]], None)
    assert all(item["saved"] for item in first["items"])
    assert stranger.get("/v1/saved-slips").json() == {"items": [], "next_cursor": None}
    assert problem_of(fan.get("/v1/saved-slips", cursor="x")) == "cursor-malformed"
    fan.delete(f"/v1/slips/{mine[3]}/save")
    assert star.client.patch(f"/v1/slips/{mine[1]}", json={"visibility": "followers"}).is_success
    star.delete(f"/v1/slips/{mine[0]}")
    left = fan.client.get("/v1/saved-slips", params={"limit": 1}, headers={"Slipstream-After": star.position}).json()
    assert (ids(left), left["next_cursor"]) == ([mine[2]], None), "older ones are shown where the newest are not"
    fan.put(f"/v1/mutes/{star.account_id}", {})
    assert fan.get("/v1/saved-slips").json()["items"] == []
    fan.delete(f"/v1/mutes/{star.account_id}")
    star.put(f"/v1/blocks/{fan.account_id}")
    kept = fan.client.get("/v1/saved-slips", headers={"Slipstream-After": star.position}).json()
    assert kept == {"items": [], "next_cursor": None}
    star.delete(f"/v1/blocks/{fan.account_id}")
    again = fan.client.get("/v1/saved-slips", headers={"Slipstream-After": star.position}).json()
    assert ids(again) == [mine[2]]


def test_a_search_finds_what_one_may_see_and_refuses_by_name_what_is_no_search(
    tree: Tree, trader: Person, star: Person, fan: Person, stranger: Person
):
    tree.start("search")
    market = open_match(trader, "sought")
    slip_id = shared(star, market, "sought", tags=["rare_find"], caption="Found.")

    def found(person: Person, q: str, **asked: str) -> list[Any]:
        answer = person.client.get("/v1/search", params={"q": q, **asked}, headers={"Slipstream-After": star.position})
        assert answer.status_code == 200, answer.text
        return [each[each["kind"]] for each in answer.json()["items"]]

    account = {"account_id": star.account_id, "handle": "Star"}
    until(lambda: found(stranger, "STA", kind="account") == [account], "the index is filled")
    assert [each["name"] for each in found(fan, "HÖME sough", kind="team")] == ["Home sought"]
    tag, slip = found(fan, "#rare")
    assert (tag, slip["slip_id"], slip["caption"]) == ("rare_find", slip_id, "Found.")
    star.put(f"/v1/blocks/{fan.account_id}")
    assert (found(fan, "star"), found(fan, "#rare"), len(found(stranger, "#rare"))) == ([], [], 2)
    assert found(star, "fan", kind="account") == []
    star.delete(f"/v1/blocks/{fan.account_id}")
    star.client.patch(f"/v1/slips/{slip_id}", json={"visibility": "followers"})
    star.delete(f"/v1/slips/{slip_id}")
    assert found(stranger, "#rare") == []
    for q in ("", "&|!", "x" * 5_000, "a\0b", "a\u202eb"):
        refused = fan.get("/v1/search", q=q)
        assert (refused.status_code, problem_of(refused)) == (422, "search-malformed")
    assert problem_of(fan.get("/v1/search", q="star", cursor="x")) == "cursor-malformed"
    rebuilt = tree.run("search", "rebuild")
    assert (rebuilt.returncode, rebuilt.stdout) == (0, "search is rebuilt.\n"), rebuilt.stderr
    assert found(stranger, "star", kind="account") == [account]
    found = verified(tree.bettor("auditor_of_search", role="auditor"))
    assert (found["status"], found["figures"]["search_compared"]) == ("clean", True)


def test_an_account_is_shown_by_its_handle_with_its_followers(star: Person, fan: Person, stranger: Person):
    fan.put(f"/v1/follows/{star.account_id}")
    star.client.patch("/v1/account", json={"bio": "Underdogs only.", "private": True})
    asked = stranger.put(f"/v1/follows/{star.account_id}")
    assert asked.json()["requested"] is True
    shown = until(lambda: (found := stranger.get("/v1/accounts/STAR").json())["bio"] and found, "the profile is shown")
    assert (shown["handle"], shown["bio"], shown["private"], shown["followers"]) == ("Star", "Underdogs only.", True, 1)
    assert shown["relation"]["requested"] is True
    followers = f"/v1/accounts/{star.account_id}/followers"
    assert [each["handle"] for each in stranger.get(followers).json()["items"]] == ["fan"]
    star.position = stranger.position
    assert [each["handle"] for each in star.get("/v1/follow-requests").json()["items"]] == ["stranger"]
    assert [each["handle"] for each in fan.get("/v1/accounts/fan/following").json()["items"]] == ["Star"]
    assert problem_of(fan.get("/v1/accounts/nobody")) == "account-unknown"


def test_a_code_opens_at_the_prices_of_the_moment_with_started_legs_marked(trader: Person, star: Person, fan: Person):
    market = open_match(trader, "code", live=False)
    body = {"legs": [{"market_id": market["market_id"], "selection": "home"}]}
    code = star.post("/v1/drafts", body, idempotency_key="code").json()["code"]
    assert [each["code"] for each in star.get("/v1/drafts").json()["items"]] == [code]
    fan.position = star.position
    hidden, none = fan.get(f"/v1/codes/{code}"), fan.get("/v1/codes/0000000000")
    assert (hidden.status_code, hidden.text.replace(code, "0000000000")) == (404, none.text)
    star.put(f"/v1/drafts/{code}/published")
    fan.position = star.position
    opened = fan.get(f"/v1/codes/{code.lower()}").json()
    assert (opened["verified"], opened["own"], opened["legs"][0]["odds"], opened["legs"][0]["started"]) == (False, False, "2.35", False)
    trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/kick-off")
    fan.position = trader.position
    assert fan.get(f"/v1/codes/{code}").json()["legs"][0]["started"] is True
    assert problem_of(fan.post(f"/v1/codes/{code}/bet", {"stake_minor": 1_00}, idempotency_key="late")) == "draft-over"


def test_words_and_threads_are_muted_in_lists_and_listed(trader: Person, star: Person, fan: Person):
    market = open_match(trader, "mutes")
    slip_id = shared(star, market, "mutes")
    listed = f"/v1/fixtures/{market['fixture_id']}/slips"
    remark = star.post(f"/v1/slips/{slip_id}/comments", {"text": "What a GOAL."}, idempotency_key="mutes").json()
    muted = fan.put("/v1/muted-words", {"word": " #Goal "})
    assert fan.put("/v1/muted-words", {"word": "GOAL"}).json()["word_id"] == muted.json()["word_id"]
    (word,) = fan.get("/v1/muted-words").json()["items"]
    assert (word["word"], word["until"]) == ("goal", None)
    assert fan.get(f"/v1/slips/{slip_id}/comments").json()["items"] == []
    path = f"/v1/muted-words/{word['word_id']}"
    assert fan.delete(path).content == fan.delete(path).content
    assert [each["comment_id"] for each in fan.get(f"/v1/slips/{slip_id}/comments").json()["items"]] == [remark["comment_id"]]
    assert problem_of(fan.put("/v1/muted-words", {"word": "x" * 51})) == "text-too-long"
    assert problem_of(fan.put("/v1/muted-words", {"word": "#"})) == "text-empty"
    assert problem_of(fan.put("/v1/muted-words", {"word": "x", "until": "2020-01-01T00:00:00Z"})) == "muted-until-out-of-range"
    assert fan.put(f"/v1/slips/{slip_id}/mute").json()["muted"] is True
    assert [each["slip_id"] for each in fan.get("/v1/muted-threads").json()["items"]] == [slip_id]
    assert fan.get(listed).json()["items"] == []
    assert fan.delete(f"/v1/slips/{slip_id}/mute").json()["muted"] is False
    assert ids(fan.get(listed).json()) == [slip_id]
    assert problem_of(fan.put(f"/v1/slips/{star.account_id}/mute")) == "slip-unknown"


def test_a_match_is_moved_and_the_slip_follows_it_to_its_new_time(trader: Person, star: Person, fan: Person):
    at = "2030-06-{}T19:00:00Z".format
    match = {"sport": "football", "competition": "Cup", "home": "Moved", "away": "Away", "kick_off": at(11)}
    fixture_id = trader.post("/v1/trading/fixtures", match, idempotency_key="moved").json()["fixture_id"]
    selections = [{"selection": each, "name": each, "odds": odds} for each, odds in (("home", "2.35"), ("draw", "3.4"), ("away", "10/11"))]
    body = {"fixture_id": fixture_id, "type": "match_result", "selections": selections}
    market_id = trader.post("/v1/trading/markets", body, idempotency_key="moved").json()["market_id"]
    slip_id = shared(star, {"market_id": market_id, "version": 1, "selections": selections}, "moved")
    moved = trader.put(f"/v1/trading/fixtures/{fixture_id}/schedule", {"kick_off": at(13)})
    assert (moved.status_code, moved.json()["status"]) == (200, "scheduled")
    after = {"Slipstream-After": trader.position}
    answer = until(lambda: (got := fan.client.get(f"/v1/slips/{slip_id}", headers=after)).status_code == 200 and got, "the slip is shown")
    seen = answer.json()
    (leg,) = seen["bet"]["legs"]
    assert (leg["fixture"]["kick_off"], leg["fixture"]["moved_from"], leg["fixture"]["status"]) == (at(13), at(11), "scheduled")
    assert seen["bet"]["status"] == "open"
    far = trader.put(f"/v1/trading/fixtures/{fixture_id}/schedule", {"kick_off": at(15)})
    assert (problem_of(far), far.json()["until"]) == ("kick-off-moved-too-far", at(14))
    assert trader.put(f"/v1/trading/fixtures/{fixture_id}/kick-off").status_code == 200
    assert problem_of(trader.put(f"/v1/trading/fixtures/{fixture_id}/schedule", {"kick_off": at(12)})) == "fixture-begun"


def test_betting_is_not_promoted_to_who_is_in_a_time_out_and_whom_one_follows_stays(tree: Tree, trader: Person):
    market, star = open_match(trader, "promoted"), tree.bettor("promoter", funds_minor=100_00)
    slip_id, resting = shared(star, market, "promoted", tags=["promoted"]), tree.bettor("resting", funds_minor=0)
    lists = (f"/v1/fixtures/{market['fixture_id']}/slips", "/v1/tags/promoted/slips")
    assert star.put(f"/v1/follows/{resting.account_id}").status_code == 200
    assert [ids(read(resting, star, path)) for path in lists] == [[slip_id], [slip_id]]
    until_later = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # noqa: TID251  (a person looks at a clock)
    assert resting.put("/v1/account/time-out", {"until": until_later}).status_code == 200
    for path in (*lists, "/v1/trending", "/v1/suggestions", "/v1/leaderboards", "/v1/feed"):
        assert read(resting, star, path)["items"] == [], path
    assert ids(read(star, star, lists[0])) == [slip_id]
    assert resting.put(f"/v1/follows/{star.account_id}").status_code == 200
    assert [ids(read(resting, resting, path)) for path in lists] == [[slip_id], [slip_id]]
    assert slip_id in ids(read(resting, resting, "/v1/feed"))


def test_the_audit_holds_the_views_of_the_feed_against_the_log(tree: Tree):
    found = tree.run("audit", "verify", "--json")
    assert found.returncode == 0, found.stdout + found.stderr
    assert {view.name for view in VIEWS} <= set(json.loads(found.stdout)["figures"]["views_compared"])


def test_what_is_reported_waits_for_moderators_is_removed_and_its_author_is_told_and_appeals(
    tree: Tree, trader: Person, star: Person, fan: Person, stranger: Person
):
    market = open_match(trader, "moderated")
    slip_id = shared(star, market, "reported", caption="Write to me and win every day.")
    assert problem_of(fan.post("/v1/reports", {"slip_id": slip_id, "reason": "ugly"})) == "report-reason-unknown"
    reported = fan.post("/v1/reports", {"slip_id": slip_id, "reason": "scam"})
    assert reported.status_code == 201, reported.text
    assert (reported.json()["kind"], reported.json()["item_id"]) == ("slip", slip_id)
    assert fan.post("/v1/reports", {"slip_id": slip_id, "reason": "spam"}).status_code == 201
    assert problem_of(stranger.post("/v1/reports", {"slip_id": NOBODY, "reason": "spam"})) == "slip-unknown"
    assert problem_of(star.post("/v1/reports", {"slip_id": slip_id, "reason": "spam"})) == "own-item-reported"
    first, second = (tree.bettor(f"moderator_{number}", role="moderator") for number in (1, 2))
    assert problem_of(fan.get("/v1/moderation/queue")) == "role-missing"
    (waits,) = read(first, fan, "/v1/moderation/queue")["items"]
    assert (waits["item_id"], waits["text"]) == (slip_id, "Write to me and win every day.")
    assert (waits["reports"], waits["reasons"]) == (1, {"scam": 1})
    case = f"/v1/moderation/cases/slip/{slip_id}"
    decision = {"action": "remove", "rule": "scam", "reason": "It asks for money elsewhere."}
    assert problem_of(fan.put(f"{case}/decision", decision)) == "role-missing"
    removed = first.put(f"{case}/decision", decision)
    assert (removed.status_code, removed.json()["status"]) == (200, "removed"), removed.text
    assert first.put(f"{case}/decision", decision).content == removed.content
    until(lambda: fan.get(f"/v1/slips/{slip_id}").status_code == 404, "what a moderator removed is gone")
    assert read(second, first, "/v1/moderation/queue")["items"] == []
    (told,) = read(star, first, "/v1/account/moderation")["items"]
    assert (told["item_id"], told["status"], told["rule"], told["reason"]) == (slip_id, "removed", "scam", decision["reason"])
    appeal = f"/v1/account/moderation/slip/{slip_id}/appeal"
    assert problem_of(fan.put(appeal, {"text": "Mine?"})) == "case-unknown"
    assert star.put(appeal, {"text": "It was a joke."}).json()["appeal"] == "open"
    assert star.put(appeal, {"text": "It was a joke."}).status_code == 200
    (waits,) = read(second, star, "/v1/moderation/queue")["items"]
    assert (waits["appealed"], waits["appeal_text"]) == (True, "It was a joke.")
    answer = {"granted": True, "reason": "It was one."}
    assert problem_of(first.put(f"{case}/appeal", answer)) == "appeal-of-own-decision"
    granted = second.put(f"{case}/appeal", answer)
    assert (granted.status_code, granted.json()["status"]) == (200, None), granted.text
    assert fan.client.get(f"/v1/slips/{slip_id}", headers={"Slipstream-After": second.position}).status_code == 200
    too_long = {"action": "hold", "rule": "spam", "reason": "Every day the same.", "until": "2126-06-11T19:00:00Z"}
    account = f"/v1/moderation/cases/account/{star.account_id}/decision"
    assert problem_of(first.put(account, too_long)) == "suspension-out-of-range"


def read(person: Person, after: Person, path: str) -> dict[str, Any]:
    """What a path shows a person, once it shows what another one did."""
    answer = person.client.get(path, headers={"Slipstream-After": after.position})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
