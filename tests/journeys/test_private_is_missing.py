"""Every route that names a slip, a comment or an account answers for a private one as for a missing one: the same status and bytes."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from domain.ids import derived
from tests.journeys.process_tree import Person, Tree, open_match

NOBODY = derived("slip", "that nobody shared")

OF_SLIP: Mapping[str, tuple[str, str, Any]] = {
    "readSlip": ("GET", "/v1/slips/{id}", None),
    "listComments": ("GET", "/v1/slips/{id}/comments", None),
    "listLikes": ("GET", "/v1/slips/{id}/likes", None),
    "changeSlip": ("PATCH", "/v1/slips/{id}", {"visibility": "public"}),
    "removeSlip": ("DELETE", "/v1/slips/{id}", None),
    "tailSlip": ("POST", "/v1/slips/{id}/tail", {"stake_minor": 1_00}),
    "likeSlip": ("PUT", "/v1/slips/{id}/like", None),
    "unlikeSlip": ("DELETE", "/v1/slips/{id}/like", None),
    "repostSlip": ("PUT", "/v1/slips/{id}/repost", None),
    "withdrawRepost": ("DELETE", "/v1/slips/{id}/repost", None),
    "saveSlip": ("PUT", "/v1/slips/{id}/save", None),
    "unsaveSlip": ("DELETE", "/v1/slips/{id}/save", None),
    "muteThread": ("PUT", "/v1/slips/{id}/mute", None),
    "unmuteThread": ("DELETE", "/v1/slips/{id}/mute", None),
    "postComment": ("POST", "/v1/slips/{id}/comments", {"text": "Nice."}),
    "report": ("POST", "/v1/reports", {"slip_id": "{id}", "reason": "spam"}),
}
OF_COMMENT: Mapping[str, tuple[str, str, Any]] = {
    "editComment": ("PATCH", "/v1/comments/{id}", {"text": "Nice."}),
    "deleteComment": ("DELETE", "/v1/comments/{id}", None),
    "report": ("POST", "/v1/reports", {"comment_id": "{id}", "reason": "spam"}),
}
OF_ACCOUNT: Mapping[str, tuple[str, str, Any]] = {
    "readAccount": ("GET", "/v1/accounts/{id}", None),
    "listAccountSlips": ("GET", "/v1/accounts/{id}/slips", None),
    "readRecord": ("GET", "/v1/accounts/{id}/record", None),
    "listFollowers": ("GET", "/v1/accounts/{id}/followers", None),
    "listFollowing": ("GET", "/v1/accounts/{id}/following", None),
    "followAccount": ("PUT", "/v1/follows/{id}", None),
    "unfollowAccount": ("DELETE", "/v1/follows/{id}", None),
    "acceptFollowRequest": ("PUT", "/v1/follow-requests/{id}", None),
    "declineFollowRequest": ("DELETE", "/v1/follow-requests/{id}", None),
    "removeFollower": ("DELETE", "/v1/followers/{id}", None),
    "blockAccount": ("PUT", "/v1/blocks/{id}", None),
    "unblockAccount": ("DELETE", "/v1/blocks/{id}", None),
    "muteAccount": ("PUT", "/v1/mutes/{id}", None),
    "unmuteAccount": ("DELETE", "/v1/mutes/{id}", None),
    "report": ("POST", "/v1/reports", {"account_id": "{id}", "reason": "spam"}),
}
NAMES = {"slip_id", "comment_id", "account_id", "account"}
STAFF = ("/v1/moderation/", "/v1/trading/", "/v1/compliance/", "/v1/audit/", "/v1/accounts/{account_id}/")
OWN_HEADERS = ("content-type", "content-length")


@pytest.fixture(scope="module")
def star(tree: Tree) -> Person:
    return tree.bettor("private_star", funds_minor=100_00)


@pytest.fixture(scope="module")
def fan(tree: Tree) -> Person:
    return tree.bettor("stranger_to_star", funds_minor=100_00)


@pytest.fixture(scope="module")
def hidden(trader: Person, star: Person, fan: Person) -> Mapping[str, str]:
    """A slip for followers, a comment on it, and its author, who blocks the fan; what each is answered for."""
    market = open_match(trader, "private")
    bet_id = star.bet(market, "home", 10_00, "private").json()["bet_id"]
    shared = star.post("/v1/slips", {"bet_id": bet_id, "visibility": "followers"})
    assert shared.status_code == 201, shared.text
    slip_id = shared.json()["slip_id"]
    said = star.post(f"/v1/slips/{slip_id}/comments", {"text": "Mine."}, idempotency_key="private")
    assert said.status_code == 201, said.text
    assert star.put(f"/v1/blocks/{fan.account_id}").is_success
    fan.position = star.position
    return {"slip": slip_id, "comment": said.json()["comment_id"], "account": star.account_id}


def answer_of(who: Person, after: str, asked: tuple[str, str, Any], item_id: str) -> httpx.Response:
    method, path, body = asked
    named = {name: value.replace("{id}", item_id) if isinstance(value, str) else value for name, value in (body or {}).items()}
    headers = {"Slipstream-After": after} if method == "GET" else {"Idempotency-Key": f"{path} {item_id}"} if method == "POST" else {}
    return who.client.request(method, path.replace("{id}", item_id), json=named if body is not None else None, headers=headers)


def told(answer: httpx.Response, item_id: str) -> tuple[Any, ...]:
    """What an answer says, without the id that was asked for and the position that it was answered at."""
    text = answer.text.replace(item_id, "ID")
    if answer.is_success:
        text = str({name: value for name, value in answer.json().items() if name != "position"}).replace(item_id, "ID")
    headers = {name: answer.headers.get(name) for name in OWN_HEADERS if not answer.is_success or name != "content-length"}
    return answer.status_code, text, headers


ROUTES = [(kind, name) for kind, routes in (("slip", OF_SLIP), ("comment", OF_COMMENT), ("account", OF_ACCOUNT)) for name in routes]
OF = {"slip": OF_SLIP, "comment": OF_COMMENT, "account": OF_ACCOUNT}


@pytest.mark.parametrize(("kind", "name"), ROUTES)
def test_what_is_private_is_answered_with_the_bytes_of_what_is_missing(star: Person, fan: Person, hidden: Any, kind: str, name: str):
    asked, after = OF[kind][name], star.position
    private, missing = (answer_of(fan, after, asked, item_id) for item_id in (hidden[kind], NOBODY))
    assert told(private, hidden[kind]) == told(missing, NOBODY)
    assert private.status_code in (200, 404)


def test_every_route_that_names_a_slip_a_comment_or_an_account_is_asked(tree: Tree):
    paths = tree.visitor().client.get("/openapi.json").json()["paths"]
    naming = {
        operation["operationId"]
        for path, operations in paths.items()
        for operation in operations.values()
        if not path.startswith(STAFF) and {each["name"] for each in operation.get("parameters", ())} & NAMES
    }
    assert naming == {name for _, name in ROUTES} - {"report"}
