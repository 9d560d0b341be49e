"""The role `slipstream relay`: copies the log to a topic of Kafka."""

from infra.interpreter import tune_interpreter
from infra.log.kafka_address import KafkaAddress
from infra.log.relay import Relay
from infra.metrics.relaying import RelayCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.processes.inherited_sockets import say_ready
from infra.roles.shared import stopping, watching
from infra.servers import Servers


def relay(servers: Servers) -> None:
    """Copy the log to the topic until told to stop.

    Raises:
        TopicUnfit: when the topic is not as it has to be. EmbeddedServerError: when there is no broker and none can be started.

    """
    settings = servers.settings
    tune_interpreter(huge_pages=settings.huge_pages)
    with (
        servers.database() as dsn,
        servers.kafka() as kafka_url,
        watching(dsn, None, (), servers.process_managers(), None, settings, relays=True) as ready,
        stopping() as stop,
    ):
        copying = Relay(dsn, KafkaAddress.read(kafka_url), servers.homes(), topic=settings.kafka_topic, replicas=settings.kafka_replicas)
        with serving_metrics(settings, "relay", registry_of("relay", ready, RelayCollector(copying))):
            say_ready()
            copying.run(stop)
