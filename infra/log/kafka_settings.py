"""What an operator may turn about Kafka; see `infra.settings`, which these settings are part of."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from infra.log.kafka_address import PORT_MAX, KafkaAddress

TOPIC = "slipstream.facts"


class KafkaSettings(BaseSettings):
    """Where the cluster is, and the topic that the log is copied to."""

    kafka_url: str | None = Field(
        None,
        description="URL of the Kafka cluster, such as kafka+tls://user:password@host:9093. Unset: where Kafka is asked for, the embedded "
        "broker is started.",
    )
    kafka_topic: str = Field(
        TOPIC, pattern=r"^[A-Za-z0-9._-]{1,249}$", description="Topic that the log is copied to. It is made where it is not there."
    )
    kafka_replicas: int = Field(
        -1, ge=-1, le=9, description="Replicas of each partition of the topic, when it is made. -1: what the cluster has set."
    )
    kafka_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded Kafka broker. Unset: a free one.")

    @field_validator("kafka_url")
    @classmethod
    def _is_kafka(cls, url: str | None) -> str | None:
        if url is not None:
            KafkaAddress.read(url)
        return url
