"""The processes of `slipstream up`: which there are, how many of each, what each inherits.

Processes of one role listen on one socket, which `up` holds: a connection is taken by whichever of them accepts first, and none has
anything that another one has not. Projectors share the partitions by ranges where they tail the log. Over Kafka they do as a consumer
group, and so does settlement as another.
"""

import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise

import structlog

from api.cli.operations import ProcessCounts
from infra.operator_errors import Failure
from infra.processes.api_load import LoadWatch
from infra.processes.inherited_sockets import METRICS, listening_at
from infra.processes.scaling import Scaling
from infra.processes.supervisor import ChildSpec
from infra.settings import Settings, process_name
from projections.partitions import partitions_in

FEED = ("feed", "replay", "--loop", "--speed", "60")
ROLES: dict[str, tuple[str, ...]] = {
    "project": ("project",),
    "settle": ("settle",),
    "search": ("search",),
    "notify": ("notify",),
    "stream": ("stream",),
    "api": ("api",),
    "feed": FEED,
}
"""In the order in which they are started and replaced: who reads the log comes before who writes to it, and so knows what is new in it."""
RELAY = {"relay": ("relay",)}
"""Only where the log comes from Kafka."""
GROUPED = ("project", "settle")
"""Roles whose processes are members of a consumer group where the log comes from Kafka, each role of one of its own."""
MEMBER = "up"
"""What these are called in their consumer group, with a number from the second on."""
CROWD = "crowd"
PYTHON = sys.executable
PROGRAM, MODULES = "infra.__main__", ("infra.roles.imported_once",)
"""What roles are forked from: the module whose `main` runs their words, and what it has imported before."""

Wanted = Callable[[], int]

logger = structlog.get_logger()


@dataclass(eq=False)
class TooManyProjectors(Failure):
    """{projectors} projectors cannot share the partitions {partitions} of SLIPSTREAM_PROJECT_PARTITIONS: at most one for each."""

    projectors: int
    partitions: str


@dataclass(eq=False)
class NoMetrics(Failure):
    """The number of API processes goes by their metrics, and the API has none: set SLIPSTREAM_METRICS_PORT, or a fixed number."""


def children(
    settings: Settings,
    counts: ProcessCounts,
    env: Mapping[str, str],
    listening: Mapping[str, dict[str, socket.socket]],
    metrics: Mapping[str, socket.socket],
    shares: Sequence[str],
    api_wanted: Wanted,
) -> list[ChildSpec]:
    """Return the roles as processes of this very program, which inherit the sockets that they listen on; last the demo's people, if any.

    Feed and people are stopped before they are replaced: two feeds would play the same matches. Prices hold meanwhile, within their lease.
    """
    several = str(settings.demo_matches)
    feed = {"feed": (*FEED, "--matches", several, "--races", several, "--others", str(settings.demo_matches // 4))}
    relay = RELAY if env.get("SLIPSTREAM_BACKBONE") == "kafka" else {}
    crowd = {CROWD: ("feed", "crowd", "--people", str(settings.demo_people))} if settings.demo_people else {}

    def spec(role: str, words: tuple[str, ...], number: int) -> ChildSpec:
        name = process_name(role, number)
        is_api, is_member = role == "api", role in GROUPED and bool(relay)
        more = {"SLIPSTREAM_PROJECT_PARTITIONS": shares[number - 1]} if role == "project" else {}
        if is_member:
            more["SLIPSTREAM_KAFKA_MEMBER"] = process_name(MEMBER, number)
        return ChildSpec(
            name,
            [PYTHON, "-m", "infra", *words],
            {**env, **more},
            sockets={**listening.get(role, {}), **({METRICS: metrics[name]} if name in metrics else {})},
            says_ready=role not in ("feed", CROWD),
            words=words,
            retire_signal=signal.SIGUSR1 if is_api or is_member else signal.SIGTERM,
            group=role,
            share_signal=signal.SIGUSR2 if is_api else None,
            wanted=(lambda: number <= api_wanted()) if is_api else (lambda: True),
        )

    return [
        spec(role, words, number) for role, words in (relay | ROLES | feed | crowd).items() for number in range(1, counts.at_most(role) + 1)
    ]


def shares_of(partitions: str, projectors: int) -> list[str]:
    """Return the range of partitions of each projector.

    Raises:
        TooManyProjectors: when there are more projectors than partitions.

    """
    kept = partitions_in(partitions)
    if projectors > len(kept):
        raise TooManyProjectors(projectors, partitions)
    bounds = [kept.start + len(kept) * number // projectors for number in range(projectors + 1)]
    return [f"{first}-{last - 1}" for first, last in pairwise(bounds)]


@contextmanager
def metrics_sockets(settings: Settings, counts: ProcessCounts) -> Iterator[dict[str, socket.socket]]:
    """Give for each process the socket that it serves `/metrics` on; where a port is taken, say so and go on without."""
    sockets: dict[str, socket.socket] = {}
    with ExitStack() as opened:
        for role in ROLES if settings.backbone == "tail" else ROLES | RELAY:
            for number in range(1, counts.at_most(role) + 1):
                name, port = process_name(role, number), settings.metrics_port_of(role, number)
                try:
                    if port:
                        sockets[name] = opened.enter_context(listening_at(settings.metrics_host, port))
                except OSError as error:
                    logger.warning("no metrics: the port is taken; set SLIPSTREAM_METRICS_PORT", role=name, port=port, error=str(error))
        yield sockets


@contextmanager
def api_processes(settings: Settings, counts: ProcessCounts, metrics: Mapping[str, socket.socket]) -> Iterator[Wanted]:
    """Give how many API processes are wanted: a fixed number, or one that goes by their load.

    Raises:
        NoMetrics: when it should go by the load, and that is told nowhere.

    """
    fewest, most = counts.api
    if fewest == most:
        yield lambda: most
        return
    names = [process_name("api", number) for number in range(1, most + 1)]
    if not all(name in metrics for name in names):
        raise NoMetrics
    host = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
    addresses = {name: f"http://{host}:{metrics[name].getsockname()[1]}/metrics" for name in names}
    scaling = Scaling(fewest, most, settings.scale_bets_per_s, settings.scale_queue_wait_ms, settings.scale_down_after_s)
    load = LoadWatch(scaling, addresses)
    load.start()
    try:
        yield lambda: load.wanted
    finally:
        load.stop()
