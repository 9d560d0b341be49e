"""Three brokers: one of them is killed under load, two of them are, and the relay that leads is. Nothing is missing afterwards."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.embedded.kafka import EmbeddedKafka, why_no_broker
from infra.embedded.kafka_cluster import EmbeddedKafkaCluster
from infra.processes.process_control import processes_in, wait_until
from tests.contracts.relays_under_test import KINDS, RelayedLog, appending, assert_copied, process, repeats, running
from tests.servers import server_folder

pytestmark = [
    pytest.mark.skipif(bool(why_no_broker()), reason=f"{why_no_broker()}: install Java 17 and Maven, then make kafka"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Brokers die here: aiokafka forgets connections to them, and leaves their sockets to be collected."""

FLUSH = 50


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a test leaves while the test is to blame for it."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedKafkaCluster]:
    """Three brokers for this file."""
    with server_folder() as folder, EmbeddedKafkaCluster(folder / "kafka", 3) as brokers:
        brokers.start()
        yield brokers


@pytest.fixture
def relayed(database_url: str, cluster: EmbeddedKafkaCluster) -> Iterator[RelayedLog]:
    with closing(RelayedLog(database_url, cluster.start())) as log:
        yield log


def kill(broker: EmbeddedKafka) -> None:
    (found,) = processes_in(broker.directory, "java")
    found.kill()


async def replication(relayed: RelayedLog) -> tuple[set[int], str]:
    """How many replicas the partitions of the topic have, and how many of these have to acknowledge."""
    admin = AIOKafkaAdminClient(**relayed.address.options())
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([relayed.topic])
        asked = ConfigResource(ConfigResourceType.TOPIC, relayed.topic, configs={"min.insync.replicas": None})
        (answer,) = await admin.describe_configs([asked])
        ((_, _, _, _, ((_, in_sync, *_),)),) = answer.resources
        return {len(partition["replicas"]) for partition in topic["partitions"]}, in_sync
    finally:
        await admin.close()


def test_a_broker_of_three_that_is_killed_under_load_holds_nobody_up_and_comes_back(relayed: RelayedLog, cluster: EmbeddedKafkaCluster):
    with running(relayed.relay(FLUSH)):
        appended = appending(relayed, KINDS * 25, 10)
        assert wait_until(lambda: relayed.position() >= 200, 120)
        kill(cluster.brokers[0])
        appended.join()
        assert wait_until(lambda: relayed.position() == 1_000, 120), "two of three replicas are enough"
        assert wait_until(cluster.revive, 60)
        relayed.written.append(KINDS * 5)
        assert wait_until(lambda: relayed.position() == 1_020, 120)
    assert_copied(relayed)
    assert asyncio.run(replication(relayed)) == ({3}, "2")


def test_a_relay_whose_quorum_is_lost_says_that_it_waits_and_can_be_stopped_and_nothing_is_missing_later(
    relayed: RelayedLog, cluster: EmbeddedKafkaCluster
):
    def says_so(said: list[Any]) -> bool:
        return any(each["event"] == "Kafka acknowledges nothing; the relay waits for it" for each in list(said))

    relayed.written.append(KINDS * 5)
    with structlog.testing.capture_logs() as said, running(relayed.relay(FLUSH)):
        assert wait_until(lambda: relayed.position() == 20, 120)
        for broker in cluster.brokers[1:]:
            kill(broker)
        relayed.written.append(KINDS * 5)
        assert wait_until(lambda: says_so(said), 120)
        assert relayed.position() == 20, "one of three replicas acknowledges nothing"
    with running(relayed.relay(FLUSH)):
        assert wait_until(cluster.revive, 60)
        assert wait_until(lambda: relayed.position() == 40, 120)
    assert_copied(relayed)


def test_when_the_relay_that_leads_is_killed_another_goes_on_and_repeats_only_at_the_seam(relayed: RelayedLog):
    with process(relayed, FLUSH) as leader:
        relayed.written.append(KINDS * 5)
        assert wait_until(lambda: relayed.position() == 20, 120)
        with running(relayed.relay(FLUSH)) as other:
            appended = appending(relayed, KINDS * 25, 10)
            assert wait_until(lambda: relayed.position() >= 200, 120)
            assert not other.leads
            noted = relayed.position()
            leader.kill()
            leader.wait()
            begins = relayed.position()
            assert wait_until(lambda: other.leads, 60)
            appended.join()
            assert wait_until(lambda: relayed.position() == 1_020, 120)
    assert_copied(relayed)
    assert all(noted < position <= begins + 2 * FLUSH for of_partition in relayed.records() for position in repeats(of_partition))
