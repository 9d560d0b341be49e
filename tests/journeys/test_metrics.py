"""What the roles tell on `/metrics`: by Prometheus' rules, and everything that the alert rules and the dashboard ask for."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.embedded.server import HOST
from infra.eventstore.memory import MemoryEventStore
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.relay import Relay
from infra.log.topic_feed import TopicFeed
from infra.metrics.ports import METRICS_PORTS
from infra.metrics.projecting import ProjectorCollector
from infra.metrics.relaying import RelayCollector
from infra.metrics.serving import registry_of
from infra.metrics.supervising import SupervisorCollector
from infra.processes.supervisor import RoleState
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.replica.replica import LOG, Replica
from infra.replica.replicated import ReplicaCollector
from projections.homes import Homes
from tests.journeys.process_tree import Tree, open_match, until

OPERATIONS = Path(__file__).parents[2] / "docs/operations"
PROMTOOL = shutil.which("promtool", path=str(Path(sys.executable).parent)) or shutil.which("promtool")
NAME = re.compile(r"\b(?:slipstream|process)_[a-z0-9_]+")
STRUCK: dict[str, int] = {}
"""The one bet that is struck."""

ROLES = ("api", "project", "settle", "feed", "search", "stream", "notify")
ELSEWHERE = "over Kafka, with a replica"
WORDS = {"feed": ("feed", "replay", "--speed", "60", "--matches", "1")}


@pytest.fixture(scope="module")
def pages(tree: Tree) -> dict[str, str]:
    """What each role tells once bets were placed and matches are played, by role."""
    tree.start(*WORDS["feed"])
    tree.start("search")
    tree.start("stream")
    tree.start("notify")
    trader, ada = tree.bettor("trader", role="trader"), tree.bettor("ada", funds_minor=100_00)
    market = open_match(trader, "told")
    struck = ada.bet(market, "home", 5_00, "first")
    assert struck.status_code == 201
    STRUCK.update(struck.json())
    assert ada.bet(market, "home", 500_00, "second").status_code == 409
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/suspension", {"reason": "looked at"}).status_code < 300
    until(lambda: "slipstream_feed_silence_seconds{" in page_of(tree, "api"), "the API knows a producer of prices")
    until(lambda: 'view="search"' in page_of(tree, "search"), "the search index is filled")
    until(lambda: page_of(tree, "stream"), "the gateway is there")
    until(lambda: "slipstream_notify_suppressed" in page_of(tree, "notify"), "notifications are sent")
    until(lambda: 'fact="market.suspended' in page_of(tree, "project"), "the projector has seen the suspension")
    address, figures = KafkaAddress(("127.0.0.1:1",)), ProjectorCollector()
    reader = KafkaReader("", TopicFeed(address, "told"), "told", "")
    figures.tell_of(Projector(MemoryEventStore(), ValkeyModels("redis://127.0.0.1:1"), ()), reader)
    replicas = {asked: Replica("", "", LOG) for asked in ("log", "search")}
    elsewhere = registry_of("project", figures, RelayCollector(Relay("", address, Homes(()))), ReplicaCollector(replicas))
    supervisor = registry_of("up", SupervisorCollector(lambda: {"api": RoleState(is_running=True, deaths=2, replacements=0)}))
    return {role: page_of(tree, role) for role in ROLES} | {
        "up": generate_latest(supervisor).decode(),
        ELSEWHERE: generate_latest(elsewhere).decode(),
    }


def page_of(tree: Tree, role: str) -> str:
    """What a role tells; empty until it listens."""
    try:
        return httpx.get(f"http://{HOST}:{tree.metrics_port + METRICS_PORTS[role]}/metrics", timeout=10).text
    except httpx.TransportError:
        return ""


def names_on(page: str) -> set[str]:
    return {sample.name for family in text_string_to_metric_families(page) for sample in family.samples} | {
        family.name for family in text_string_to_metric_families(page)
    }


def test_every_role_tells_its_version_its_memory_and_how_far_the_log_is(pages: dict[str, str]):
    for role in ROLES:
        assert f'slipstream_build_info{{role="{role}",version="' in pages[role], role
        assert {"process_resident_memory_bytes", "slipstream_log_position", "slipstream_manager_lag_seconds"} <= names_on(pages[role]), role


def test_the_open_liability_is_what_the_one_open_bet_may_return(pages: dict[str, str], tree: Tree):
    assert pages, "a bet was struck"
    figure = f'slipstream_open_liability_minor_units{{currency="EUR"}} {float(STRUCK["potential_returns_minor"])}'
    for role in ("api", "project"):
        until(lambda role=role: figure in page_of(tree, role), f"{role} tells what the open bet may return")
    assert 'slipstream_view_partition_lag_positions{partition="63",view="liability"}' in page_of(tree, "project")
    assert "slipstream_account_changes_age_seconds" in names_on(pages["api"])
    assert "slipstream_account_changes_age_seconds" not in names_on(pages["project"])


def test_commands_are_counted_by_lane_and_by_what_became_of_them(pages: dict[str, str]):
    figures = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in pages["api"].splitlines() if line[0] != "#"}
    assert figures['slipstream_verdicts_total{lane="bets",verdict="accepted"}'] == 1
    assert figures['slipstream_verdicts_total{lane="bets",verdict="refused"}'] == 1
    assert figures['slipstream_refusals_total{problem="insufficient-funds"}'] == 1
    assert figures['slipstream_queue_wait_seconds_count{lane="bets"}'] >= 2
    assert figures["slipstream_commit_seconds_count"] == figures["slipstream_batch_commands_count"] > 0
    assert figures["slipstream_head_held_seconds_total"] > 0
    assert figures["slipstream_decisions_total"] > figures["slipstream_cache_misses_total"] > 0
    assert figures["slipstream_cached_streams"] > 0
    assert figures['slipstream_http_requests_total{method="POST",route="/v1/bets",status="201"}'] == 1
    assert figures['slipstream_http_requests_total{method="PUT",route="/v1/trading/markets/{market_id}/suspension",status="200"}'] == 1


@pytest.mark.parametrize("role", [*ROLES, "up", ELSEWHERE])
def test_names_and_help_follow_the_rules_of_prometheus(pages: dict[str, str], role: str):
    families = list(text_string_to_metric_families(pages[role]))
    assert families
    for family in families:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name), family.name
        assert family.documentation, family.name
        unit = re.search(r"_(ms|us|ns|milliseconds|minutes|hours|kilobytes|percent)(_total)?$", family.name)
        assert unit is None, f"{family.name}: base units are seconds and bytes"
        for sample in family.samples:
            assert (family.type == "counter") == (sample.name.endswith("_total")) or sample.name.endswith("_created"), sample.name
    if PROMTOOL is None:
        pytest.skip("promtool is not installed: the rules above were checked, its own were not")
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=pages[role], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_alerts_and_dashboard_ask_only_for_what_is_told(pages: dict[str, str]):
    told = set().union(*map(names_on, pages.values()))
    rules = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads((OPERATIONS / "dashboard.json").read_text())["panels"]
    asked = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(asked) > 30
    assert {name for expression in asked for name in NAME.findall(expression)} - told == set()


def test_every_alert_says_how_severe_it_is_and_has_its_paragraph_in_the_guide():
    guide = (OPERATIONS / "alerts.md").read_text()
    for rule in yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]
        assert f"\n## {rule['alert']}\n" in guide


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules_and_the_configuration():
    for command, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        checked = subprocess.run([str(PROMTOOL), "check", command, str(OPERATIONS / file)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_configuration_names_the_ports_of_the_roles():
    config = yaml.safe_load((OPERATIONS / "prometheus.yml").read_text())
    (targets,) = config["scrape_configs"][0]["static_configs"]
    assert targets["targets"] == [f"127.0.0.1:{8001 + offset}" for offset in METRICS_PORTS.values()]
