"""The figures of readiness for Prometheus, from the last look."""

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from infra.readiness.sample import LogSample, Sample, ViewsSample


def gauges_of(sample: Sample, queue_depths: Mapping[str, int]) -> Iterator[Metric]:
    """Return the gauges of a sample; what was not seen is left out."""
    yield _by_label("slipstream_queue_commands", "Commands that wait to be decided.", "lane", queue_depths)
    yield _plain("slipstream_undecided_seconds", "How long the oldest command has waited to be decided.", sample.undecided_s)
    if isinstance(sample.log, LogSample):
        yield _plain("slipstream_log_position", "The last position of the log.", sample.log.position)
        yield _plain("slipstream_clock_skew_seconds", "This process' clock ahead of the database's.", sample.log.skew_s)
        yield _plain("slipstream_log_clock_lag_seconds", "The database's clock behind the log's time.", sample.log.lag_s)
    positions = {view: behind.positions for view, behind in sample.behind.items()}
    ages_s = {view: behind.age_s for view, behind in sample.behind.items()}
    yield _by_label("slipstream_view_lag_positions", "Facts that a view has not seen.", "view", positions)
    yield _by_label("slipstream_view_lag_seconds", "Age of the oldest fact that a view has not seen.", "view", ages_s)
    if isinstance(sample.views, ViewsSample):
        aside = {view: int(view in sample.views.troubles) for view in sample.views.positions}
        yield _by_label("slipstream_view_set_aside", "Whether a view stays before a fact that it breaks on.", "view", aside)
    if sample.settlement is not None:
        settlement = sample.settlement
        yield _plain("slipstream_settler_lag_positions", "Facts that the settler has not seen.", settlement.behind.positions)
        yield _plain("slipstream_settler_lag_seconds", "Age of the oldest fact it has not seen.", settlement.behind.age_s)
        yield _plain("slipstream_oldest_result_seconds", "Age of the oldest result with open bets.", settlement.oldest_result_s)
        yield _plain("slipstream_legs_set_aside", "Legs whose bets could not be settled and are retried.", settlement.set_aside)
    yield _by_label("slipstream_feed_silence_seconds", "Since a producer was last heard of.", "producer", sample.silence_s)


def _plain(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by_label(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
