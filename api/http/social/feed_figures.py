"""Figures of the feed: how long its pages take, by where they come from, and how many had to be read for what they show."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from commands.dispatch.figures import Distribution
from projections.social.feed_page import FeedCards

SOURCES = ("warm", "cold", "large_author")
BOUNDS_S = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class FeedFigures:
    """Counts pages of the feed that this process made. Written by the thread that makes pages, read by any."""

    def __init__(self) -> None:
        self._seconds = {source: Distribution(BOUNDS_S) for source in SOURCES}
        self._begun = self._sparse = 0

    def note(self, page: FeedCards, seconds: float) -> None:
        """Count a page that took so many seconds."""
        self._seconds[page.source].add(seconds)
        self._begun += page.source == "cold"
        self._sparse += page.is_sparse

    def families(self) -> Iterable[Metric]:
        """Return the present metrics."""
        seconds = HistogramMetricFamily(
            "slipstream_feed_page_seconds", "Seconds that a page of the feed took to be read, by where it came from.", labels=["source"]
        )
        for source, took in self._seconds.items():
            seconds.add_metric([source], took.cumulated(), took.sum)
        begun = CounterMetricFamily("slipstream_timelines_rebuilt", "Pages that began a timeline, from outboxes.", value=self._begun)
        sparse = CounterMetricFamily(
            "slipstream_feed_pages_sparse", "Pages of which less than half of the entries looked at were shown.", value=self._sparse
        )
        return seconds, begun, sparse
