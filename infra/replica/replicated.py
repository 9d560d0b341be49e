"""What the API reads of the log's database itself: from a replica where one is set, else from the primary."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

import psycopg
import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from infra.audit.log_auditing import HeadedStore
from infra.replica.replica import LOG, SEARCH, Replica
from infra.replica.replica_check import refuse_unfit_replica
from infra.replica.replicated_log import ReplicatedLog
from infra.replica.replicated_search import ReplicatedSearch
from infra.search.index_table import SearchTable
from projections.social.search import SearchIndexes

logger = structlog.get_logger(__name__)


class Replicated(NamedTuple):
    """Where facts and the search index are read, and what tells how often the replica answered."""

    log: HeadedStore
    search: SearchIndexes
    collectors: Sequence[Collector]


@contextmanager
def replicated(url: str | None, log_id: str, log: HeadedStore, search: SearchTable) -> Iterator[Replicated]:
    """Give what is read, from the replica of a URL, if there is one; what it does not answer, the primary's `log` and `search` do.

    A replica that is away now is asked later.

    Raises:
        ReplicaOfAnotherLog, ReplicaNotReadable: when it cannot be read from.

    """
    if url is None:
        yield Replicated(log, search, ())
        return
    try:
        position = refuse_unfit_replica(url, log_id)
    except psycopg.OperationalError as error:
        logger.warning("the read replica is away; until it answers, the primary is read", error=str(error).strip()[:200])
    else:
        logger.info("search, export and audit are read from a replica", position=position)
    with closing(Replica(url, log_id, LOG)) as facts, closing(Replica(url, log_id, SEARCH)) as index:
        collector = ReplicaCollector({"log": facts, "search": index})
        yield Replicated(ReplicatedLog(log, facts), ReplicatedSearch(search, index), [collector])


class ReplicaCollector(Collector):
    """Tells how many questions the replica answered, and how many the primary had to."""

    def __init__(self, replicas: dict[str, Replica]) -> None:
        self._replicas = replicas

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        reads = CounterMetricFamily(
            "slipstream_replica_reads",
            "Questions to the read replica by what was asked and who answered: the primary does where the replica is behind or away.",
            labels=["asked", "answered_by"],
        )
        for asked, replica in self._replicas.items():
            reads.add_metric([asked, "replica"], replica.answered)
            reads.add_metric([asked, "primary"], replica.left)
        yield reads
