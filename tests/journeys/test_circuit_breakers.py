"""Under overload features are switched off in order and by name, and bets are taken: the views are late here, which nobody feeds."""

from collections.abc import Iterator

import httpx
import pytest

from api.circuit_breakers import ORDER, Feature
from infra.embedded.server import HOST, free_port
from infra.metrics.ports import METRICS_PORTS
from tests.journeys.process_tree import Person, Tree, open_match, problem_of, until

REFUSED = {Feature.SEARCH: "/v1/search?q=ada", Feature.SUGGESTIONS: "/v1/suggestions", Feature.TRENDING: "/v1/trending"}


@pytest.fixture
def tree(database_url: str, redis_url: str, tmp_path) -> Iterator[Tree]:
    running = Tree(database_url, redis_url, tmp_path)
    running.env |= {"SLIPSTREAM_BREAKER_VIEWS_LATE_S": "1", "SLIPSTREAM_METRICS_PORT": str(free_port())}
    try:
        for role in ("api", "project", "stream"):
            running.start(role)
        yield running
    finally:
        running.end_all()


def alarms(tree: Tree) -> list[str]:
    """What is switched off, as /readyz says it."""
    said = tree.visitor().get("/readyz").json()["alarms"]
    assert all(" is switched off: all views are " in each for each in said), said
    return [each.partition(" ")[0] for each in said]


def off_at(tree: Tree, role: str) -> list[str]:
    """What is switched off, as the metrics of a role say it."""
    page = httpx.get(f"http://{HOST}:{int(tree.env['SLIPSTREAM_METRICS_PORT']) + METRICS_PORTS[role]}/metrics", timeout=10).text
    return [feature for feature in ORDER if f'slipstream_feature_off{{feature="{feature}"}} 1.0' in page]


def are_on(ada: Person) -> bool:
    """Whether every feature answers."""
    feed = ada.client.get("/v1/feed")
    answers = [feed, *(ada.client.get(path) for path in REFUSED.values())]
    return all(answer.status_code == 200 for answer in answers) and "slipstream-off" not in feed.headers


def test_what_can_be_done_without_is_off_by_name_while_bets_are_placed_and_comes_back(tree: Tree):
    trader, ada = tree.bettor("trader", role="trader"), tree.bettor("ada", funds_minor=50_00)
    market = open_match(trader, "overload")
    until(lambda: are_on(ada), "every feature answers")
    tree.end("project")
    assert ada.bet(market, "home", 1_00, "that no view sees").status_code == 201
    seen: list[list[str]] = []
    until(lambda: seen.append(alarms(tree)) or len(seen[-1]) == len(ORDER), "all is off")
    assert all(each == list(ORDER[: len(each)]) for each in seen), seen
    for feature, path in REFUSED.items():
        refused = ada.client.get(path)
        assert (refused.status_code, problem_of(refused), refused.json()["feature"]) == (503, "feature-off", feature)
        assert refused.headers["retry-after"] == "5"
    feed, following = ada.client.get("/v1/feed"), ada.client.get("/v1/feed?tab=following")
    assert (feed.status_code, feed.headers["slipstream-off"]) == (200, "feed-blending")
    assert (following.status_code, "slipstream-off" in following.headers) == (200, False)
    assert ada.bet(market, "home", 1_00, "with all of it off").status_code == 201
    assert off_at(tree, "api") == list(ORDER)
    until(lambda: off_at(tree, "stream") == list(ORDER), "the gateway tells engagement late")
    tree.start("project")
    until(lambda: alarms(tree) == [] and are_on(ada), "every feature answers again", 120)
