"""A cluster that asks for TLS and an account (SASL SCRAM), as an operator's does: what the settings say is what a real broker takes."""

import asyncio
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.clock import Clock
from infra.embedded.kafka import USER, EmbeddedKafka, Quorum, why_no_broker
from infra.embedded.private_files import kept_password
from infra.embedded.server import HOST
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_topic import has_topic
from infra.settings import Settings
from tests.contracts.relays_under_test import KINDS, RelayedLog, assert_copied
from tests.servers import server_folder

pytestmark = pytest.mark.skipif(bool(why_no_broker()), reason=f"{why_no_broker()}: install Java 17 and Maven, then make kafka")

MECHANISM = "SCRAM-SHA-512"


class SecuredKafka(EmbeddedKafka):
    """A broker whose clients come by TLS and sign in by SCRAM."""

    def _configured(self, home: Path, port: int, quorum: Quorum) -> list[str]:
        make_certificate(home / "broker.pem", home / "ca.pem")
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        return [
            *super()._configured(home, port, quorum),
            "listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT",
            f"listener.name.client.sasl.enabled.mechanisms={MECHANISM}",
            f"sasl.mechanism.inter.broker.protocol={MECHANISM}",
            f'listener.name.client.{MECHANISM.lower()}.sasl.jaas.config={login} username="{USER}" password="{kept_password(home)}";',
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={home / 'broker.pem'}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={home / 'ca.pem'}",
        ]

    def _accounts(self, home: Path) -> list[str]:
        return ["--add-scram", f"{MECHANISM}=[name={USER},password={kept_password(home)}]"]

    def _url_at(self, home: Path, port: int) -> str:
        return f"kafka+tls://{USER}:{kept_password(home)}@{HOST}:{port}?mechanism={MECHANISM}&ca={home / 'ca.pem'}"


def make_certificate(keys: Path, authority: Path) -> None:
    """Write a key with a certificate for this machine that signs itself, and that certificate alone."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker")])
    now = Clock().now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    keys.write_bytes(private + certificate)
    authority.write_bytes(certificate)


@pytest.fixture(scope="module")
def secured() -> Iterator[str]:
    """URL of such a broker, for this file."""
    with server_folder() as folder, SecuredKafka(folder / "kafka") as server:
        yield server.start()


def test_a_relay_copies_the_log_to_a_cluster_that_asks_for_tls_and_an_account(secured: str, database_url: str):
    settings = Settings(kafka_url=secured)
    assert settings.kafka_url == secured
    with closing(RelayedLog(database_url, settings.kafka_url)) as relayed:
        relayed.written.append(KINDS * 20)
        relayed.catch_up()
        assert_copied(relayed)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda url: url.replace(f"{USER}:", f"{USER}:x"), KafkaError),
        (lambda url: url.replace(MECHANISM, "PLAIN"), KafkaError),
        (lambda url: url.partition("&ca=")[0], (KafkaError, ssl.SSLError)),
        (lambda url: url.replace("kafka+tls", "kafka").partition("&ca=")[0], (KafkaError, OSError)),
    ],
    ids=["another password", "another mechanism", "certificate of nobody that is trusted", "no encryption"],
)
def test_who_comes_otherwise_is_refused(secured: str, wrong: Any, error: Any):
    with pytest.raises(error):
        asyncio.run(has_topic(KafkaAddress.read(wrong(secured)), "any"))
