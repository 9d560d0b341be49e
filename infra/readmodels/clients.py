"""Clients of the servers that keep views: of one server, or of a cluster, whose redirections (MOVED, ASK) they follow.

`redis://`, `rediss://` and `unix://` lead to one server, `redis+cluster://host:port,host:port` and `rediss+cluster://` to a cluster.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException
from redis.retry import Retry

CLUSTER = "+cluster"

SERVER_ERRORS = (redis.RedisError, RedisClusterException, OSError)
"""Errors of a server and of the connection to it."""
PORT = 6379


def is_cluster(url: str) -> bool:
    """Whether a URL leads to a cluster."""
    return urlsplit(url).scheme.endswith(CLUSTER)


def names_a_server(url: str) -> bool:
    """Whether a URL can be that of a server or a cluster."""
    try:
        told = urlsplit(url)
        if is_cluster(url):
            seeds, _ = seeds_of(url)
            is_right = told.scheme in ("redis+cluster", "rediss+cluster") and all(host and port for host, port in seeds)
            return is_right and bool(told.hostname) and told.path.strip("/") in ("", "0")
        is_port = told.port is None or told.port > 0
    except ValueError:
        return False
    if told.scheme == "unix":
        return told.path.startswith("/")
    database = told.path.strip("/")
    return told.scheme in ("redis", "rediss") and bool(told.hostname) and is_port and (not database or database.isdecimal())


def seeds_of(url: str) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """Return where a cluster's URL leads, and how a client signs in there."""
    parts = urlsplit(url)
    _, _, hosts = parts.netloc.rpartition("@")
    each = [urlsplit(f"//{host}") for host in hosts.split(",")]
    sign_in: dict[str, Any] = {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    if parts.scheme.startswith("rediss"):
        sign_in["ssl"] = True
    return [(host.hostname or "localhost", host.port or PORT) for host in each], sign_in


def cluster_client(url: str, *, timeout_s: float, client_name: str) -> Any:
    """Return a client of a cluster; it asks there at once. Its stubs mix the answers of the sync and the async client.

    Raises:
        redis.RedisError: when no node can be reached.

    """
    seeds, sign_in = seeds_of(url)
    node: Any = ClusterNode  # its constructor has no types
    return RedisCluster(
        startup_nodes=[node(host, port) for host, port in seeds],
        retry=Retry(NoBackoff(), 1),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        client_name=client_name,
        **sign_in,
    )


def async_cluster_client(url: str, *, timeout_s: float, client_name: str, connections_max: int) -> Any:
    """Return a client of a cluster for one event loop; it asks there when it is first used."""
    seeds, sign_in = seeds_of(url)
    return AsyncRedisCluster(
        startup_nodes=[AsyncClusterNode(host, port) for host, port in seeds],
        max_connections=connections_max,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        client_name=client_name,
        **sign_in,
    )


def single_client(url: str, *, timeout_s: float, client_name: str, **others: Any) -> Any:
    """Return a client of one server, which retries nothing by itself."""
    return redis.Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        client_name=client_name,
        **others,
    )


def client_of(url: str, *, timeout_s: float, client_name: str) -> Any:
    """Return a client of the server or the cluster that a URL leads to.

    Raises:
        redis.RedisError: when it leads to a cluster of which no node can be reached.

    """
    make = cluster_client if is_cluster(url) else single_client
    return make(url, timeout_s=timeout_s, client_name=client_name)


def primaries_of(client: Any) -> list[Any]:
    """Return a client of each server that takes writes."""
    nodes = client.get_primaries() if isinstance(client, RedisCluster) else None  # type: ignore[no-untyped-call]
    if nodes is not None:
        return [client.get_redis_connection(node) for node in nodes]
    return [client]
