"""The metrics of a dispatcher for Prometheus."""

from collections.abc import Callable, Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from commands.dispatch.dispatcher import Dispatcher


class DispatcherCollector(Collector):
    """Tells how long commands wait and commit, how large batches are, what became of commands, what was found in memory."""

    def __init__(self, dispatcher: Dispatcher, snapshots_refused: Callable[[], int]) -> None:
        """Take a dispatcher, and how many snapshots its store did not trust."""
        self._dispatcher = dispatcher
        self._snapshots_refused = snapshots_refused

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        figures, cache = self._dispatcher.figures, self._dispatcher.cache_figures
        waits = HistogramMetricFamily(
            "slipstream_queue_wait_seconds",
            "How long the oldest command of a lane in each batch had waited.",
            labels=["lane"],
        )
        for lane, waited in figures.wait_s.items():
            waits.add_metric([lane.name.lower()], waited.cumulated(), waited.sum)
        yield waits
        commits = HistogramMetricFamily("slipstream_commit_seconds", "From the begin of a batch's commit to its outcome.")
        commits.add_metric([], figures.commit_s.cumulated(), figures.commit_s.sum)
        yield commits
        held = "For how long batches held the head of the log, which all processes share: near 1 a second, summed over them, it is full."
        yield CounterMetricFamily("slipstream_head_held_seconds", held, value=figures.held_s)
        batches = HistogramMetricFamily("slipstream_batch_commands", "Commands that were committed together.")
        batches.add_metric([], figures.batch_commands.cumulated(), figures.batch_commands.sum)
        yield batches
        verdicts = CounterMetricFamily(
            "slipstream_verdicts",
            "Commands by what became of them: accepted, repeated, refused, failed, conflicted (and decided again), unavailable.",
            labels=["lane", "verdict"],
        )
        for (lane, verdict), count in list(figures.verdicts.items()):
            verdicts.add_metric([lane.name.lower(), verdict], count)
        yield verdicts
        refusals = CounterMetricFamily("slipstream_refusals", "Commands refused, by problem.", labels=["problem"])
        for problem, count in list(figures.refusals.items()):
            refusals.add_metric([problem], count)
        yield refusals
        shed = CounterMetricFamily(
            "slipstream_shed", "Commands that the queue did not take, by lane: what can wait is shed first.", labels=["lane"]
        )
        for lane, count in figures.shed.items():
            shed.add_metric([lane.name.lower()], count)
        yield shed
        yield CounterMetricFamily("slipstream_decisions", "Commands begun to be decided, each try counted.", value=figures.decided)
        misses, dropped, unsaved = figures.waited_for_streams, cache.snapshots_dropped, cache.snapshots_unsaved
        yield CounterMetricFamily(
            "slipstream_cache_misses", "Decisions that had to wait for streams to be loaded; others hit.", value=misses
        )
        yield GaugeMetricFamily("slipstream_cached_streams", "Streams whose state is in memory.", value=cache.streams)
        yield CounterMetricFamily("slipstream_snapshots_dropped", "Snapshots that did not fit; streams were read in whole.", value=dropped)
        refused = "Snapshots that were not to be trusted: not sealed by us, of another log, or of a fact that is another one now."
        yield CounterMetricFamily("slipstream_snapshots_refused", refused, value=self._snapshots_refused())
        yield CounterMetricFamily("slipstream_snapshots_unsaved", "Snapshots that could not be saved.", value=unsaved)
