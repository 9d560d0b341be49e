"""A retry gives the first answer: at once, at the same time, and after the API was killed."""

import signal
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.process_tree import Person, Tree, open_match, problem_of


def test_a_retry_gives_the_same_bytes_and_stakes_once(ada: Person, trader: Person):
    market = open_match(trader, "retry")
    before_minor = ada.available_minor()
    first = ada.bet(market, "home", 1_00, "retried")
    assert first.status_code == 201
    for _ in range(3):
        again = ada.bet(market, "home", 1_00, "retried")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["slipstream-position"] == first.headers["slipstream-position"]
    assert ada.available_minor() == before_minor - 1_00


def test_the_same_bet_sent_many_times_at_once_is_struck_once(tree: Tree, trader: Person):
    market = open_match(trader, "at once")
    grace = tree.bettor("grace", funds_minor=10_00)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: grace.bet(market, "away", 10_00, "at once"), range(24)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    grace.position = answers[0].headers["slipstream-position"]
    assert grace.available_minor() == 0


def test_a_key_used_for_another_body_is_refused_and_the_first_bet_stands(ada: Person, trader: Person):
    market = open_match(trader, "reused")
    first = ada.bet(market, "home", 1_00, "reused")
    for answer in (
        ada.bet(market, "home", 1_01, "reused"),
        ada.bet(market, "draw", 1_00, "reused"),
        ada.bet(market, "home", 1_00, "reused", accept="any"),
    ):
        assert (answer.status_code, problem_of(answer)) == (422, "bet-key-reused")
    assert ada.bet(market, "home", 1_00, "reused").content == first.content


def test_the_first_answer_survives_the_death_of_the_process_that_gave_it(tree: Tree, ada: Person, trader: Person):
    market = open_match(trader, "killed")
    first = ada.bet(market, "home", 1_00, "killed")
    before_minor = ada.available_minor()
    tree.end("api", signal.SIGKILL)
    tree.start("api")
    ada.client.cookies.clear()
    assert ada.bet(market, "home", 1_00, "killed").content == first.content
    tree.end("api", signal.SIGTERM)
    tree.start("api")
    assert ada.bet(market, "home", 1_00, "killed").content == first.content
    assert ada.available_minor() == before_minor


def test_the_first_answer_is_given_even_when_the_price_moved_and_the_market_closed_since(ada: Person, trader: Person):
    market = open_match(trader, "since closed")
    first = ada.bet(market, "home", 1_00, "since closed")
    trader.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": {"home": "9", "draw": "9", "away": "1.2"}})
    trader.put(f"/v1/trading/markets/{market['market_id']}/closure")
    assert ada.bet(market, "home", 1_00, "since closed").content == first.content


def test_a_payment_reference_moves_money_once(ada: Person):
    before_minor = ada.available_minor()
    body = {"amount_minor": 5_00, "currency": "EUR", "reference": "once"}
    first = ada.post("/v1/wallet/deposits", body)
    assert ada.post("/v1/wallet/deposits", body).content == first.content
    assert ada.available_minor() == before_minor + 5_00
    assert problem_of(ada.post("/v1/wallet/deposits", {**body, "amount_minor": 6_00})) == "reference-reused"
    assert problem_of(ada.post("/v1/wallet/withdrawals", body)) == "reference-reused"


def test_an_account_opened_twice_under_one_key_is_one_account(tree: Tree):
    visitor = tree.visitor()
    body = {"handle": "twice", "email": "twice@example.com", "password": "long enough"}
    first = visitor.post("/v1/accounts", body, idempotency_key="sign-up 1")
    assert first.status_code == 201
    assert visitor.post("/v1/accounts", body, idempotency_key="sign-up 1").content == first.content


def test_a_key_that_two_people_hit_on_opens_an_account_for_each(tree: Tree):
    one = {"handle": "first_comer", "email": "first@example.com", "password": "long enough"}
    other = {"handle": "second_comer", "email": "second@example.com", "password": "long enough"}
    opened = [tree.visitor().post("/v1/accounts", body, idempotency_key="1") for body in (one, other)]
    assert [answer.status_code for answer in opened] == [201, 201]
    assert opened[0].json()["account_id"] != opened[1].json()["account_id"]
    renamed = tree.visitor().post("/v1/accounts", {**one, "handle": "renamed"}, idempotency_key="1")
    assert renamed.status_code == 201, "nobody learns from the answer who has an address"
    assert renamed.json()["account_id"] not in {answer.json()["account_id"] for answer in opened}


def test_a_key_that_is_an_id_names_one_account_whatever_the_body(tree: Tree):
    visitor, key = tree.visitor(), "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c99"
    body = {"handle": "by_id", "email": "by_id@example.com", "password": "long enough"}
    assert visitor.post("/v1/accounts", body, idempotency_key=key).json()["account_id"] == key
    other = visitor.post("/v1/accounts", {**body, "handle": "another"}, idempotency_key=key)
    assert (other.status_code, problem_of(other)) == (422, "account-key-reused")
