"""Every fault: how it begins, how long it lasts, and how it ends."""

import asyncio
import signal
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import psutil
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.embedded.server import EmbeddedServer
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_settings import SESSION_TIMEOUT_S, TOPIC
from tests.journeys.faults.product import Product

HOUR_S = 3_600
JUMP_FOR_S = 2.0
REFUSES_FOR_S = 3.0
VALKEY_STOPPED_S = 5.0
ZOMBIE_AFTER_S = SESSION_TIMEOUT_S + 1.0

End = Callable[[], None]
Begin = Callable[[Product, Random], End]


class Fault(NamedTuple):
    """What goes wrong, for how long; beginning it gives what ends it. `times`: how often it strikes where each fault has its turn."""

    begin: Begin
    for_s: float
    needs_kafka: bool
    times: int


FAULTS: dict[str, Fault] = {}


def fault(what: str, for_s: float = 0.0, *, needs_kafka: bool = False, times: int = 1) -> Callable[[Begin], Begin]:
    """Register a fault."""

    def register(begin: Begin) -> Begin:
        FAULTS[what] = Fault(begin, for_s, needs_kafka, times)
        return begin

    return register


def _nothing() -> None:
    """It is over when it has begun."""


@fault("a role is killed", times=3)
def _(product: Product, rng: Random) -> End:
    product.kill(rng.choice([role for role in product.roles if role not in product.stopped]))
    return _nothing


@fault("PostgreSQL restarts")
def _(product: Product, rng: Random) -> End:
    if rng.randrange(2):
        product.postgres.stop()
        product.postgres.start()
        return _nothing
    _kill_server(product.postgres)
    assert product.postgres.revive()
    return _nothing


@fault("Valkey is stopped", VALKEY_STOPPED_S)
def _(product: Product, rng: Random) -> End:
    """It stands still; or it is gone and comes back empty: views are built anew."""
    if rng.randrange(2):
        return _standing_still(product.valkey)
    _kill_server(product.valkey)

    def end() -> None:
        assert product.valkey.revive()

    return end


@fault("a projector stands still past its session and wakes", ZOMBIE_AFTER_S)
def _(product: Product, rng: Random) -> End:
    return _stopped(product, rng.choice(["project", "project_2"]))


@fault("the settler stands still", REFUSES_FOR_S)
def _(product: Product, _: Random) -> End:
    return _stopped(product, "settle")


@fault("a clock jumps ahead by an hour", JUMP_FOR_S)
def _(product: Product, rng: Random) -> End:
    return _jumped(product, rng, HOUR_S)


@fault("a clock jumps back by an hour", JUMP_FOR_S)
def _(product: Product, rng: Random) -> End:
    return _jumped(product, rng, -HOUR_S)


@fault("a broker is killed", needs_kafka=True)
def _(product: Product, rng: Random) -> End:
    assert product.kafka is not None
    _kill_server(rng.choice(product.kafka.brokers))
    assert product.kafka.revive()
    return _nothing


@fault("brokers refuse records, as with a full disk", REFUSES_FOR_S, needs_kafka=True)
def _(product: Product, _: Random) -> End:
    """More replicas are asked for than there are brokers: no record is taken, and what is there can be read."""
    assert product.kafka is not None
    enough = "2" if len(product.kafka.brokers) > 1 else "1"
    asyncio.run(_need_replicas(product, "9"))
    return lambda: asyncio.run(_need_replicas(product, enough))


async def _need_replicas(product: Product, count: str) -> None:
    address = KafkaAddress.read(product.env["SLIPSTREAM_KAFKA_URL"])
    admin = AIOKafkaAdminClient(**address.options())
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC, {"min.insync.replicas": count})])
    finally:
        await admin.close()


def _jumped(product: Product, rng: Random, offset_s: int) -> End:
    role = rng.choice(product.roles)
    product.set_clock(role, offset_s)
    return lambda: product.set_clock(role, 0)


def _kill_server(server: EmbeddedServer) -> None:
    assert server._process is not None
    server._process.kill()
    server._process.wait(30)


def _standing_still(server: EmbeddedServer) -> End:
    assert server._process is not None
    process = psutil.Process(server._process.pid)
    process.suspend()
    return process.resume


def _stopped(product: Product, role: str) -> End:
    product.running[role].send_signal(signal.SIGSTOP)
    product.stopped.add(role)

    def end() -> None:
        product.stopped.discard(role)
        product.running[role].send_signal(signal.SIGCONT)

    return end
