"""Whoever asks too often is told when to come back, and nobody else pays for it."""

from contextlib import suppress

import httpx
import pytest

from api.auth.rate_limits import RateLimiter, SignInLimiter
from api.client_address import address_of
from api.refusals import TooManyRequests
from tests.journeys.process_tree import PASSWORD, Person, Tree, problem_of


def seconds_to_wait(buckets: RateLimiter, key: str, now_s: float) -> int:
    with pytest.raises(TooManyRequests) as refused:
        buckets.take(key, now_s)
    return int(refused.value.retry_after_s)


def test_a_burst_is_let_through_and_then_one_at_a_time_as_tokens_come_in():
    buckets = RateLimiter(0.5, 3)
    for _ in range(3):
        buckets.take("ada", 100.0)
    assert seconds_to_wait(buckets, "ada", 100.0) == 2
    buckets.take("grace", 100.0)
    assert seconds_to_wait(buckets, "ada", 101.9) == 1
    buckets.take("ada", 102.0)
    assert seconds_to_wait(buckets, "ada", 102.0) == 2
    for _ in range(3):
        buckets.take("ada", 1_000.0)
    assert seconds_to_wait(buckets, "ada", 1_000.0) == 2


def test_whoever_comes_back_when_told_is_let_in():
    buckets = RateLimiter(0.3, 1)
    buckets.take("ada", 0.0)
    buckets.take("ada", 0.0 + seconds_to_wait(buckets, "ada", 0.0))


def test_what_does_not_count_is_given_back_and_never_more_than_the_burst():
    buckets = RateLimiter(0.001, 1)
    for _ in range(5):
        buckets.take("ada", 0.0)
        buckets.give_back("ada", 0.0)
    buckets.give_back("ada", 0.0)
    buckets.take("ada", 0.0)
    assert seconds_to_wait(buckets, "ada", 0.0) == 1_000


def test_keys_are_remembered_up_to_a_limit_and_those_seen_last_stay():
    buckets = RateLimiter(0.001, 1, keys_max=3)
    for key in ("a", "b", "c"):
        buckets.take(key, 0.0)
    seconds_to_wait(buckets, "a", 0.0)
    buckets.take("d", 0.0)
    assert len(buckets) == 3
    seconds_to_wait(buckets, "a", 0.0)
    buckets.take("b", 0.0)


def test_guessing_at_a_handle_locks_out_the_guesser_and_nobody_else():
    sign_ins = SignInLimiter(RateLimiter(0.1, 2), RateLimiter(0.1, 4), RateLimiter(0.1, 100))
    for _ in range(2):
        sign_ins.begin("10.0.0.1", "ada", 0.0)
    with pytest.raises(TooManyRequests):
        sign_ins.begin("10.0.0.1", "ADA", 0.0)
    sign_ins.begin("10.0.0.2", "ada", 0.0)
    sign_ins.begin("10.0.0.1", "grace", 0.0)
    with pytest.raises(TooManyRequests):
        sign_ins.begin("10.0.0.1", "hopper", 0.0)
    for _ in range(10):
        sign_ins.begin("10.0.0.3", "ada", 0.0)
        sign_ins.succeeded("10.0.0.3", "ada", 0.0)


def test_one_network_of_ipv6_is_one_address():
    assert address_of("2001:db8:1:2:3::4") == address_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert address_of("2001:db8:1:3::9") != address_of("2001:db8:1:2::9")
    assert (address_of("10.0.0.1"), address_of(None), address_of("a name")) == ("10.0.0.1", "unknown", "unknown")


def test_many_addresses_are_not_many_more_guesses_and_an_owner_who_was_there_before_signs_in_all_the_same():
    sign_ins = SignInLimiter(RateLimiter(0.1, 10), RateLimiter(5, 300), RateLimiter(0.1, 100))
    sign_ins.begin("10.0.0.1", "ada", 0.0)
    sign_ins.succeeded("10.0.0.1", "ada", 0.0)
    guessed = 0
    for address in range(1_000):
        with suppress(TooManyRequests):
            sign_ins.begin(f"198.51.{address // 250}.{address % 250}", "ada", 1.0)
            guessed += 1
    assert guessed == 100
    sign_ins.begin("10.0.0.1", "Ada", 1.0)
    sign_ins.begin("10.0.0.9", "grace", 1.0)


class From(Person):
    """Somebody who asks from one of the addresses of this machine."""

    def __init__(self, tree: Tree, address: str) -> None:
        transport = httpx.HTTPTransport(local_address=address)
        super().__init__(httpx.Client(base_url=tree.url, timeout=30, transport=transport))
        tree.people.append(self)


def test_a_guesser_gains_nothing_by_naming_other_addresses_and_the_owner_elsewhere_signs_in(tree: Tree, ada: Person):
    assert ada.account_id
    guesser = From(tree, "127.0.0.7")
    answers = [
        guesser.post("/v1/sessions", {"handle": "ada", "password": f"guess {n}"}, x_forwarded_for=f"198.51.100.{n % 250}")
        for n in range(60)
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:10] == [401] * 10
    assert statuses.count(401) <= 12
    assert problem_of(answers[-1]) == "too-many-requests"
    assert int(answers[-1].headers["retry-after"]) == answers[-1].json()["retry_after_s"] >= 1
    right = {"handle": "ada", "password": PASSWORD}
    assert guesser.post("/v1/sessions", right, x_forwarded_for="198.51.100.251").status_code == 429
    for _ in range(15):
        assert ada.post("/v1/sessions", right).status_code == 201
    assert From(tree, "127.0.0.8").post("/v1/sessions", right).status_code == 201


@pytest.mark.usefixtures("ada")
def test_nobody_locks_another_out_by_naming_their_address(tree: Tree):
    spoofer, owner = From(tree, "127.0.0.9"), From(tree, "127.0.0.10")
    for n in range(15):
        spoofer.post("/v1/sessions", {"handle": "ada", "password": f"guess {n}"}, x_forwarded_for="127.0.0.10")
    assert owner.post("/v1/sessions", {"handle": "ada", "password": PASSWORD}).status_code == 201


def test_too_many_new_accounts_from_one_address_are_told_to_wait(tree: Tree):
    visitor = From(tree, "127.0.0.11")
    body = {"handle": "no", "email": "nowhere", "password": "short"}
    for _ in range(300):
        answer = visitor.post("/v1/accounts", body)
        if answer.status_code == 429:
            break
    assert (answer.status_code, problem_of(answer)) == (429, "too-many-requests")
    assert int(answer.headers["retry-after"]) >= 1
    assert From(tree, "127.0.0.12").post("/v1/accounts", body).status_code == 422


def test_the_figures_are_on_a_port_of_their_own_and_count_requests_and_connections(tree: Tree):
    visitor = tree.visitor()
    assert visitor.get("/healthz").status_code == 200
    before = tree.figures()
    assert visitor.get("/metrics").status_code == 404
    after = tree.figures()
    nowhere = 'slipstream_http_requests_total{method="GET",route="none",status="404"}'
    assert after[nowhere] == before.get(nowhere, 0) + 1
    assert after['slipstream_http_requests_total{method="GET",route="/healthz",status="200"}'] >= 1
    assert after["slipstream_http_requests_under_way"] == 0
    assert 1 <= after["slipstream_http_connections"] <= after["slipstream_http_connections_limit"]
    assert after["slipstream_http_files_limit"] > after["slipstream_http_connections_limit"]
