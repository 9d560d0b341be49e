"""The OpenAPI document tells the truth: whatever is sent, no answer is a 500 and none is undocumented."""

import re
from collections.abc import Iterator
from typing import Any

import hypothesis
import jsonschema_rs
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from api.http.problems import PROBLEM_JSON
from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match
from tests.views.test_hidden_people import ELSEWHERE, READS

EXAMPLES = 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_whatever_is_sent_is_answered_as_documented(tree: Tree):
    admin = tree.bettor("root", funds_minor=10_00, role="admin")
    headers = {"authorization": admin.client.headers["authorization"]}
    tree.visitor().client.get("/openapi.json", timeout=120)  # it is made when it is first asked for, and the next line waits ten seconds
    schema = schemathesis.openapi.from_url(f"{tree.url}/openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), database=None)
        @hypothesis.given(case=operation.as_strategy())
        def answers_as_documented(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=30)

        answers_as_documented()
        tried += 1
    assert tried > 25
    assert tree.run("audit", "verify").returncode == 0


def test_every_operation_has_a_stable_name_an_example_and_its_refusals(tree: Tree):
    document = tree.visitor().get("/openapi.json").json()
    names = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "_" not in operation["operationId"], operation["operationId"]
            names.add(operation["operationId"])
            assert operation["description"], path
            problems = [
                answer["content"][PROBLEM_JSON] for answer in operation["responses"].values() if PROBLEM_JSON in answer.get("content", {})
            ]
            assert problems, (method, path)
            for problem in problems:
                assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert problem["examples"]
    assert {"placeBet", "openAccount", "signIn", "deposit", "withdraw", "listFixtures", "readFixture", "readMarket", "portfolio"} <= names
    assert len(names) == sum(len(operations) for operations in document["paths"].values())
    moved = document["paths"]["/v1/bets"]["post"]["responses"]["409"]["content"][PROBLEM_JSON]["examples"]["prices-moved"]["value"]
    assert {"asked", "current", "current_version"} <= set(moved)


def test_every_read_route_that_returns_people_or_slips_is_asked_about_whoever_is_hidden(tree: Tree):
    document = tree.visitor().get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def named_in(schema: Any, seen: set[str]) -> set[str]:
        for name in set(re.findall(r"#/components/schemas/(\w+)", str(schema))) - seen:
            seen.add(name)
            named_in(schemas[name], seen)
        return seen

    people = {name for name, schema in schemas.items() if {"handle", "account_id", "slip_id"} & set(schema.get("properties", ()))}
    reads = {
        operations["get"]["operationId"]
        for path, operations in document["paths"].items()
        if "get" in operations and not path.startswith(("/v1/audit", "/v1/trading", "/v1/compliance", "/v1/account/", "/v1/sessions"))
        if named_in(operations["get"]["responses"].get("200"), set()) & people
    }
    assert reads - set(ELSEWHERE) <= set(READS), "a new route has its line in READS, or its reason in ELSEWHERE"
    assert set(READS) <= {operation["operationId"] for operations in document["paths"].values() for operation in operations.values()}


@pytest.fixture(scope="module")
def document(tree: Tree) -> dict[str, Any]:
    return dict(tree.visitor().get("/openapi.json").json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def slugs(operation: dict[str, Any], status: str) -> set[str]:
    return set(operation["responses"].get(status, {}).get("content", {}).get(PROBLEM_JSON, {}).get("examples", {}))


def test_whatever_needs_a_session_says_so_and_nothing_else_does(document: dict[str, Any]):
    needing = {operation["operationId"] for _, operation in operations(document) if "token-missing" in slugs(operation, "401")}
    assert {operation["operationId"] for _, operation in operations(document) if operation.get("security")} == needing
    assert {"placeBet", "portfolio", "whoAmI", "openMarket", "auditStream"} <= needing
    others = {operation["operationId"] for _, operation in operations(document) if "401" in operation["responses"]} - needing
    assert others == {"signIn"}


def test_every_success_shows_an_example_of_its_own_shape_and_the_position_it_is_true_at(document: dict[str, Any]):
    for path, operation in operations(document):
        successes = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        assert successes, path
        for status, success in successes.items():
            assert ("Slipstream-Position" in success.get("headers", {})) == path.startswith("/v1/"), path
            assert ("content" in success) == (status != "204"), path
            for kind, content in success.get("content", {}).items():
                if kind == "application/json":
                    schema = {**content.get("schema", {}), "components": document["components"]}
                    jsonschema_rs.validate(schema, content["example"])
                    assert content["example"], path


def test_a_key_is_required_where_its_absence_is_refused(document: dict[str, Any]):
    keys = {}
    for _, operation in operations(document):
        required = [each["required"] for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"]
        assert not required or required == ["key-missing" in slugs(operation, "422")], operation["operationId"]
        assert required or "key-missing" not in slugs(operation, "422"), operation["operationId"]
        if required:
            keys[operation["operationId"]] = required[0]
    assert keys["placeBet"] is True
    assert keys["openAccount"] is False


def test_not_being_ready_is_a_problem_like_any_other(document: dict[str, Any]):
    assert set(document["paths"]["/readyz"]["get"]["responses"]["503"]["content"]) == {PROBLEM_JSON}


FIXTURE = "fixture_id status kick_off clock score"
MARKET = "market_id type specifiers status reason version selections"
BET = "bet_id status odds stake_minor potential_returns_minor returns_minor legs position"


@pytest.fixture(scope="module")
def asked(tree: Tree, trader: Person) -> dict[str, Any]:
    """What the API answers to each question that clients rely on."""
    grace = tree.bettor("relying", funds_minor=50_00)
    market = open_match(trader, "relied on")
    grace.position = trader.position
    bet = grace.bet(market, "home", 5_00, "relied on").json()
    return {
        "a list": grace.get("/v1/fixtures").json(),
        "a fixture in a list": grace.get("/v1/fixtures").json()["items"][0],
        "a fixture": grace.get(f"/v1/fixtures/{market['fixture_id']}").json(),
        "a market": market,
        "a selection": market["selections"][0],
        "a receipt": bet,
        "a bet": grace.get(f"/v1/bets/{bet['bet_id']}").json(),
        "a list of bets": grace.get("/v1/bets").json(),
        "a statement": grace.get("/v1/wallet/statement").json(),
        "a transfer": grace.post("/v1/wallet/deposits", {"amount_minor": 1, "currency": "EUR", "reference": "relied on"}).json(),
        "a session": tree.visitor().post("/v1/sessions", {"handle": "relying", "password": PASSWORD}).json(),
    }


@pytest.mark.parametrize(
    ("shape", "members"),
    [
        ("a list", "items next_cursor"),
        ("a fixture in a list", FIXTURE),
        ("a fixture", f"{FIXTURE} markets"),
        ("a market", MARKET),
        ("a selection", "selection name odds"),
        ("a receipt", BET),
        ("a bet", BET),
        ("a list of bets", "items next_cursor"),
        ("a statement", "items next_cursor"),
        ("a transfer", "amount_minor currency"),
        ("a session", "token"),
    ],
)
def test_an_answer_has_the_members_that_clients_rely_on(asked: dict[str, Any], shape: str, members: str):
    assert set(members.split()) <= asked[shape].keys()
