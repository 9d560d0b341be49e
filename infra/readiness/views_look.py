"""Looks at the views' servers: their policy and role, how far each view is, which are set aside, and which producers the board knows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from infra.readiness.sample import ViewsSample
from infra.readmodels.clients import SERVER_ERRORS, client_of, primaries_of
from infra.readmodels.key_names import AT, LIVE, META, TROUBLES
from infra.readmodels.server_check import KEEPS_ALL
from infra.readmodels.valkey_reads import position_of
from projections.betting.board_gates import FIXTURES, PRODUCERS_KEY
from projections.partitions import partition_of_key, physical_key
from projections.ports import ReadModelsUnavailable, View
from projections.trading.liability import LIABILITY, SUMS

TIMEOUT_S = 1.0
PRODUCERS_MAX = 100


class ViewsLook:
    """Asks the servers, over connections of its own. For one thread."""

    def __init__(self, url: str, views: Sequence[View]) -> None:
        self._url = url
        self._views = tuple(views)
        self._made: Any = None

    def look(self) -> ViewsSample:
        """Return how the servers and the views stand.

        Raises:
            ReadModelsUnavailable: when a server cannot be reached.

        """
        try:
            if self._made is None:
                self._made = client_of(self._url, timeout_s=TIMEOUT_S, client_name="slipstream-readiness")
            return self._look()
        except SERVER_ERRORS as error:
            self.close()
            raise ReadModelsUnavailable(str(error)) from error

    def close(self) -> None:
        """Give up the connections."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def _look(self) -> ViewsSample:
        servers = primaries_of(self._made)
        policies = [str(server.info("memory").get("maxmemory_policy", KEEPS_ALL)) for server in servers]
        roles = [str(server.info("replication").get("role", "")) for server in servers]
        with self._made.pipeline(transaction=False) as pipe:
            pipe.hgetall(TROUBLES)
            for meta in META:
                pipe.hgetall(meta)
            troubles, *partitions = pipe.execute()
        by_partition = {
            (view.name, partition): _position_in(fields, view.name) for view in self._views for partition, fields in enumerate(partitions)
        }
        return ViewsSample(
            next((policy for policy in policies if policy != KEEPS_ALL), KEEPS_ALL),
            next((role for role in roles if role != "master"), "master"),
            {view.name: min(by_partition[view.name, partition] for partition in range(len(partitions))) for view in self._views},
            {name.decode(): said.decode(errors="replace") for name, said in troubles.items()},
            self._producers(partitions[partition_of_key(PRODUCERS_KEY)].get(f"{LIVE}board".encode())),
            by_partition,
            self._liability_minor([fields.get(f"{LIVE}{LIABILITY}".encode()) for fields in partitions]),
        )

    def _liability_minor(self, builds: Sequence[bytes | None]) -> Mapping[str, int]:
        """Return what open bets may return, by currency: the sums of all partitions, each as its view stands there."""
        keys = [physical_key(key, build.decode()) for key, build in zip(SUMS, builds, strict=True) if build is not None]
        with self._made.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(key)
            sums = pipe.execute() if keys else []
        total: Counter[str] = Counter()
        for of_partition in sums:
            total.update({currency.decode(): int(minor) for currency, minor in of_partition.items()})
        return dict(total)

    def _producers(self, found: bytes | None) -> tuple[str, ...]:
        """Return the producers of prices that the board knows; none where no match is to be played, so that none is reported as silent."""
        if found is None:
            return ()
        build = found.decode()
        with self._made.pipeline(transaction=False) as pipe:
            pipe.zrevrange(physical_key(PRODUCERS_KEY, build), 0, PRODUCERS_MAX - 1)
            for status in ("live", "scheduled"):
                pipe.zcard(physical_key(f"{FIXTURES}:{status}", build))
            producers, *to_be_played = pipe.execute()
        return tuple(producer.decode() for producer in producers) if any(to_be_played) else ()


def _position_in(fields: Mapping[bytes, bytes], view: str) -> int:
    """Return how far what readers see of a view is in a partition."""
    live = fields.get(f"{LIVE}{view}".encode())
    return position_of(fields.get(AT.encode() + live)) if live is not None else 0
