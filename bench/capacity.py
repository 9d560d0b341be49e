"""Capacity on paper: what 10 million connected users and 50,000 bets a second need, from what was measured; writes docs/scale.md.

`python -m bench.capacity` prints the page. `python -m bench.capacity take` first takes the newest line of each figure that it uses from
bench/results.jsonl into docs/scale_figures.jsonl, and writes the page.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ceiling
from bench.harness import RESULTS

DOCS = Path(__file__).parents[1] / "docs"
FIGURES = DOCS / "scale_figures.jsonl"
PAGE = DOCS / "scale.md"
TEMPLATE = DOCS / "scale.template"

ASSUMED: dict[str, tuple[float, str]] = {
    "users": (10_000_000, "connected users"),
    "bets_per_s": (50_000, "bets a second at the peak"),
    "load": (
        0.5,
        "share of what was measured that a process is planned for; the rest is for one that dies, and until another starts",
    ),
    "mean_of_peak": (0.25, "load of the average second of a month, as a share of the peak"),
    "facts_per_bet": (5, "facts a bet: placed, reserved, settled, paid, and what is said about it"),
    "fact_bytes": (450, "bytes of a fact in PostgreSQL with its index entries, and in a record of Kafka before compression"),
    "homes": (2, "partitions that a fact is copied to on the topic"),
    "changes_per_user_s": (0.5, "changes a second that a connected user is told of, conflated"),
    "change_bytes": (140, "bytes of a change on the wire, with frame and TCP"),
    "boards_per_user_s": (0.02, "boards, matches and markets that a connected user asks for a second, past any cache in front"),
    "pages_per_user_s": (0.002, "pages of the feed that a connected user asks for a second: one in eight minutes"),
    "connections_per_gateway": (10_000, "sockets of a gateway process, as many as were measured"),
    "timeline_bytes": (20_000, "bytes of an active user's timeline and lists in Valkey"),
    "shard_gib": (24, "GiB of a Valkey shard, of which a copy is made in memory at a resharding"),
    "broker_mb_per_s": (100, "MB a second that a broker takes with its replicas"),
    "core_usd": (25, "USD a month of a core with 2 GiB, rented by the month"),
    "gib_usd": (4, "USD a month of a GiB of memory beyond that"),
    "disk_gb_usd": (0.1, "USD a month of a GB of replicated disk"),
    "egress_gb_usd": (0.02, "USD of a GB to clients"),
}
SECONDS_A_MONTH = 2_629_800


@dataclass(frozen=True)
class Needed:
    """One row of the page: what is needed, how many, and from which figure it follows."""

    what: str
    count: int
    cores: float
    memory_gib: float
    follows: str


class Plan:
    """Numbers that follow from figures and assumptions."""

    def __init__(self, figures: dict[str, dict[str, Any]]) -> None:
        self.figures = figures
        self.rows = [make(self) for make in ROWS]

    def of(self, name: str, field: str = "value") -> float:
        """Return a figure, or what was measured beside it."""
        return float(self.figures[name][field])

    def assumed(self, name: str) -> float:
        """Return an assumption."""
        return ASSUMED[name][0]

    def per_process(self, name: str, field: str = "value") -> float:
        """Return what a process is planned for."""
        return self.assumed("load") * self.of(name, field)

    @property
    def facts_per_s(self) -> float:
        """Return the facts a second at the peak."""
        return self.assumed("bets_per_s") * self.assumed("facts_per_bet")

    @property
    def logs(self) -> int:
        """Return how many logs it takes at the planned load."""
        return math.ceil(self.assumed("bets_per_s") / self.per_process("place_bet"))

    @property
    def egress_gb(self) -> float:
        """Return the GB to clients in a month."""
        per_s = self.assumed("users") * self.assumed("changes_per_user_s") * self.assumed("change_bytes")
        return per_s * self.assumed("mean_of_peak") * SECONDS_A_MONTH / 1e9

    @property
    def disk_gb(self) -> float:
        """Return the GB that the logs grow by in a month, on three copies."""
        return self.facts_per_s * self.assumed("mean_of_peak") * self.assumed("fact_bytes") * SECONDS_A_MONTH / 1e9 * 3

    def money(self) -> list[tuple[str, float]]:
        """Return what it costs a month, by part, in USD."""
        cores = sum(row.cores for row in self.rows)
        beyond_gib = max(0.0, sum(row.memory_gib for row in self.rows) - 2 * cores)
        return [
            ("cores", cores * self.assumed("core_usd")),
            ("memory beyond 2 GiB a core", beyond_gib * self.assumed("gib_usd")),
            ("disk, for each month that is kept", self.disk_gb * self.assumed("disk_gb_usd")),
            ("traffic to clients", self.egress_gb * self.assumed("egress_gb_usd")),
        ]


def api_for_bets(plan: Plan) -> Needed:
    """API processes that take the bets."""
    each = plan.of("place_bet_http.p99_at_half_load", "per_s")
    count = math.ceil(plan.assumed("bets_per_s") / each)
    memory_gib = count * plan.of("place_bet_http.memory") / 1024
    return Needed("`api` for bets", count, count, memory_gib, f"`place_bet_http.p99_at_half_load`: {each:,.0f} bets/s a process")


def logs(plan: Plan) -> Needed:
    """PostgreSQL servers."""
    each = plan.per_process("place_bet")
    why = f"`place_bet`: {each:,.0f} bets/s a log at the planned load; a primary and two standbys of 8 cores and 32 GiB each"
    return Needed("PostgreSQL servers, three to a log", 3 * plan.logs, 3 * plan.logs * 8, 3 * plan.logs * 32, why)


def projectors(plan: Plan) -> Needed:
    """Projectors, which share the 64 partitions."""
    each = plan.assumed("load") * 2 * plan.of("place_bet.all_roles")
    count = math.ceil(plan.facts_per_s / each)
    why = f"`place_bet.all_roles`: {each:,.0f} facts/s, two of each bet, {plan.of('place_bet.all_roles.lag'):.1f} s behind"
    return Needed("`project`", count, count, count * 0.25, why)


def settlers(plan: Plan) -> Needed:
    """Settlers: as many bets are settled as are placed."""
    each = plan.of("whistle.all", "bets_settled_per_s")
    count = math.ceil(plan.assumed("mean_of_peak") * plan.assumed("bets_per_s") / each)
    return Needed("`settle`", count, count, count * 0.25, f"`whistle.all`: {each:,.0f} bets/s beside bets at full load; at the mean load")


def gateways(plan: Plan) -> Needed:
    """Gateway processes."""
    count = math.ceil(plan.assumed("users") / plan.assumed("connections_per_gateway"))
    changes = plan.assumed("users") * plan.assumed("changes_per_user_s")
    memory_gib = plan.assumed("users") * plan.of("push.idle") / 2**20
    told_per_s, kib = plan.per_process("push.gathered"), plan.of("push.idle")
    why = f"`push.idle`: {kib:.1f} KiB a socket; `push.gathered`: {told_per_s:,.0f} changes/s a core"
    return Needed("`stream`", count, math.ceil(changes / told_per_s), memory_gib, why)


def api_for_boards(plan: Plan) -> Needed:
    """API processes that answer boards."""
    each = plan.per_process("queries.board")
    count = math.ceil(plan.assumed("users") * plan.assumed("boards_per_user_s") / each)
    return Needed("`api` for boards", count, count, count * 0.25, f"`queries.board`: {each:,.0f} boards/s a process")


def api_for_feeds(plan: Plan) -> Needed:
    """API processes that answer pages of the feed."""
    each = plan.per_process("feed_page")
    count = math.ceil(plan.assumed("users") * plan.assumed("pages_per_user_s") / each)
    return Needed("`api` for feeds", count, count, count * 0.3, f"`feed_page`: {each:,.0f} pages/s a process")


def shards(plan: Plan) -> Needed:
    """Valkey shards, each with a replica."""
    gib = plan.assumed("users") * plan.assumed("timeline_bytes") / 2**30
    count = 2 * math.ceil(gib / plan.assumed("shard_gib"))
    return Needed(
        "Valkey nodes, two to a shard",
        count,
        count * 2,
        2 * gib,
        f"{gib:,.0f} GiB of timelines and lists, in 64 partitions",
    )


def brokers(plan: Plan) -> Needed:
    """Kafka brokers."""
    mb_per_s = plan.facts_per_s * plan.assumed("homes") * plan.assumed("fact_bytes") * 3 / 1e6
    count = max(3, math.ceil(mb_per_s / plan.assumed("broker_mb_per_s")))
    return Needed("Kafka brokers", count, count * 4, count * 16, f"{mb_per_s:,.0f} MB/s with three replicas; 64 partitions")


ROWS: list[Callable[[Plan], Needed]] = [
    api_for_bets,
    logs,
    projectors,
    settlers,
    gateways,
    api_for_boards,
    api_for_feeds,
    shards,
    brokers,
]
USED = (
    "place_bet",
    "place_bet_http",
    "place_bet_http.p99_at_half_load",
    "place_bet_http.memory",
    "place_bet.all_roles",
    "place_bet.all_roles.lag",
    "whistle.all",
    "push.idle",
    "push.gathered",
    "push.reconnect",
    "queries.board",
    "feed_page",
    "step.bet_p99",
)


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as lines of a table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def measured(figure: dict[str, Any]) -> str:
    """Return a figure with its unit."""
    return f"{figure['value']:,.2f} {figure['unit']}"


def page(figures: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    plan = Plan(figures)
    money = plan.money()
    cores, memory_gib = sum(row.cores for row in plan.rows), sum(row.memory_gib for row in plan.rows)
    burst = 100 * plan.assumed("bets_per_s")
    taken = min(plan.logs * plan.of("place_bet"), plan.rows[0].count * plan.of("place_bet_http"))
    told = {
        "assumptions": table((f"{value:,g}", meaning) for value, meaning in ASSUMED.values()),
        "rows": table((row.what, f"{row.count:,}", f"{row.cores:,.0f}", f"{row.memory_gib:,.0f}", row.follows) for row in plan.rows),
        "total": table([("together", "", f"{cores:,.0f}", f"{memory_gib:,.0f}", "")]),
        "money": table((part, f"{usd:,.0f}") for part, usd in money),
        "money_total": f"{sum(usd for _, usd in money):,.0f}",
        "figures": table((f"`{name}`", measured(figures[name]), figures[name]["commit"]) for name in USED),
        "machine": str(figures["place_bet"]["machine"]),
        "logs": str(plan.logs),
        "facts_per_s": f"{plan.facts_per_s:,.0f}",
        "egress_gbit": f"{plan.assumed('users') * plan.assumed('changes_per_user_s') * plan.assumed('change_bytes') * 8 / 1e9:,.1f}",
        "egress_tb": f"{plan.egress_gb / 1000:,.0f}",
        "disk_tb": f"{plan.disk_gb / 1000:,.0f}",
        "one_log": f"{plan.of('place_bet'):,.0f}",
        "twice_share": f"{2 * plan.assumed('bets_per_s') / (plan.logs * plan.of('place_bet')):.0%}",
        "burst": f"{burst:,.0f}",
        "taken": f"{taken:,.0f}",
        "shed": f"{1 - taken / burst:.0%}",
        "reconnect_s": f"{plan.of('push.reconnect'):.1f}",
        "ceiling": ceiling.told(figures),
        "step_ms": f"{plan.of('step.bet_p99'):.0f}",
    }
    text = TEMPLATE.read_text()
    for name, value in told.items():
        text = text.replace("{" + name + "}", value)
    return text


def newest(path: Path) -> dict[str, dict[str, Any]]:
    """Return the last line of each figure of a file of results."""
    return {line["name"]: line for line in map(json.loads, path.read_text().splitlines())}


def take() -> None:
    """Take the newest figures that are used."""
    found = newest(FIGURES) if FIGURES.exists() else {}
    found |= newest(RESULTS)
    kept = [*USED, *(name for name in ceiling.USED if name in found)]
    FIGURES.write_text("".join(json.dumps(found[name]) + "\n" for name in kept))


def main(words: list[str]) -> None:
    """Print the page, or take figures and write it."""
    if words == ["take"]:
        take()
        PAGE.write_text(page(newest(FIGURES)))
    else:
        sys.stdout.write(page(newest(FIGURES)))


if __name__ == "__main__":
    main(sys.argv[1:])
