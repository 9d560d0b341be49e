"""Whoever asks too often is told when to come back, and nobody else pays for it."""

import pytest

from api.http.admission import Buckets, SignIns, address_of
from api.http.refusals import TooManyRequests
from tests.journeys.house import PASSWORD, Person, Tree, problem_of


def seconds_to_wait(buckets: Buckets, key: str, now_s: float) -> int:
    with pytest.raises(TooManyRequests) as refused:
        buckets.take(key, now_s)
    return int(refused.value.retry_after_s)


def test_a_burst_is_let_through_and_then_one_at_a_time_as_tokens_come_in():
    buckets = Buckets(0.5, 3)
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
    buckets = Buckets(0.3, 1)
    buckets.take("ada", 0.0)
    buckets.take("ada", 0.0 + seconds_to_wait(buckets, "ada", 0.0))


def test_what_does_not_count_is_given_back_and_never_more_than_the_burst():
    buckets = Buckets(0.001, 1)
    for _ in range(5):
        buckets.take("ada", 0.0)
        buckets.give_back("ada", 0.0)
    buckets.give_back("ada", 0.0)
    buckets.take("ada", 0.0)
    assert seconds_to_wait(buckets, "ada", 0.0) == 1_000


def test_keys_are_remembered_up_to_a_limit_and_those_seen_last_stay():
    buckets = Buckets(0.001, 1, keys_max=3)
    for key in ("a", "b", "c"):
        buckets.take(key, 0.0)
    seconds_to_wait(buckets, "a", 0.0)
    buckets.take("d", 0.0)
    assert len(buckets) == 3
    seconds_to_wait(buckets, "a", 0.0)
    buckets.take("b", 0.0)


def test_guessing_at_a_handle_locks_out_the_guesser_and_nobody_else():
    sign_ins = SignIns(Buckets(0.1, 2), Buckets(0.1, 4))
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
        sign_ins.right("10.0.0.3", "ada", 0.0)


def test_one_network_of_ipv6_is_one_address():
    assert address_of("2001:db8:1:2:3::4") == address_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert address_of("2001:db8:1:3::9") != address_of("2001:db8:1:2::9")
    assert (address_of("10.0.0.1"), address_of(None), address_of("a name")) == ("10.0.0.1", "unknown", "unknown")


def test_too_many_wrong_passwords_are_told_to_wait_and_the_owner_elsewhere_signs_in(tree: Tree, ada: Person):
    assert ada.account_id
    visitor = tree.visitor()
    answers = [visitor.post("/v1/sessions", {"handle": "ada", "password": f"guess {n}"}) for n in range(14)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:10] == [401] * 10
    assert statuses[-1] == 429
    assert problem_of(answers[-1]) == "too-many-requests"
    assert int(answers[-1].headers["retry-after"]) == answers[-1].json()["retry_after_s"] >= 1
    right = {"handle": "ada", "password": PASSWORD}
    assert visitor.post("/v1/sessions", right).status_code == 429
    assert visitor.post("/v1/sessions", right, x_forwarded_for="198.51.100.7").status_code == 201
    for _ in range(15):
        assert visitor.post("/v1/sessions", right, x_forwarded_for="198.51.100.8").status_code == 201


def test_too_many_new_accounts_from_one_address_are_told_to_wait(tree: Tree):
    visitor = tree.visitor()
    body = {"handle": "no", "email": "nowhere", "password": "short"}
    for _ in range(300):
        answer = visitor.post("/v1/accounts", body, x_forwarded_for="198.51.100.9")
        if answer.status_code == 429:
            break
    assert (answer.status_code, problem_of(answer)) == (429, "too-many-requests")
    assert int(answer.headers["retry-after"]) >= 1
    assert visitor.post("/v1/accounts", body, x_forwarded_for="198.51.100.10").status_code == 422


def test_the_figures_count_the_request_that_asks_for_them_among_those_under_way(tree: Tree):
    visitor = tree.visitor()
    for _ in range(2):
        shown = visitor.get("/metrics").text.splitlines()
        assert "slipstream_http_requests_under_way 1.0" in shown
    assert any(line.startswith('slipstream_http_requests_total{method="GET",status="200"}') for line in shown)
