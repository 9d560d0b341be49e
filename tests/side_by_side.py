"""How files of tests are shared out among the processes that run them side by side.

Each file is one process's, but those that need a machine to themselves are all one process's, one after the other: whole products of ten
processes, clusters, brokers, and what loads a product until it refuses. Two of them at once take far longer than one after the other,
since whatever they wait for is then late and asked for again; and one process needs one broker.
"""

from typing import Final

from xdist.scheduler.loadfile import LoadFileScheduling

ONE_AFTER_THE_OTHER: Final = frozenset(
    [
        *(f"tests/contracts/test_{name}.py" for name in ("dead_letters", "embedded_kafka", "kafka_cluster", "kafka_mishaps", "kafka_tls")),
        *(f"tests/contracts/test_{name}.py" for name in ("managers_over_kafka", "projectors_over_kafka", "relay", "standby", "topic_feed")),
        *(f"tests/journeys/test_{name}.py" for name in ("consistency", "degrading", "faults", "kafka_backbone", "kill_everything")),
        *(f"tests/journeys/test_{name}.py" for name in ("many_processes", "metrics", "random_hands", "readme", "rolling_restart")),
        *(f"tests/journeys/test_{name}.py" for name in ("standby", "up")),
    ]
)


class BySize(LoadFileScheduling):  # type: ignore[misc]  (xdist is not typed)
    """A process takes a file at a time, or all those that run one after the other."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "one after the other" if file in ONE_AFTER_THE_OTHER else file
