"""A primary with a read replica that follows it: paused, resumed and killed as a test likes."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from infra.embedded.postgres_pair import PostgresPair, other_folder
from tests.journeys.process_tree import until
from tests.servers import server_folder


class ReplicaUnderTest:
    """The standby of a pair, as a replica that is read from. `owner_url` and `url` are of the primary, `replica_url` of the replica."""

    def __init__(self, pair: PostgresPair) -> None:
        self._pair = pair
        assert pair._owner is not None
        self._home = pair._owner.path.parent
        self.owner_url = pair.start()
        self.url = pair.role_url()
        self._port = pair._ports[other_folder(self._home).name]
        user = self.url.rpartition("@")[0]
        self.replica_url = f"{user}@127.0.0.1:{self._port}/slipstream"

    def tend(self) -> bool:
        """Look after the pair; return whether the replica follows and has everything."""
        self._pair.revive()
        return self._pair.standby.is_synchronous

    def pause(self) -> None:
        self._ask("SELECT pg_wal_replay_pause()")
        until(lambda: self._ask("SELECT pg_get_wal_replay_pause_state()") == "paused", "what the primary writes is not shown any more")

    def resume(self) -> None:
        self._ask("SELECT pg_wal_replay_resume()")

    def kill(self) -> None:
        assert self._pair._standby is not None
        os.kill(self._pair._standby.pid, signal.SIGKILL)
        self._pair._standby.wait(30)
        until(lambda: not self.tend(), "it is noticed, and commits do not wait for it")

    def _ask(self, question: LiteralString) -> object:
        with psycopg.connect(self._pair._url_at(self._home, self._port), autocommit=True) as connection:
            row = connection.execute(question).fetchone()
            return row[0] if row else None


@contextmanager
def replica_under_test() -> Iterator[ReplicaUnderTest]:
    with server_folder() as folder, PostgresPair(folder / "postgres") as pair:
        pair.start()
        made = ReplicaUnderTest(pair)
        until(made.tend, "the replica follows")
        yield made
