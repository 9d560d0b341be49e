"""Whatever comes in is answered with a named problem, nothing is half done, and the process lives on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.journeys.process_tree import SECRET, Person, Tree, open_match, problem_of

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def market(trader: Person) -> dict[str, Any]:
    return open_match(trader, "bad input")


def changed(leg: dict[str, Any] | None = None, **body: Any) -> Callable[[dict[str, Any]], Any]:
    """Change members of the body, or of its one leg."""
    return lambda right: {**right, **body, "legs": [{**right["legs"][0], **(leg or {})}]} if "legs" not in body else {**right, **body}


BAD_BETS: dict[str, tuple[Callable[[dict[str, Any]], Any], int, str]] = {
    "unknown market": (changed({"market_id": UNKNOWN}), 404, "market-unknown"),
    "market id that is no id": (changed({"market_id": "m1"}), 422, "id-malformed"),
    "unknown selection": (changed({"selection": "nobody"}), 404, "selection-unknown"),
    "version from the future": (changed({"version": 9_999}), 422, "version-from-the-future"),
    "version zero": (changed({"version": 0}), 422, "body-malformed"),
    "version beyond int64": (changed({"version": 2**70}), 422, "body-malformed"),
    "stake zero": (changed(stake_minor=0), 422, "stake-out-of-range"),
    "stake negative": (changed(stake_minor=-5), 422, "stake-out-of-range"),
    "stake fractional": (changed(stake_minor=10.5), 422, "body-malformed"),
    "stake as text": (changed(stake_minor="10"), 422, "body-malformed"),
    "stake beyond int64": (changed(stake_minor=2**63), 422, "body-malformed"),
    "stake beyond anything": (changed(stake_minor=10**40), 422, "body-malformed"),
    "stake beyond limits": (changed(stake_minor=10**12), 422, "stake-out-of-range"),
    "stake beyond the balance": (changed(stake_minor=999_00), 409, "insufficient-funds"),
    "wrong currency": (changed(currency="USD"), 422, "currency-mismatch"),
    "currency that is none": (changed(currency="XXX"), 422, "currency-mismatch"),
    "odds as float": (changed({"odds": 2.35}), 422, "body-malformed"),
    "odds that are none": (changed({"odds": "two"}), 422, "odds-malformed"),
    "odds too fine": (changed({"odds": "2.3555"}), 422, "odds-too-fine"),
    "odds below the stake": (changed({"odds": "0.9"}), 422, "odds-out-of-range"),
    "odds not on the screen": (changed({"odds": "9.50"}), 409, "prices-moved"),
    "no legs": (changed(legs=[]), 422, "too-many-legs"),
    "a thousand legs": (lambda right: {**right, "legs": right["legs"] * 1_000}, 422, "too-many-legs"),
    "a selection twice": (lambda right: {**right, "legs": right["legs"] * 2}, 422, "selection-twice"),
    "a double on one market": (lambda right: {**right, "type": "multiple", "legs": right["legs"] * 2}, 422, "selection-twice"),
    "unknown type": (changed(type="trixie"), 422, "bet-type-unknown"),
    "unknown accept": (changed(accept="whatever"), 422, "accept-unknown"),
    "a member too many": (changed(bonus=1), 422, "body-malformed"),
    "an array": (lambda right: [right], 422, "body-malformed"),
    "nothing": (lambda _: None, 422, "body-malformed"),
}


def right_bet(market: dict[str, Any]) -> dict[str, Any]:
    leg = {"market_id": market["market_id"], "selection": "home", "odds": "2.35", "version": market["version"]}
    return {"type": "single", "stake_minor": 1_00, "currency": "EUR", "legs": [leg], "accept": "exact"}


@pytest.mark.parametrize("name", BAD_BETS)
def test_a_bad_bet_is_refused_by_name_and_nothing_is_staked(ada: Person, market: dict[str, Any], name: str):
    change, status, problem = BAD_BETS[name]
    before_minor = ada.available_minor()
    answer = ada.post("/v1/bets", change(right_bet(market)), idempotency_key=f"bad {name}")
    assert (answer.status_code, problem_of(answer)) == (status, problem), answer.text
    assert ada.available_minor() == before_minor
    again = ada.post("/v1/bets", {**right_bet(market), "stake_minor": 1}, idempotency_key=f"bad {name}")
    assert again.status_code == 201, "a refused key is not used up"


def test_a_moved_price_is_told_with_the_one_that_stands(ada: Person, trader: Person):
    market = open_match(trader, "moving")
    trader.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": {"home": "2.2", "draw": "3.5", "away": "2.0"}})
    leg = {**right_bet(market)["legs"][0], "odds": "2.4"}
    answer = ada.post("/v1/bets", {**right_bet(market), "legs": [leg]}, idempotency_key="moved")
    assert problem_of(answer) == "prices-moved"
    told = answer.json()
    assert (told["asked"], told["current"], told["current_version"]) == ("2.40", "2.20", market["version"] + 1)


def test_a_suspended_market_takes_no_bet_and_a_withdrawn_selection_neither(ada: Person, trader: Person):
    market = open_match(trader, "suspended")
    path = f"/v1/trading/markets/{market['market_id']}"
    trader.put(f"{path}/prices", {"prices": {"draw": "3.5", "away": "2.0"}})
    assert problem_of(ada.bet(market, "home", 1_00, "withdrawn")) == "selection-withdrawn"
    trader.put(f"{path}/suspension", {"reason": "goal"})
    assert problem_of(ada.bet(market, "draw", 1_00, "suspended")) == "market-suspended-now"
    trader.put(f"{path}/closure")
    assert problem_of(ada.bet(market, "draw", 1_00, "closed")) == "market-not-open"


def test_a_market_id_that_is_a_bet_id_is_refused_and_the_next_bet_is_taken(ada: Person, market: dict[str, Any]):
    bet_id = ada.bet(market, "home", 1, "to be confused with").json()["bet_id"]
    for stream_id in (bet_id, ada.account_id, market["fixture_id"]):
        leg = {**right_bet(market)["legs"][0], "market_id": stream_id}
        answer = ada.post("/v1/bets", {**right_bet(market), "legs": [leg]}, idempotency_key=f"confused {stream_id}")
        assert (answer.status_code, problem_of(answer)) == (404, "market-unknown")
    assert ada.bet(market, "home", 1, "after the confusion").status_code == 201


def test_bodies_that_are_no_json_or_too_large_are_refused(ada: Person, market: dict[str, Any]):
    def send(path: str, content: Any, **headers: str) -> tuple[int, str]:
        answer = ada.client.post(path, content=content, headers={"idempotency-key": "k", "content-type": "application/json", **headers})
        return answer.status_code, problem_of(answer)

    for path in ("/v1/bets", "/v1/wallet/deposits"):
        assert send(path, b"{") == (422, "body-malformed")
        assert send(path, b"\xff\xfe{}") == (422, "body-malformed")
        assert send(path, b"") == (422, "body-malformed")
        assert send(path, b"x" * 10_000_000) == (413, "body-too-large")
        assert send(path, (b"x" * 100_000 for _ in range(100))) == (413, "body-too-large")
        assert send(path, (b"[" * 1_000 for _ in range(100))) == (422, "body-malformed")
    right = json.dumps(right_bet(market)).encode()
    chunked = ada.client.post("/v1/bets", content=iter([right[:20], right[20:]]), headers={"idempotency-key": "in pieces"})
    assert chunked.status_code == 201


def test_keys_are_asked_for_and_looked_at(ada: Person, market: dict[str, Any]):
    body = right_bet(market)
    assert problem_of(ada.client.post("/v1/bets", json=body)) == "key-missing"
    for key in (b"", b"k" * 256, b"tab\there", "schlüssel".encode()):
        answer = ada.client.post("/v1/bets", json=body, headers=[(b"idempotency-key", key)])
        assert problem_of(answer) == "key-malformed", key


def forged(key: str = SECRET, **claims: Any) -> str:
    now = datetime.now(UTC)  # noqa: TID251  (a forger reads the clock too)
    whole = {"sub": UNKNOWN, "handle": "x", "currency": "EUR", "roles": ["admin"], "exp": now + timedelta(hours=1), **claims}
    return jwt.encode(whole, key, algorithm="HS256")


def test_tokens_that_are_absent_expired_or_forged_are_refused(tree: Tree, ada: Person, market: dict[str, Any]):
    body = right_bet(market)
    mine = ada.client.headers["authorization"].removeprefix("Bearer ")
    log = jwt.decode(mine, SECRET, algorithms=["HS256"])["log"]
    past = datetime(2026, 1, 1, tzinfo=UTC)
    none = jwt.encode({"sub": UNKNOWN, "handle": "x", "currency": "EUR", "roles": [], "exp": 2**40}, "", algorithm="none")
    wanted = {
        "": "token-missing",
        "Basic YTpi": "token-missing",
        f"Bearer {forged(exp=past, log=log)}": "token-expired",
        f"Bearer {forged(key='another key, as long as the right one is')}": "token-invalid",
        f"Bearer {none}": "token-invalid",
        "Bearer nonsense": "token-invalid",
        f"Bearer {forged(roles='admin', log=log)}": "token-invalid",
        f"Bearer {forged(sub=7, log=log)}": "token-invalid",
        f"Bearer {forged(log=UNKNOWN)}": "token-invalid",
        f"Bearer {forged()}": "token-invalid",
    }
    for authorization, problem in wanted.items():
        headers = {"idempotency-key": "k"} | ({"authorization": authorization} if authorization else {})
        with tree.visitor().client as client:
            answers = [client.post("/v1/bets", json=body, headers=headers), client.get("/v1/portfolio", headers=headers)]
        for answer in answers:
            assert (answer.status_code, problem_of(answer)) == (401, problem), authorization
            assert answer.headers["www-authenticate"] == "Bearer"


def test_what_belongs_to_another_is_not_shown_and_what_needs_a_role_is_not_done(tree: Tree, ada: Person, market: dict[str, Any]):
    bet_id = ada.bet(market, "home", 1, "mine").json()["bet_id"]
    mallory = tree.bettor("mallory", funds_minor=5_00)
    assert ada.get(f"/v1/bets/{bet_id}").status_code == 200
    assert problem_of(mallory.get(f"/v1/bets/{bet_id}")) == "bet-unknown"
    assert problem_of(mallory.put(f"/v1/trading/markets/{market['market_id']}/closure")) == "role-missing"
    assert problem_of(mallory.get(f"/v1/audit/accounts/{ada.account_id}/balance")) == "role-missing"
    uuid7 = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
    assert ada.bet(market, "home", 1, uuid7).json()["bet_id"] == uuid7
    assert problem_of(mallory.bet(market, "home", 1, uuid7)) == "bet-key-reused"


def test_addresses_methods_cursors_and_positions_that_are_none_are_named(ada: Person, trader: Person):
    assert problem_of(ada.get("/v1/nothing")) == "route-unknown"
    refused = ada.client.delete("/v1/portfolio")
    assert (refused.status_code, problem_of(refused)) == (405, "method-not-allowed")
    refused = ada.client.patch("/v1/bets")
    assert (problem_of(refused), refused.headers["allow"]) == ("method-not-allowed", "GET, HEAD, POST")
    assert problem_of(ada.get("/v1/wallet/statement", cursor="????")) == "cursor-malformed"
    assert problem_of(ada.get("/v1/fixtures", cursor="AAAA")) == "cursor-malformed"
    assert problem_of(ada.get("/v1/fixtures", limit=0)) == "body-malformed"
    assert problem_of(ada.get("/v1/fixtures", status="soon")) == "body-malformed"
    for after in ("-1", "42", f"{ada.position},"):
        for path in ("/v1/portfolio", "/v1/wallet", "/v1/fixtures"):
            assert problem_of(ada.client.get(path, headers={"slipstream-after": after})) == "position-malformed"
    for path in ("/v1/fixtures/", "/v1/markets/", "/v1/bets/"):
        assert problem_of(ada.get(path + "x")) == "id-malformed"
        assert problem_of(ada.get(path + UNKNOWN)).endswith("-unknown")
    assert problem_of(trader.put(f"/v1/trading/fixtures/{UNKNOWN}/kick-off")) == "fixture-unknown"
    assert problem_of(trader.put(f"/v1/trading/markets/{ada.account_id}/closure")) == "market-unknown"


def test_accounts_and_transfers_that_cannot_be_are_refused(tree: Tree, ada: Person):
    visitor = tree.visitor()
    right = {"handle": "newcomer", "email": "new@example.com", "password": "long enough"}
    assert visitor.client.post("/v1/accounts", json={**right, "handle": "Molly__10", "email": "molly@example.com"}).status_code == 201
    for change, problem in (
        ({"handle": "x"}, "handle-malformed"),
        ({"email": "nowhere"}, "email-malformed"),
        ({"password": "short"}, "password-malformed"),
        ({"handle": "ADA"}, "handle-taken"),
        ({"handle": "\u0430da"}, "handle-malformed"),
        ({"handle": "rnolly_lO"}, "handle-looks-taken"),
        ({"currency": "XXX"}, "currency-unknown"),
        ({"handle": "\ud800"}, "body-malformed"),
        ({"handle": "ada\u200b"}, "handle-malformed"),
        *(({"email": f"new{unseen}@example.com"}, "email-malformed") for unseen in ("\0", "\x1b", "\u200b", "\u202e", "\u3164")),
        *(({"password": f"long enough{unseen}"}, "password-malformed") for unseen in ("\0", "\x1b", "\u200b", "\u202e")),
    ):
        body = json.dumps({**right, **change})
        answer = visitor.client.post("/v1/accounts", content=body, headers={"content-type": "application/json"})
        assert problem_of(answer) == problem, change
    deposit = {"amount_minor": 1_00, "currency": "EUR", "reference": "r"}
    for change, problem in (
        ({"amount_minor": 0}, "amount-out-of-range"),
        ({"amount_minor": 2**62}, "amount-out-of-range"),
        ({"amount_minor": 1.5}, "body-malformed"),
        ({"currency": "USD"}, "currency-mismatch"),
        ({"reference": ""}, "reference-malformed"),
        *(({"reference": f"r{unseen}"}, "reference-malformed") for unseen in ("\0", "\x1b", "\u200b", "\u202e")),
        ({"amount_minor": -1}, "amount-out-of-range"),
        ({"amount_minor": 10**13}, "deposit-too-large"),
    ):
        assert problem_of(ada.post("/v1/wallet/deposits", {**deposit, **change})) == problem, change
    assert problem_of(ada.post("/v1/wallet/withdrawals", {**deposit, "amount_minor": 10**12})) == "insufficient-funds"


@pytest.mark.parametrize(
    "kick_off", ["20260611", 20260611, 1_781_204_400, 1_781_204_400.5, "1781204400", "2026-06-11", "2026-06-11T19:00:00", True]
)
def test_a_number_or_a_day_is_never_taken_for_a_kick_off(trader: Person, kick_off: Any):
    match = {"sport": "football", "competition": "Cup", "home": "A", "away": "B", "kick_off": kick_off}
    answer = trader.post("/v1/trading/fixtures", match, idempotency_key=f"no moment {kick_off}")
    assert (answer.status_code, problem_of(answer)) == (422, "body-malformed")
    assert answer.json()["errors"][0]["where"] == "body.kick_off"


def test_text_that_looks_the_same_is_the_same_however_it_was_typed(tree: Tree, ada: Person, trader: Person):
    visitor = tree.visitor()
    password = {"nfc": "tr\u00e8s s\u00fbr, vraiment", "nfd": "tre\u0300s su\u0302r, vraiment"}
    for handle, typed in (("typed_nfc", "nfc"), ("typed_nfd", "nfd")):
        opened = visitor.post("/v1/accounts", {"handle": handle, "email": f"{handle}@example.com", "password": password[typed]})
        assert opened.status_code == 201, opened.text
        for form in password.values():
            assert visitor.post("/v1/sessions", {"handle": handle, "password": form}).status_code == 201
    first = ada.post("/v1/wallet/deposits", {"amount_minor": 1, "currency": "EUR", "reference": "caf\u00e9"})
    again = ada.post("/v1/wallet/deposits", {"amount_minor": 1, "currency": "EUR", "reference": "cafe\u0301"})
    assert first.json() == again.json()
    match = {"sport": "football", "competition": "Cup", "home": "Cadi\u0301z", "away": "B", "kick_off": "2026-06-11T19:00:00+02:00"}
    scheduled = trader.post("/v1/trading/fixtures", match, idempotency_key="normal")
    assert trader.post("/v1/trading/fixtures", {**match, "home": "Cad\u00edz"}, idempotency_key="normal").json() == scheduled.json()
    assert trader.get(f"/v1/fixtures/{scheduled.json()['fixture_id']}").json()["home"] == "Cad\u00edz"
    for unseen in ("\0", "\u200b", "\u202e"):
        refused = trader.post("/v1/trading/fixtures", {**match, "home": f"A{unseen}"}, idempotency_key=f"unseen {unseen!a}")
        assert problem_of(refused) == "fixture-malformed"


def test_a_balance_is_told_for_no_position_or_moment_that_has_not_come(tree: Tree, ada: Person):
    auditor = tree.bettor("asking", role="auditor")
    path = f"/v1/audit/accounts/{ada.account_id}/balance"
    for at, status, problem in (
        ("20261126", 404, "position-not-reached"),
        ("2999-01-01T00:00:00Z", 404, "moment-not-reached"),
        ("2001-01-01T00:00:00Z", 404, "wallet-not-yet-opened"),
        ("1", 404, "wallet-not-yet-opened"),
        ("2026-11-26", 422, "moment-malformed"),
        ("2026-11-26T12:00:00", 422, "moment-malformed"),
        ("-1", 422, "moment-malformed"),
    ):
        answer = auditor.get(path, at=at)
        assert (answer.status_code, problem_of(answer)) == (status, problem), at


def test_after_all_of_this_the_service_lives_and_the_audit_is_clean(tree: Tree, ada: Person):
    assert ada.get("/readyz").json()["status"] == "ready"
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
