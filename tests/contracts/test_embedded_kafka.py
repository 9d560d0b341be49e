"""The Kafka broker that Slipstream starts itself: its data, its owner, and who gets in."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from infra.embedded import kafka
from infra.embedded.errors import BrokerMissing, PortBusy
from infra.embedded.kafka import EmbeddedKafka, why_no_broker
from infra.log.kafka_address import KafkaAddress
from infra.processes.process_control import processes_in, wait_until
from tests.servers import server_folder

needs_a_broker = pytest.mark.skipif(bool(why_no_broker()), reason=f"{why_no_broker()}: install Java 17 and Maven, then make kafka")
NOTES = TopicPartition("notes", 0)


@pytest.fixture
def folder():
    with server_folder() as path:
        yield path
        assert wait_until(lambda: processes_of(path) == [], 20), "a broker outlived its test"


def processes_of(folder: Path) -> list[psutil.Process]:
    return processes_in(folder / "kafka", "java")


async def answers(url: str) -> bool:
    """Whether a broker is there and takes the account."""
    client = AIOKafkaClient(**KafkaAddress.read(url).options(), request_timeout_ms=5_000)
    try:
        await client.bootstrap()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


def put(url: str, value: bytes) -> None:
    async def send() -> None:
        admin = AIOKafkaAdminClient(**KafkaAddress.read(url).options())
        await admin.start()
        if NOTES.topic not in await admin.list_topics():
            await admin.create_topics([NewTopic(NOTES.topic, 1, 1)])
        await admin.close()
        async with AIOKafkaProducer(**KafkaAddress.read(url).options(), acks="all", enable_idempotence=True) as producer:
            await producer.send_and_wait(NOTES.topic, value, partition=0)

    asyncio.run(send())


def notes(url: str) -> list[bytes]:
    async def read() -> list[bytes]:
        async with AIOKafkaConsumer(**KafkaAddress.read(url).options(), auto_offset_reset="earliest") as consumer:
            consumer.assign([NOTES])
            end = (await consumer.end_offsets([NOTES]))[NOTES]
            return [(await consumer.getone()).value for _ in range(end)]

    return asyncio.run(read())


@needs_a_broker
def test_a_broker_keeps_what_it_took_through_a_kill_and_an_owner_that_is_gone(folder):
    half_made = folder / "kafka" / "data"
    half_made.mkdir(parents=True)
    (half_made / "meta.properties").write_text("version=1\n")  # formatting was cut short
    owner, guest = EmbeddedKafka(folder / "kafka"), EmbeddedKafka(folder / "kafka")
    url = owner.start()
    assert guest.start() == url
    assert (owner.owned, guest.owned) == (True, False)
    put(url, b"acknowledged")
    guest.stop()
    (killed,) = processes_of(folder)
    owner._owner.release()  # what the kernel does for an owner that was killed
    killed.kill()
    with EmbeddedKafka(folder / "kafka") as successor:
        url = successor.start()
        assert successor.owned
        put(url, b"later")
        assert notes(url) == [b"acknowledged", b"later"]
    assert processes_of(folder) == []
    owner.stop()


@needs_a_broker
def test_nobody_without_the_password_gets_into_the_embedded_broker_and_only_its_owner_can_read_it(kafka_server):
    url = kafka_server.start()
    told = urlsplit(url)
    assert asyncio.run(answers(url))
    for stranger in (f"kafka://{told.hostname}:{told.port}", f"kafka://slipstream:guessed@{told.hostname}:{told.port}"):
        assert not asyncio.run(answers(stranger))
    for name in ("password", "server.properties"):
        assert (kafka_server.directory / name).stat().st_mode & 0o777 == 0o600
    arguments = [word for process in processes_in(kafka_server.directory, "java") for word in process.cmdline()]
    assert arguments
    assert not any(told.password in word for word in arguments)


@needs_a_broker
def test_a_busy_port_of_the_broker_is_named_with_what_to_do(kafka_server, folder):
    port = urlsplit(kafka_server.start()).port
    with pytest.raises(PortBusy, match="SLIPSTREAM_KAFKA_PORT"):
        EmbeddedKafka(folder / "kafka", port=port).start()


def test_without_java_or_jars_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(kafka, "JARS", tmp_path)
    with pytest.raises(BrokerMissing, match="make kafka"):
        EmbeddedKafka(tmp_path / "kafka").start()
    monkeypatch.setattr(kafka.shutil, "which", lambda _: None)
    with pytest.raises(BrokerMissing, match="Java 17"):
        EmbeddedKafka(tmp_path / "kafka").start()


@needs_a_broker
def test_the_jars_are_those_that_the_pom_pins():
    pom = ET.parse(Path(__file__).parents[2] / "scripts" / "kafka" / "pom.xml")  # noqa: S314  (our own file)
    of_maven = "{http://maven.apache.org/POM/4.0.0}"
    for pinned in pom.iter(f"{of_maven}dependency"):
        name, version = (pinned.findtext(f"{of_maven}{part}") for part in ("artifactId", "version"))
        assert (kafka.JARS / f"{name}-{version}.jar").is_file()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host:9092", "is no URL of a Kafka cluster"),
        ("kafka://host", "without host or port"),
        ("kafka://host:9092,:9093", "without host or port"),
        ("kafka://host:99999", "without host or port"),
        ("kafka+tls://host:9093?mechanism=OAUTH", "none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        ("kafka+tls://host:9093?ca=/nowhere.pem", "not there"),
        ("kafka://host:9093?password=x", "not known: password"),
    ],
)
def test_a_url_of_a_cluster_that_is_wrong_is_refused_with_what_is_wrong(url, said):
    with pytest.raises(ValueError, match=said):
        KafkaAddress.read(url)


def test_a_url_says_servers_account_and_encryption():
    plain = KafkaAddress.read("kafka://one:9092,two:9092").options()
    assert (plain["bootstrap_servers"], plain["security_protocol"]) == (["one:9092", "two:9092"], "PLAINTEXT")
    sealed = KafkaAddress.read("kafka+tls://me:p%40ss@one:9093?mechanism=SCRAM-SHA-512").options()
    assert (sealed["security_protocol"], sealed["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (sealed["sasl_plain_username"], sealed["sasl_plain_password"]) == ("me", "p@ss")
    assert sealed["ssl_context"].check_hostname
