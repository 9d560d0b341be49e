"""The role `slipstream search`: fills the search index from the log, or fills it anew."""

import threading
from contextlib import closing

from api.cli.operations import Tick
from infra.log.tail import Tail
from infra.metrics.serving import registry_of, serving_metrics
from infra.process_managers.runner import run_with_backoff
from infra.processes.inherited_sockets import say_ready
from infra.roles.shared import stopping, watching
from infra.search.indexer import SearchIndexer, empty_index
from infra.servers import Servers

PAUSE_S = 0.1


def search(servers: Servers) -> None:
    """Fill the search index as the log grows, until told to stop. Of several processes one does so, and another when that one ends."""
    settings = servers.settings
    with (
        servers.database() as dsn,
        closing(Tail(dsn)) as tail,
        watching(dsn, None, (), servers.process_managers(), None, settings) as ready,
        stopping() as stop,
        serving_metrics(settings, "search", registry_of("search", ready)),
    ):
        say_ready()
        run_with_backoff("search", lambda: SearchIndexer(dsn, tail), stop)


def rebuild(servers: Servers, tick: Tick) -> None:
    """Empty the search index and fill it from the whole log; where another process fills it, wait for that one."""
    with servers.database() as dsn, closing(Tail(dsn)) as tail:
        empty_index(dsn)
        with closing(SearchIndexer(dsn, tail)) as indexer:
            head, pause = tail.head(), threading.Event()
            while (position := indexer.reached()) < head:
                if indexer.take_turn():
                    indexer.index()
                else:
                    pause.wait(PAUSE_S)
                tick(position, head)
