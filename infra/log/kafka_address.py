"""Where a Kafka cluster is and how it is spoken to, as one URL tells."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("kafka", "kafka+tls")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
PORT_MAX = 65_535


@dataclass(frozen=True)
class KafkaAddress:
    """A cluster's servers, with TLS or without, and the account there, if it asks for one."""

    servers: tuple[str, ...]
    is_encrypted: bool = False
    user: str = ""
    password: str = ""
    mechanism: str = "PLAIN"
    ca_file: str = ""

    @classmethod
    def read(cls, url: str) -> Self:
        """Return what a URL says: `kafka://host:9092,host:9092`, or `kafka+tls://user:password@host:9093?mechanism=SCRAM-SHA-512&ca=FILE`.

        Raises:
            ValueError: saying what is wrong with it.

        """
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise ValueError("is no URL of a Kafka cluster, such as kafka://host:9092,host:9092 or kafka+tls://user:password@host:9093")
        account, _, named = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        servers = tuple(_server(each) for each in named.split(","))
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        mechanism, ca_file = asked.pop("mechanism", "PLAIN"), asked.pop("ca", "")
        if asked:
            raise ValueError(f"has parameters that are not known: {', '.join(sorted(asked))}")
        if mechanism not in MECHANISMS:
            raise ValueError(f"names a mechanism that is none of {', '.join(MECHANISMS)}")
        if ca_file and not Path(ca_file).is_file():
            raise ValueError(f"names a file of certificates that is not there: {ca_file}")
        if ca_file and parts.scheme != "kafka+tls":
            raise ValueError("names a file of certificates, which only kafka+tls:// uses")
        return cls(servers, parts.scheme == "kafka+tls", unquote(user), unquote(password), mechanism, ca_file)

    def options(self) -> dict[str, Any]:
        """Return what a client of aiokafka is opened with."""
        options: dict[str, Any] = {"bootstrap_servers": list(self.servers)}
        if self.user:
            options |= {"sasl_mechanism": self.mechanism, "sasl_plain_username": self.user, "sasl_plain_password": self.password}
        if self.is_encrypted:
            options["ssl_context"] = ssl.create_default_context(cafile=self.ca_file or None)
        options["security_protocol"] = f"{'SASL_' if self.user else ''}{'SSL' if self.is_encrypted else 'PLAINTEXT'}"
        return options


def _server(named: str) -> str:
    host, _, port = named.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
        raise ValueError(f"names a server without host or port: {named!r}")
    return named
