"""Follow, ask, block and mute over HTTP, with no projector running: what one may do follows from the log alone, and nothing leaks."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from domain.ids import derived
from infra.clock import Clock
from infra.limits.rate_limits import SOCIAL_WRITES_BURST, SOCIAL_WRITES_PER_S
from infra.limits.shared_buckets import SharedBuckets
from tests.journeys.process_tree import Person, Tree, problem_of

NOBODY = derived("account", "nobody")
FOLLOWS, CONNECTIONS = 1_600, 16


@pytest.fixture(scope="module", autouse=True)
def no_projector(tree: Tree) -> None:
    tree.end("project")
    tree.end("settle")


@pytest.fixture
def two(tree: Tree) -> tuple[Person, Person]:
    number = len(tree.people)
    return tree.bettor(f"fan_{number}"), tree.bettor(f"star_{number}")


def patch(person: Person, body: object) -> httpx.Response:
    return person.client.patch("/v1/account", json=body)


def seen(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


def test_a_public_account_is_followed_and_every_repeat_answers_as_the_first_did(two: tuple[Person, Person]):
    fan, star = two
    path = f"/v1/follows/{star.account_id}"
    first = fan.put(path)
    assert (first.status_code, first.json()) == (200, {"account_id": star.account_id, "following": True, "requested": False})
    assert seen(fan.put(path)) == seen(first)
    ended = fan.delete(path)
    assert ended.json() == {"account_id": star.account_id, "following": False, "requested": False}
    assert seen(fan.delete(path)) == seen(ended)
    fan.put(path)
    removed = star.delete(f"/v1/followers/{fan.account_id}")
    assert removed.json() == {"account_id": fan.account_id, "follower": False}
    assert seen(star.delete(f"/v1/followers/{fan.account_id}")) == seen(removed)


def test_a_private_account_is_asked_and_answers(two: tuple[Person, Person]):
    fan, star = two
    path, requests = f"/v1/follows/{star.account_id}", f"/v1/follow-requests/{fan.account_id}"
    private = {"account_id": star.account_id, "display_name": "", "bio": "", "private": True}
    assert patch(star, {"private": True}).json() == private
    assert fan.put(path).json() == {"account_id": star.account_id, "following": False, "requested": True}
    assert star.delete(requests).json() == {"account_id": fan.account_id, "follower": False}
    assert problem_of(star.put(requests)) == "follow-request-unknown"
    fan.put(path)
    assert patch(star, {"private": False}).json()["private"] is False
    accepted = star.put(requests)
    assert accepted.json() == {"account_id": fan.account_id, "follower": True}
    assert seen(star.put(requests)) == seen(accepted)
    assert fan.put(path).json()["following"] is True


def test_a_profile_keeps_what_is_left_out_and_its_texts_are_checked(two: tuple[Person, Person]):
    _, star = two
    named = patch(star, {"display_name": "Ste\u0301phane \U0001f469\u200d\U0001f4bb", "bio": "Two\r\nlines.  "})
    assert named.status_code == 200, named.text
    shown = {"display_name": "St\u00e9phane \U0001f469\u200d\U0001f4bb", "bio": "Two\nlines."}
    assert named.json() == {"account_id": star.account_id, **shown, "private": False}
    assert patch(star, {"private": True}).json() == {**named.json(), "private": True}
    assert patch(star, {"bio": "", "private": False}).json() == {**named.json(), "bio": ""}
    assert patch(star, {}).json() == {**named.json(), "bio": ""}
    assert problem_of(patch(star, {"display_name": "two\nlines"})) == "text-malformed"
    assert problem_of(patch(star, {"bio": "\u202eevil"})) == "text-malformed"
    assert problem_of(patch(star, {"display_name": "x" * 51})) == "text-too-long"
    assert problem_of(patch(star, {"bio": "x" * 1_000})) == "text-too-long"


def test_whoever_is_blocked_is_answered_as_if_the_other_were_not_there(two: tuple[Person, Person]):
    fan, star = two
    fan.put(f"/v1/follows/{star.account_id}")
    blocked = star.put(f"/v1/blocks/{fan.account_id}")
    assert blocked.json() == {"account_id": fan.account_id, "blocked": True}
    assert seen(star.put(f"/v1/blocks/{fan.account_id}")) == seen(blocked)

    def told(answer: httpx.Response, account_id: str) -> tuple[int, str, set[str]]:
        return answer.status_code, answer.text.replace(account_id, "ID"), set(answer.headers)

    for what in ("follows", "blocks", "mutes", "follow-requests"):
        there, nowhere = (fan.put(f"/v1/{what}/{account_id}") for account_id in (star.account_id, NOBODY))
        assert there.status_code == 404
        assert told(there, star.account_id) == told(nowhere, NOBODY)
    for what in ("follows", "blocks", "mutes", "follow-requests", "followers"):
        there, nowhere = (fan.delete(f"/v1/{what}/{account_id}") for account_id in (star.account_id, NOBODY))
        assert there.status_code == 200
        assert told(there, star.account_id) == told(nowhere, NOBODY)
        assert there.headers["slipstream-position"] == nowhere.headers["slipstream-position"]
    assert problem_of(star.put(f"/v1/follows/{fan.account_id}")) == "blocked-by-caller"
    assert star.delete(f"/v1/blocks/{fan.account_id}").json() == {"account_id": fan.account_id, "blocked": False}
    assert fan.put(f"/v1/follows/{star.account_id}").json()["following"] is True


def test_what_was_done_among_people_is_right_by_the_audit(tree: Tree):
    done = tree.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def new_market(trader: Person) -> str:
    """A market that nobody has to see on a board."""
    fixture = {"sport": "football", "competition": "Cup", "home": "Home", "away": "Away", "kick_off": "2026-06-11T19:00:00Z"}
    fixture_id = trader.post("/v1/trading/fixtures", fixture, idempotency_key="followed").json()["fixture_id"]
    selections = [{"selection": name, "name": name.title(), "odds": odds} for name, odds in (("yes", "2.1"), ("no", "1.7"))]
    market = {"fixture_id": fixture_id, "type": "both_teams_to_score", "selections": selections}
    return str(trader.post("/v1/trading/markets", market, idempotency_key="followed").json()["market_id"])


def test_a_block_and_privacy_close_every_way_to_a_slip_from_their_commit_on(two: tuple[Person, Person], trader: Person):
    fan, star = two
    pick = {"type": "single", "legs": [{"market_id": new_market(trader), "selection": "yes", "odds": "2.1"}]}
    shared = star.post("/v1/slips", {"pick": pick}, idempotency_key="seen or not")
    assert shared.status_code == 201, shared.text
    slip_id = shared.json()["slip_id"]

    def ways(slip_id: str) -> list[tuple[int, str, set[str]]]:
        """What becomes of everything that a fan may do with a slip."""
        answers = [fan.put(f"/v1/slips/{slip_id}/{what}") for what in ("like", "repost", "save")]
        answers.append(fan.post(f"/v1/slips/{slip_id}/comments", {"text": "Nice."}, idempotency_key=f"{slip_id} {len(told)}"))
        answers.append(fan.post(f"/v1/slips/{slip_id}/tail", {"stake_minor": 1_00}, idempotency_key=f"tail {slip_id} {len(told)}"))
        told.append(slip_id)
        assert [fan.delete(f"/v1/slips/{slip_id}/{what}").status_code for what in ("like", "repost", "save")] == [200] * 3
        return [(answer.status_code, answer.text.replace(slip_id, "ID"), set(answer.headers)) for answer in answers]

    told: list[str] = []
    missing = ways(derived("slip", "nowhere"))
    assert {status for status, _, _ in missing} == {404}
    assert {status for status, _, _ in ways(slip_id)[:4]} <= {200, 201}
    star.put(f"/v1/blocks/{fan.account_id}")
    assert ways(slip_id) == missing
    star.delete(f"/v1/blocks/{fan.account_id}")
    assert {status for status, _, _ in ways(slip_id)[:3]} == {200}
    patch(star, {"private": True})
    assert ways(slip_id) == missing
    fan.put(f"/v1/follows/{star.account_id}")
    assert ways(slip_id) == missing
    star.put(f"/v1/follow-requests/{fan.account_id}")
    assert {status for status, _, _ in ways(slip_id)[:4]} <= {200, 201, 403}


def test_an_account_is_muted_for_a_time_or_for_good(two: tuple[Person, Person]):
    fan, star = two
    path = f"/v1/mutes/{star.account_id}"
    assert fan.put(path).json() == {"account_id": star.account_id, "muted": "all", "until": None}
    assert fan.put(path, {"what": "reposts", "until": None}).json()["muted"] == "reposts"
    assert fan.delete(path).json() == {"account_id": star.account_id, "muted": None, "until": None}
    assert problem_of(fan.put(path, {"what": "likes"})) == "mute-malformed"
    assert problem_of(fan.put(path, {"until": "2020-01-01T00:00:00Z"})) == "mute-out-of-range"


def test_oneself_and_what_is_no_id_are_refused_by_name(two: tuple[Person, Person]):
    fan, _ = two
    for what in ("follows", "blocks", "mutes", "follow-requests"):
        assert problem_of(fan.put(f"/v1/{what}/{fan.account_id}")) == "own-account"
        assert problem_of(fan.put(f"/v1/{what}/nobody")) == "id-malformed"
    assert problem_of(patch(fan, {"private": "yes"})) == "body-malformed"


def test_an_account_that_follows_without_end_is_told_when_to_come_back(tree: Tree, two: tuple[Person, Person]):
    fan, star = two
    writes = SharedBuckets(tree.folder / "data" / "run" / "limits_social_writes", SOCIAL_WRITES_PER_S, SOCIAL_WRITES_BURST)
    fan.put(f"/v1/follows/{star.account_id}")
    asked: list[Callable[[], httpx.Response]] = [
        lambda: fan.put(f"/v1/follows/{star.account_id}"),
        lambda: fan.put(f"/v1/slips/{NOBODY}/like"),
        lambda: fan.post(f"/v1/slips/{NOBODY}/comments", {"text": "Nice."}),
        lambda: fan.delete(f"/v1/slips/{NOBODY}"),
        lambda: patch(fan, {"private": True}),
    ]
    for ask in asked:
        writes.empty(fan.account_id, Clock().monotonic_s() + 30)
        refused = ask()
        assert (refused.status_code, problem_of(refused)) == (429, "too-many-requests")
        assert int(refused.headers["retry-after"]) >= 1
    writes.close()
    assert fan.get("/v1/account").status_code == 200
    assert star.put(f"/v1/follows/{fan.account_id}").status_code == 200


def test_an_account_that_follows_everybody_is_refused_above_its_limit_and_harms_nobody_else(tree: Tree, two: tuple[Person, Person]):
    clock, spammer, (fan, star) = Clock(), tree.bettor("spammer"), two
    began_s = clock.monotonic_s()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        spam = [threads.submit(spammed, spammer, number) for number in range(CONNECTIONS)]
        for _ in range(CONNECTIONS):
            assert fan.put(f"/v1/follows/{star.account_id}").status_code == 200
            assert star.client.get("/v1/account").status_code == 200
        counted = sum((each.result() for each in spam), Counter[tuple[int, str]]())
    taken, refused = counted.pop((404, "account-unknown")), counted.pop((429, "too-many-requests"))
    assert (not counted, taken + refused) == (True, FOLLOWS)
    assert SOCIAL_WRITES_BURST <= taken <= SOCIAL_WRITES_BURST + SOCIAL_WRITES_PER_S * (clock.monotonic_s() - began_s)
    assert spammer.client.get("/v1/account").status_code == 200


def spammed(who: Person, number: int) -> Counter[tuple[int, str]]:
    """Follow accounts that are not there, one after the other, and count the answers; who is refused is told when to come back."""
    headers = {"Authorization": who.client.headers["authorization"], "Content-Length": "0"}
    counted = Counter[tuple[int, str]]()
    with closing(HTTPConnection(who.client.base_url.host, who.client.base_url.port or 80)) as connection:
        for each in range(FOLLOWS // CONNECTIONS):
            connection.request("PUT", f"/v1/follows/{derived('spammed', str(number), str(each))}", headers=headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
            counted[answer.status, body["type"].rpartition(":")[2]] += 1
            if answer.status == 429:
                assert int(answer.headers["retry-after"]) == body["retry_after_s"] >= 1
    return counted
