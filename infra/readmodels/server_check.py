"""Looks at an operator's server before views are kept on it."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import structlog

from infra.operator_errors import Failure
from infra.readmodels.clients import SERVER_ERRORS, client_of, primaries_of
from infra.readmodels.port import RowsMayBeEvicted

TIMEOUT_S = 3.0
KEEPS_ALL = "noeviction"

logger = structlog.get_logger()


def refuse_eviction(memory: dict[str, Any]) -> None:
    """Raise RowsMayBeEvicted where a server's INFO says so; one that does not say has no such policy."""
    policy = memory.get("maxmemory_policy", KEEPS_ALL)
    if policy != KEEPS_ALL:
        raise RowsMayBeEvicted(policy)


@dataclass(eq=False)
class ServerEvicts(Failure):
    """The server at SLIPSTREAM_REDIS_URL forgets rows when it is full (maxmemory-policy {policy}): set maxmemory-policy noeviction."""

    policy: str


def servers_at(url: str) -> list[dict[str, Any]]:
    """Return what each server that takes writes there says of itself (INFO).

    Raises:
        ServerEvicts: when one may forget what it holds. redis.RedisError, OSError: when one cannot be asked; see `clients.SERVER_ERRORS`.

    """
    with closing(client_of(url, timeout_s=TIMEOUT_S, client_name="slipstream-check")) as client:
        told: list[dict[str, Any]] = [server.info() for server in primaries_of(client)]
    try:
        for server in told:
            refuse_eviction(server)
    except RowsMayBeEvicted as evicting:
        raise ServerEvicts(evicting.policy) from None
    return told


def refuse_if_it_evicts(url: str) -> None:
    """Look at an operator's server before a role starts on it. One that is unavailable is looked at again when it is written to.

    Raises:
        ServerEvicts: when it may forget what it holds.

    """
    try:
        servers_at(url)
    except SERVER_ERRORS as error:
        logger.info("the read models cannot be checked yet", error=str(error)[:200])
