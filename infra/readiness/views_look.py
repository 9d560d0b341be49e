"""Looks at the views' server: its policy and role, how far each view is, which are set aside, and which producers the board knows."""

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.readiness.sample import ViewsSample
from infra.readmodels.key_names import TROUBLES, pointer_of, position_of_build
from projections.betting.board_gates import FIXTURES, PRODUCERS
from projections.partitions import built
from projections.ports import ReadModelsAway, View

TIMEOUT_S = 1.0
PRODUCERS_MAX = 100


class ViewsLook:
    """Asks the server, over one connection of its own. For one thread."""

    def __init__(self, url: str, views: Sequence[View]) -> None:
        self._views = tuple(views)
        self._client: Any = redis.Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            client_name="slipstream-readiness",
        )

    def look(self) -> ViewsSample:
        """Return how the server and the views stand.

        Raises:
            ReadModelsAway: when the server cannot be reached.

        """
        try:
            return self._look()
        except (redis.RedisError, OSError) as error:
            self.close()
            raise ReadModelsAway(str(error)) from error

    def close(self) -> None:
        """Give up the connection."""
        self._client.connection_pool.disconnect()

    def _look(self) -> ViewsSample:
        with self._client.pipeline(transaction=False) as pipe:
            pipe.info("memory")
            pipe.info("replication")
            pipe.hgetall(TROUBLES)
            for view in self._views:
                pipe.get(pointer_of(view.name))
            memory, replication, troubles, *pointers = pipe.execute()
        builds = {view.name: pointer.decode() for view, pointer in zip(self._views, pointers, strict=True) if pointer is not None}
        with self._client.pipeline(transaction=False) as pipe:
            for build in builds.values():
                pipe.get(position_of_build(build))
            found = pipe.execute()
        positions = {view.name: 0 for view in self._views}
        for name, position in zip(builds, found, strict=True):
            positions[name] = int(position.partition(b" ")[0]) if position is not None else 0
        return ViewsSample(
            str(memory.get("maxmemory_policy", "noeviction")),
            str(replication.get("role", "")),
            positions,
            {name.decode(): said.decode(errors="replace") for name, said in troubles.items()},
            self._producers(builds["board"]) if "board" in builds else (),
        )

    def _producers(self, build: str) -> tuple[str, ...]:
        """Return the producers of prices that the board knows; none where nothing is to be played, so that nobody is missed."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.zrevrange(built(PRODUCERS, build), 0, PRODUCERS_MAX - 1)
            for status in ("live", "scheduled"):
                pipe.zcard(built(f"{FIXTURES}:{status}", build))
            producers, *to_be_played = pipe.execute()
        return tuple(producer.decode() for producer in producers) if any(to_be_played) else ()
