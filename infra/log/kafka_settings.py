"""What an operator may turn about Kafka; see `infra.settings`, which these settings are part of."""

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from infra.log.kafka_address import PORT_MAX, KafkaAddress

TOPIC = "slipstream.facts"
SESSION_TIMEOUT_S = 6.0


class KafkaSettings(BaseSettings):
    """Whether Kafka is used, where the cluster is, and the topic that the log is copied to."""

    kafka_url: str | None = Field(
        None,
        description="URL of the Kafka cluster, such as kafka+tls://user:password@host:9093. Unset: where Kafka is asked for, the embedded "
        "broker is started.",
    )
    backbone: Literal["tail", "kafka"] = Field(
        "tail",
        description="How views and settlement get the log: tail (PostgreSQL) or kafka (the topic that a relay copies it to).",
    )
    kafka_member: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Name among project or settle processes: partitions wait for it unless SIGTERM ended it. Unset: none.",
    )
    kafka_session_timeout_s: float = Field(
        SESSION_TIMEOUT_S,
        ge=1,
        le=300,
        description="How long the partitions of a projector that is silent wait for it, in seconds; then others take them.",
    )
    kafka_lag_s_max: float = Field(
        5.0, gt=0, description="Largest age in seconds of the oldest fact that the topic does not have, for `/readyz`."
    )
    kafka_topic: str = Field(
        TOPIC, pattern=r"^[A-Za-z0-9._-]{1,249}$", description="Topic that the log is copied to. It is made where it is not there."
    )
    kafka_replicas: int | None = Field(
        None, ge=1, le=9, description="Replicas of each partition of the topic, when it is made. Unset: 3, or one on each broker of fewer."
    )
    kafka_brokers: int = Field(1, ge=1, le=5, description="Brokers of the embedded Kafka cluster; of three one may die.")
    kafka_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded Kafka broker. Unset: a free one.")

    @field_validator("kafka_url")
    @classmethod
    def _is_kafka(cls, url: str | None) -> str | None:
        if url is not None:
            KafkaAddress.read(url)
        return url
