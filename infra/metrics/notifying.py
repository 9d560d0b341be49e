"""The metrics of notifications outside the page for Prometheus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from commands.ports import StoreUnavailable
from domain.fact import micros
from domain.notification.kinds import ADDRESSED
from infra.clock import Clock
from infra.delivery.claims import LedgerReads
from infra.delivery.ledger import LedgerFigures
from infra.delivery.sender import ChannelSender
from infra.delivery.sender_figures import LATENCIES_S

OUTCOMES = ("sent", "later", "undeliverable", "gone", "unknown")


class NotifyCollector(Collector):
    """Tells what this process decided and sent since it started, and what the ledger has under way now."""

    def __init__(self, reads: LedgerReads) -> None:
        self._reads, self._clock = reads, Clock()
        self._ledger = LedgerFigures()
        self._senders: Sequence[ChannelSender] = ()

    def tell_of_ledger(self, figures: LedgerFigures) -> None:
        """Tell of what facts were turned into."""
        self._ledger = figures

    def tell_of_senders(self, senders: Sequence[ChannelSender]) -> None:
        """Tell of what these send."""
        self._senders = senders

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics; without those of the ledger where the database is away."""
        yield from self._under_way()
        queued = CounterMetricFamily("slipstream_notify_queued", "Deliveries decided, by channel.", labels=["channel"])
        for channel, count in list(self._ledger.queued.items()):
            queued.add_metric([channel], count)
        yield queued
        suppressed = CounterMetricFamily(
            "slipstream_notify_suppressed", "Deliveries that were not made or not sent, by the rule.", labels=["channel", "rule"]
        )
        for channel, rule in {*self._ledger.suppressed, *[(each.name, rule) for each in self._senders for rule in each.figures.suppressed]}:
            later = sum(each.figures.suppressed[rule] for each in self._senders if each.name == channel)
            suppressed.add_metric([channel, rule], self._ledger.suppressed[channel, rule] + later)
        yield suppressed
        yield from self._sent()

    def _under_way(self) -> Iterable[Metric]:
        try:
            counts, oldest = self._reads.measure()
        except StoreUnavailable:
            return
        depth = GaugeMetricFamily("slipstream_notify_deliveries", "Deliveries under way, by state.", labels=["channel", "state"])
        for (channel, state), count in counts.items():
            depth.add_metric([channel, state], count)
        yield depth
        age = GaugeMetricFamily("slipstream_notify_oldest_seconds", "For how long the oldest delivery has been due.", labels=["channel"])
        for channel, due_us in oldest.items():
            age.add_metric([channel], max(0.0, (micros(self._clock.now()) - due_us) / 1_000_000))
        yield age

    def _sent(self) -> Iterable[Metric]:
        outcomes = CounterMetricFamily(
            "slipstream_notify_outcomes", "Attempts by outcome: sent, later, undeliverable, gone, unknown.", labels=["channel", "outcome"]
        )
        folded = CounterMetricFamily("slipstream_notify_folded", "Deliveries beyond a limit, folded into one.", labels=["channel"])
        cut_off = GaugeMetricFamily("slipstream_notify_providers_cut_off", "Providers that are cut off.", labels=["channel"])
        latency = HistogramMetricFamily("slipstream_notify_latency_seconds", "From the cause to the provider.", labels=["channel"])
        for channel in ADDRESSED:
            counted_by = Counter[str]()
            for sender in self._senders:
                counted_by.update(sender.figures.outcomes if sender.name == channel else {})
            for outcome in OUTCOMES:
                outcomes.add_metric([channel, outcome], counted_by[outcome])
        for sender in self._senders:
            figures = sender.figures
            folded.add_metric([sender.name], figures.folded)
            cut_off.add_metric([sender.name], sender.breaker.cut_off)
            bounds = [*LATENCIES_S, float("inf")]
            counted = accumulate(figures.latencies[bound] for bound in bounds)
            names = [*map(str, LATENCIES_S), "+Inf"]
            buckets = [(name, float(count)) for name, count in zip(names, counted, strict=True)]
            latency.add_metric([sender.name], buckets, figures.latency_s)
        yield from (outcomes, folded, cut_off, latency)
