"""Money comes in by a payment provider's signed webhook, once for each of its references; without a way in, none comes in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.http.signed_requests import REPLAY_WINDOW_S, SIGNATURE_HEADER, signature_of
from tests.journeys.process_tree import PASSWORD, Person, Tree, may_deposit, problem_of

KEY = b"a key that only the provider and this test know"
PATH = "/v1/payments/webhook"


@pytest.fixture(scope="module")
def further_settings() -> dict[str, str]:
    return {
        "SLIPSTREAM_DEPOSITS": "webhook",
        "SLIPSTREAM_PAYMENT_WEBHOOK_KEY": KEY.decode(),
        "SLIPSTREAM_DEPOSIT_MINOR_MAX": "5000",
        "SLIPSTREAM_DEPOSITS_PER_DAY_MINOR_MAX": "8000",
    }


@pytest.fixture(scope="module")
def provider(tree: Tree) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=tree.url, timeout=30) as client:
        yield client


@pytest.fixture
def person(tree: Tree, request: pytest.FixtureRequest) -> Person:
    return may_deposit(tree.bettor(f"p{abs(hash(request.node.name)) % 10**9}"))


def now_s() -> int:
    return int(datetime.now(UTC).timestamp())  # noqa: TID251  (a provider looks at a clock)


def payment(person: Person, name: str, amount_minor: int = 10_00, **changed: Any) -> dict[str, Any]:
    """A payment to somebody, under a reference of the provider's."""
    return {"account_id": person.account_id, "amount_minor": amount_minor, "currency": "EUR", "reference": name, **changed}


def send(provider: httpx.Client, body: Any, *, key: bytes = KEY, at_s: int | None = None, signature: str | None = None) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = signature_of(key, raw, now_s() if at_s is None else at_s) if signature is None else signature
    return provider.post(PATH, content=raw, headers={SIGNATURE_HEADER: signed} if signed else {})


def test_a_signed_payment_is_credited_once_however_often_it_is_told(provider: httpx.Client, person: Person):
    told = payment(person, "pi_once")
    first = send(provider, told)
    assert (first.status_code, first.json()["amount_minor"]) == (201, 10_00), first.text
    for _ in range(3):
        assert send(provider, told).json() == first.json()
    person.position = first.headers["slipstream-position"]
    assert person.available_minor() == 10_00


def test_the_same_signature_replayed_credits_nothing_more(provider: httpx.Client, person: Person):
    raw = json.dumps(payment(person, "pi_replayed")).encode()
    signature = signature_of(KEY, raw, now_s())
    answers = [send(provider, raw, signature=signature) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    person.position = answers[-1].headers["slipstream-position"]
    assert person.available_minor() == 10_00


def test_another_body_under_the_same_reference_is_refused(provider: httpx.Client, tree: Tree, person: Person):
    other = tree.bettor("somebody_else")
    assert send(provider, payment(person, "pi_other")).status_code == 201
    for changed in (payment(person, "pi_other", 10_01), payment(other, "pi_other")):
        refused = send(provider, changed)
        assert (refused.status_code, problem_of(refused)) == (422, "reference-reused")
    assert other.available_minor() == 0


@pytest.mark.parametrize("signature", ["", "t=1,v1=", "v1=00", f"t=99999999999,v1={'0' * 64}", "nonsense"])
def test_a_payment_that_is_not_signed_is_refused(provider: httpx.Client, person: Person, signature: str):
    refused = send(provider, payment(person, "pi_unsigned"), signature=signature)
    assert (refused.status_code, problem_of(refused)) == (403, "signature-wrong")
    assert person.available_minor() == 0


def test_a_payment_signed_with_another_key_or_for_another_body_or_time_is_refused(provider: httpx.Client, person: Person):
    told = payment(person, "pi_forged")
    raw = json.dumps(told).encode()
    at_s = now_s()
    assert problem_of(send(provider, told, key=b"another key, as long as the right one is...")) == "signature-wrong"
    assert problem_of(send(provider, raw, signature=signature_of(KEY, raw + b" ", at_s))) == "signature-wrong"
    moved = signature_of(KEY, raw, at_s).replace(f"t={at_s}", f"t={at_s + 1}")
    assert problem_of(send(provider, raw, signature=moved)) == "signature-wrong"
    assert person.available_minor() == 0


@pytest.mark.parametrize("off_s", [-REPLAY_WINDOW_S - 5, REPLAY_WINDOW_S + 5])
def test_a_signature_holds_for_five_minutes_by_our_clock(provider: httpx.Client, person: Person, off_s: int):
    refused = send(provider, payment(person, f"pi_late {off_s}"), at_s=now_s() + off_s)
    assert (refused.status_code, problem_of(refused)) == (403, "signature-too-old")
    assert send(provider, payment(person, f"pi_late {off_s}"), at_s=now_s() + off_s // 2).status_code == 201


def test_a_payment_that_cannot_be_is_refused_by_name(provider: httpx.Client, person: Person):
    for changed, problem in (
        ({"amount_minor": -1}, "amount-out-of-range"),
        ({"amount_minor": 0}, "amount-out-of-range"),
        ({"amount_minor": 10**13}, "deposit-too-large"),
        ({"amount_minor": 10**16}, "amount-out-of-range"),
        ({"amount_minor": 10**30}, "body-malformed"),
        ({"amount_minor": 10.5}, "body-malformed"),
        ({"amount_minor": "1000"}, "body-malformed"),
        ({"currency": "USD"}, "currency-mismatch"),
        ({"reference": ""}, "reference-malformed"),
        ({"reference": "pi_\u202e1"}, "reference-malformed"),
        ({"account_id": "00000000-0000-7000-8000-000000000000"}, "wallet-unknown"),
        ({"account_id": "ann"}, "body-malformed"),
        ({"more": 1}, "body-malformed"),
    ):
        assert problem_of(send(provider, payment(person, "pi_wrong", **changed))) == problem, changed
    for raw in (b"", b"{", b"[]", b"\xff", b"null"):
        assert problem_of(send(provider, raw)) == "body-malformed", raw
    assert person.available_minor() == 0


def test_a_first_payment_waits_until_its_holder_has_said_how_much_may_be_deposited(tree: Tree, provider: httpx.Client):
    person = tree.bettor("payer")
    refused = send(provider, payment(person, "pi_asked"))
    assert (refused.status_code, problem_of(refused)) == (409, "deposit-limit-unanswered")
    assert person.put("/v1/account/limits/deposit/day", {"amount_minor": 10_00}).status_code == 200
    assert send(provider, payment(person, "pi_asked")).status_code == 201, "what was refused used no reference up"


def test_what_comes_in_within_a_day_is_bounded(provider: httpx.Client, person: Person):
    assert send(provider, payment(person, "pi_day_1", 50_00)).status_code == 201
    refused = send(provider, payment(person, "pi_day_2", 30_01))
    assert (refused.status_code, problem_of(refused), refused.json()["left_minor"]) == (409, "deposits-per-day-exceeded", 30_00)
    assert send(provider, payment(person, "pi_day_2", 30_00)).status_code == 201


def test_a_reference_composed_and_decomposed_is_one(provider: httpx.Client, person: Person):
    first = send(provider, payment(person, "caf\u00e9"))
    assert send(provider, payment(person, "cafe\u0301")).json() == first.json()


def test_nobody_credits_themselves_where_money_comes_by_webhook(person: Person):
    body = {"amount_minor": 10_00, "currency": "EUR", "reference": "mine"}
    refused = person.post("/v1/wallet/deposits", body)
    assert (refused.status_code, problem_of(refused), refused.json()["deposits"]) == (403, "deposits-come-otherwise", "webhook")
    assert person.available_minor() == 0


def test_without_a_setting_no_money_comes_in_at_all(tree: Tree, provider: httpx.Client, person: Person):
    tree.end("api")
    tree.env.pop("SLIPSTREAM_DEPOSITS")
    tree.start("api")
    refused = person.post("/v1/wallet/deposits", {"amount_minor": 10_00, "currency": "EUR", "reference": "mine"})
    assert (problem_of(refused), refused.json()["deposits"]) == ("deposits-come-otherwise", "off")
    refused = send(provider, payment(person, "pi_off"))
    assert (refused.status_code, problem_of(refused)) == (403, "deposits-come-otherwise")
    assert PASSWORD not in refused.text
    assert tree.run("audit", "verify", "--log-only").returncode == 0
