"""Likes and comments over HTTP, with no projector running: what streams say decides who may, and every answer can be repeated."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.process_tree import Person, Tree, open_match, problem_of

NOWHERE = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
ALIKE = ("content-type", "cache-control", "slipstream-position", "x-content-type-options", "www-authenticate", "content-length")
ZALGO = "Z" + "\u0301" * 20


@pytest.fixture(scope="module")
def market(tree: Tree, trader: Person) -> dict[str, Any]:
    """A market that the board shows; from then on nothing projects."""
    market = open_match(trader, "comments")
    tree.end("project")
    return market


@pytest.fixture(scope="module")
def ben(tree: Tree) -> Person:
    return tree.bettor("ben")


@pytest.fixture(scope="module")
def eve(tree: Tree) -> Person:
    return tree.bettor("eve_1")


@pytest.fixture
def slip_id(market: dict[str, Any], ada: Person, request: pytest.FixtureRequest) -> str:
    """A public pick of Ada's."""
    return pick(ada, market, request.node.name)


def pick(person: Person, market: dict[str, Any], key: str, **said: Any) -> str:
    leg = {"market_id": market["market_id"], "selection": "draw", "odds": "9/1"}
    shared = person.post("/v1/slips", {"pick": {"type": "single", "legs": [leg]}, **said}, idempotency_key=key)
    assert shared.status_code == 201, shared.text
    return str(shared.json()["slip_id"])


def comment(person: Person, slip_id: str, key: str, text: str, **said: Any) -> httpx.Response:
    return person.post(f"/v1/slips/{slip_id}/comments", {"text": text, **said}, idempotency_key=key)


@pytest.mark.parametrize("reaction", ["like", "repost", "save"])
def test_a_reaction_is_given_and_taken_back_and_each_repeat_is_answered_alike(ben: Person, slip_id: str, reaction: str):
    path = f"/v1/slips/{slip_id}/{reaction}"
    never = ben.delete(path)
    assert (never.status_code, never.json()["given"]) == (200, False)
    given = ben.put(path)
    assert given.status_code == 200, given.text
    assert (given.json()["slip_id"], given.json()["reaction"], given.json()["given"]) == (slip_id, reaction, True)
    assert ben.put(path).content == given.content
    taken = ben.delete(path)
    assert (taken.status_code, taken.json()["given"]) == (200, False)
    assert ben.delete(path).content == taken.content


def test_a_like_is_answered_alike_with_the_framework_and_without_it(ben: Person, slip_id: str):
    """With a query the framework answers, without one the protocol's own route."""
    for method in ("PUT", "DELETE"):
        for asked in (slip_id, NOWHERE, "nonsense", slip_id.upper()):
            direct, framed = (ben.client.request(method, f"/v1/slips/{asked}/like{query}") for query in ("", "?x=1"))
            assert (direct.status_code, direct.content) == (framed.status_code, framed.content)
            assert {name: direct.headers.get(name) for name in ALIKE} == {name: framed.headers.get(name) for name in ALIKE}
    bare = [httpx.put(f"{ben.client.base_url}/v1/slips/{slip_id}/like{query}") for query in ("", "?x=1")]
    assert [each.status_code for each in bare] == [401, 401]
    assert bare[0].content == bare[1].content


def test_a_slip_for_followers_is_answered_as_a_missing_one_and_is_not_reposted(ada: Person, ben: Person, eve: Person, slip_id: str):
    assert ada.client.patch(f"/v1/slips/{slip_id}", json={"visibility": "followers"}).status_code == 200
    for ask in ("like", "repost", "save"):
        hidden, missing = eve.put(f"/v1/slips/{slip_id}/{ask}"), eve.put(f"/v1/slips/{NOWHERE}/{ask}")
        assert (hidden.status_code, problem_of(hidden)) == (404, "slip-unknown")
        assert hidden.content.replace(slip_id.encode(), NOWHERE.encode()) == missing.content
    assert problem_of(comment(eve, slip_id, "hidden", "Hello")) == "slip-unknown"
    assert ben.put(f"/v1/follows/{ada.account_id}").status_code == 200
    assert ben.put(f"/v1/slips/{slip_id}/like").status_code == 200
    assert problem_of(ben.put(f"/v1/slips/{slip_id}/repost")) == "slip-for-followers"


def test_a_comment_is_posted_answered_edited_and_deleted(ada: Person, ben: Person, slip_id: str):
    said = "Home all the way \N{SMILING FACE WITH SUNGLASSES}, @ADA\r\n\r\n\r\nwhat about cafe\u0301? <b>"
    posted = comment(ben, slip_id, "first", said)
    assert posted.status_code == 201, posted.text
    body = posted.json()
    assert body["text"] == "Home all the way \N{SMILING FACE WITH SUNGLASSES}, @ADA\n\nwhat about caf\u00e9? <b>"
    assert (body["author"]["handle"], body["mentions"], body["parent_id"], body["edited"]) == ("ben", [ada.account_id], None, False)
    assert comment(ben, slip_id, "first", said).content == posted.content
    assert problem_of(comment(ben, slip_id, "first", "Away.")) == "comment-key-reused"

    reply = comment(ada, slip_id, "reply", "Thanks, @ben", parent_id=body["comment_id"])
    assert (reply.status_code, reply.json()["parent_id"]) == (201, body["comment_id"])
    assert problem_of(comment(ben, slip_id, "deeper", "No.", parent_id=reply.json()["comment_id"])) == "reply-to-reply"
    assert problem_of(comment(ben, slip_id, "nowhere", "No.", parent_id=NOWHERE)) == "comment-unknown"

    path = f"/v1/comments/{body['comment_id']}"
    edited = ben.client.patch(path, json={"text": "Draw after all."})
    now = edited.json()
    assert (edited.status_code, now["text"], now["edited"], now["mentions"]) == (200, "Draw after all.", True, [])
    assert ben.client.patch(path, json={"text": "Draw after all."}).content == edited.content
    assert problem_of(ada.client.patch(path, json={"text": "Mine."})) == "comment-unknown"

    deleted = ada.delete(path)
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, True)
    assert ada.delete(path).content == ben.delete(path).content == deleted.content
    assert problem_of(ben.client.patch(path, json={"text": "Again."})) == "comment-unknown"
    assert comment(ben, slip_id, "first", said).content == posted.content


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "text-empty"),
        (" \n ", "text-empty"),
        ("x" * 1_001, "text-too-long"),
        ("admin\u202etxt.exe", "text-malformed"),
        ("zero\u200bwidth", "text-malformed"),
        (ZALGO, "text-malformed"),
        ("Hello @nobody_here", "mention-unknown"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(ben: Person, slip_id: str, text: str, problem: str):
    refused = comment(ben, slip_id, "refused", text)
    assert (refused.status_code, problem_of(refused)) == (422, problem)


def test_a_block_ends_what_two_can_say_to_each_other_at_once(ada: Person, ben: Person, eve: Person, slip_id: str):
    parent_id = comment(eve, slip_id, "of eve", "Hello").json()["comment_id"]
    assert comment(ben, slip_id, "to eve", "Hello, @eve_1", parent_id=parent_id).status_code == 201
    assert eve.put(f"/v1/blocks/{ben.account_id}").status_code == 200
    assert problem_of(comment(ben, slip_id, "to eve again", "Hello", parent_id=parent_id)) == "comment-unknown"
    assert problem_of(comment(ben, slip_id, "mention", "Hello, @eve_1")) == "mention-unknown"
    assert ada.client.patch(f"/v1/slips/{slip_id}", json={"replies_closed": True}).status_code == 200
    assert problem_of(comment(ben, slip_id, "closed", "Hello")) == "replies-closed"
    assert comment(ada, slip_id, "still open", "Hello").status_code == 201


def test_replies_close_at_the_moment_that_the_author_says(ada: Person, ben: Person, slip_id: str):
    in_a_year = {"replies_close_at": (datetime.now(UTC) + timedelta(days=360)).isoformat()}  # noqa: TID251  (a person looks at a clock)
    told = ada.client.patch(f"/v1/slips/{slip_id}", json=in_a_year)
    assert (told.status_code, told.json().get("replies_closed")) == (200, False), told.text
    assert comment(ben, slip_id, "before then", "Hello").status_code == 201
    for refused in ({"replies_close_at": "2020-01-01T00:00:00Z"}, {"replies_close_at": "2099-01-01T00:00:00Z"}):
        assert problem_of(ada.client.patch(f"/v1/slips/{slip_id}", json=refused)) == "closing-time-out-of-range"
    assert ada.client.patch(f"/v1/slips/{slip_id}", json=in_a_year | {"replies_closed": True}).status_code == 422
    assert ada.client.patch(f"/v1/slips/{slip_id}", json={"replies_closed": False}).json()["replies_close_at"] is None


def test_what_one_wrote_is_exported_as_one_wrote_it(ada: Person):
    name = "Ada \N{SMILING FACE WITH SUNGLASSES}"
    assert ada.client.patch("/v1/account", json={"display_name": name}).status_code == 200
    for marked in ({"bio": "What a shitty bet"}, {"display_name": "sh1t", "bio": "Home all the way"}):
        assert problem_of(ada.client.patch("/v1/account", json=marked)) == "profile-marked"
    assert ada.put("/v1/muted-words", {"word": "Own Goal"}).status_code == 200
    *facts, _ = [json.loads(line) for line in ada.get("/v1/account/export").text.splitlines()]
    assert [fact["position"] for fact in facts] == sorted(fact["position"] for fact in facts)
    assert [fact["word"] for fact in facts if fact["fact"] == "mutes.word_muted.v1"] == ["own goal"]
    assert "Hello" in [fact["text"] for fact in facts if fact["fact"] == "comment.posted.v2"]
    assert [fact["display_name"] for fact in facts if fact.get("fact") == "profile.changed.v1"] == [name]


def test_an_erased_account_writes_no_more(tree: Tree, slip_id: str):
    zoe = tree.bettor("zoe")
    for _ in range(2):
        erased = tree.run("accounts", "erase", "zoe", "--yes")
        assert erased.returncode == 0, erased.stderr
    zoe.sign_in("zoe")
    refused = comment(zoe, slip_id, "gone", "Hello")
    assert (refused.status_code, problem_of(refused)) == (409, "account-erased")
    assert tree.run("accounts", "erase", "nobody_here", "--yes").returncode == 1


def test_what_people_wrote_is_nowhere_in_the_log_and_the_audit_proves_the_rest(tree: Tree, ben: Person, slip_id: str):
    ben.put(f"/v1/slips/{slip_id}/like")
    posted = comment(ben, slip_id, "sealed", "A very secret sentence")
    assert problem_of(ben.post(f"/v1/slips/{slip_id}/comments", {"text": "Without a key"})) == "key-missing"
    facts = tree.run("replay", "--stream", posted.json()["comment_id"], "--json")
    assert facts.returncode == 0, facts.stderr
    assert "s1." in facts.stdout
    assert "secret" not in facts.stdout
    proved = tree.run("audit", "verify", "--log-only")
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_what_the_word_filter_marks_its_author_alone_sees_and_is_told_so_at_each_attempt(
    market: dict[str, Any], ada: Person, ben: Person, eve: Person, slip_id: str
):
    rude = comment(ben, slip_id, "rude", "What a s.h.i.t.t.y call")
    assert (rude.status_code, rude.json()["held_rule"]) == (201, "words")
    assert comment(ben, slip_id, "rude", "What a s.h.i.t.t.y call").content == rude.content
    reply = comment(eve, slip_id, "reply to rude", "No.", parent_id=rude.json()["comment_id"])
    assert problem_of(reply) == "comment-unknown"
    fair = comment(ben, slip_id, "fair", "What a tidy call")
    assert fair.json()["held_rule"] is None
    assert ben.client.patch(f"/v1/comments/{fair.json()['comment_id']}", json={"text": "What a shit call"}).json()["held_rule"] == "words"
    leg = {"market_id": market["market_id"], "selection": "draw", "odds": "9/1"}
    shared = ada.post("/v1/slips", {"pick": {"type": "single", "legs": [leg]}, "caption": "Shit odds"}, idempotency_key="rude")
    assert (shared.status_code, shared.json()["held_rule"]) == (201, "words")
    assert comment(ben, shared.json()["slip_id"], "below", "Sure?").status_code == 404
