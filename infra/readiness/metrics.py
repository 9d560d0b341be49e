"""The metrics of readiness for Prometheus, from the last look."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from api.circuit_breakers import Feature
from infra.readiness.sample import LogSample, ManagerSample, Sample, ViewsSample


def gauges_of(sample: Sample, queue_depths: Mapping[str, int], off: Sequence[Feature] | None = None) -> Iterator[Metric]:
    """Return the gauges of a sample; what was not seen is left out. `off` is what is switched off, where the role can do that."""
    if off is not None:
        told = "Whether a feature is switched off under overload."
        yield _by_label("slipstream_feature_off", told, "feature", {feature.value: int(feature in off) for feature in Feature})
    if queue_depths:
        yield _by_label("slipstream_queue_commands", "Commands that wait to be decided.", "lane", queue_depths)
        yield _plain("slipstream_undecided_seconds", "How long the oldest command has waited to be decided.", sample.undecided_s)
    if isinstance(sample.log, LogSample):
        yield _plain("slipstream_log_position", "The last position of the log.", sample.log.position)
        yield _plain("slipstream_clock_skew_seconds", "This process' clock ahead of the database's.", sample.log.skew_s)
        yield _plain("slipstream_log_clock_lag_seconds", "The database's clock behind the log's time.", sample.log.lag_s)
        copied = sample.log.relayed
        yield _by_label("slipstream_relay_lag_positions", "Facts that a topic does not have.", "topic",
                        {topic: behind.positions for topic, behind in copied.items()})  # fmt: skip
        yield _by_label("slipstream_relay_lag_seconds", "Age of the oldest fact that a topic does not have.", "topic",
                        {topic: behind.age_s for topic, behind in copied.items()})  # fmt: skip
    positions = {view: behind.positions for view, behind in sample.behind.items()}
    ages_s = {view: behind.age_s for view, behind in sample.behind.items()}
    yield _by_label("slipstream_view_lag_positions", "Facts that a view has not seen.", "view", positions)
    yield _by_label("slipstream_view_lag_seconds", "Age of the oldest fact that a view has not seen.", "view", ages_s)
    yield _by_partition("slipstream_view_partition_lag_positions", "Facts that a partition of a view has not seen.", "view",
                        {each: behind.positions for each, behind in sample.behind_by_partition.items()})  # fmt: skip
    yield _by_partition("slipstream_view_partition_lag_seconds", "Age of the oldest fact that a partition of a view has not seen.", "view",
                        {each: behind.age_s for each, behind in sample.behind_by_partition.items()})  # fmt: skip
    if sample.accounts_s is not None:
        told = "How old what this process knows of ended sessions and revoked roles is; each request asks the log where that is over 1."
        yield _plain("slipstream_account_changes_age_seconds", told, sample.accounts_s)
    if isinstance(sample.views, ViewsSample):
        liability = "What open bets may return together, in minor units of a currency."
        yield _by_label("slipstream_open_liability_minor_units", liability, "currency", sample.views.liability_minor)
        aside = {view: int(view in sample.views.troubles) for view in sample.views.positions}
        yield _by_label("slipstream_view_set_aside", "Whether a view stays before a fact that it breaks on.", "view", aside)
    yield from _of_managers(sample.managers)
    yield _by_label("slipstream_feed_silence_seconds", "Since a producer was last heard of.", "producer", sample.silence_s)


def _of_managers(managers: Mapping[str, ManagerSample]) -> Iterator[Metric]:
    behind = {name: manager.behind.positions for name, manager in managers.items()}
    behind_s = {name: manager.behind.age_s for name, manager in managers.items()}
    due_s = {name: manager.oldest_due_s for name, manager in managers.items()}
    aside = {name: manager.set_aside for name, manager in managers.items()}
    yield _by_label("slipstream_manager_lag_positions", "Facts that a process manager has not seen.", "manager", behind)
    yield _by_label("slipstream_manager_lag_seconds", "Age of the oldest fact that a process manager has not seen.", "manager", behind_s)
    partitions = {(name, partition): each for name, manager in managers.items() for partition, each in manager.partitions.items()}
    yield _by_partition("slipstream_manager_partition_lag_positions", "Facts that a partition of a manager has not seen.", "manager",
                        {key: each.positions for key, each in partitions.items()})  # fmt: skip
    yield _by_partition("slipstream_manager_partition_lag_seconds", "Age of the oldest fact that a partition of a manager has not seen.",
                        "manager", {key: each.age_s for key, each in partitions.items()})  # fmt: skip
    yield _by_label("slipstream_oldest_case_seconds", "For how long the oldest case has been due.", "manager", due_s)
    timed = {name: manager.timed for name, manager in managers.items()}
    yield _by_label("slipstream_cases_timed", "Cases that have a time and wait for it: pending bets, kick-offs.", "manager", timed)
    yield _by_label("slipstream_cases_set_aside", "Cases whose commands were refused and are tried again.", "manager", aside)


def _by_partition(name: str, what: str, label: str, values: Mapping[tuple[str, int], float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label, "partition"])
    for (reader, partition), value in values.items():
        family.add_metric([reader, str(partition)], value)
    return family


def _plain(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by_label(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
