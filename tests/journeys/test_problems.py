"""Every refusal there is has its row in the one table of statuses, and looks like a problem."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

import api
import commands
import domain
from api.http.openapi.document import example
from api.http.problems import PROBLEMS, STATUSES, extra_headers
from api.problems import RENAMED, URN
from domain.refused import Refused


def every(refusal: type[Refused] = Refused) -> Iterator[type[Refused]]:
    for room in (domain, commands, api):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    for kind in refusal.__subclasses__():
        if kind.__module__.split(".")[0] in ("domain", "commands", "api"):
            yield kind
        yield from every(kind)


REFUSALS = sorted(set(every()), key=lambda refusal: refusal.slug)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.slug)
def test_every_refusal_has_a_status_and_a_problem_with_its_evidence(refusal: type[Refused]):
    assert refusal in STATUSES, f"{refusal.__name__} needs a row in api/http/problems.py"
    evidence = {name: f"the {name}" for name in refusal.fields} | ({"retry_after_s": 3} if "retry_after_s" in refusal.fields else {})
    problem = msgspec.json.decode(PROBLEMS.encoded(refusal(**evidence), "/v1/somewhere"))
    assert problem["type"] == URN + refusal.slug
    assert problem["title"] == refusal.title
    assert problem["title"].endswith((".", "`."))
    assert problem["status"] == STATUSES[refusal]
    assert problem["instance"] == "/v1/somewhere"
    for name, value in evidence.items():
        assert problem[RENAMED.get(name, name)] == value
    assert set(example(refusal)) == set(problem)


def test_no_two_refusals_share_a_name():
    slugs = [refusal.slug for refusal in REFUSALS]
    assert len(set(slugs)) == len(slugs)


def test_whoever_may_come_back_is_told_when():
    for refusal in REFUSALS:
        evidence = dict.fromkeys(refusal.fields, 3)
        assert ("Retry-After" in extra_headers(refusal(**evidence))) == (STATUSES[refusal] in (429, 503))


def test_text_that_is_no_unicode_is_shown_all_the_same():
    from api.refusals import BodyMalformed  # noqa: PLC0415  (beside what it proves)

    problem = msgspec.json.decode(PROBLEMS.encoded(BodyMalformed(({"where": "body.\ud800", "what": "wrong"},)), "/"))
    assert problem["errors"] == [{"where": "body.?", "what": "wrong"}]
