"""The OpenAPI document tells the truth: whatever is sent, no answer is a 500 and none is undocumented."""

from typing import Any

import hypothesis
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from api.http.problems import PROBLEM_JSON
from tests.journeys.house import Tree

EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_whatever_is_sent_is_answered_as_documented(tree: Tree):
    admin = tree.bettor("root", funds_minor=10_00, role="admin")
    headers = {"authorization": admin.client.headers["authorization"]}
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
