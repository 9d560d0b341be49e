"""How long after their commit facts of the feed stand in every view that this process keeps."""

from collections.abc import Sequence

from commands.dispatch.figures import Distribution
from domain.fact import Recorded, micros
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipShared
from infra.clock import Clock

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
KINDS = {SlipShared: "fanout", Reacted: "engagement", ReactionWithdrawn: "engagement"}


class ProjectedLags:
    """Counts, for slips that are shared and for reactions, the time from the commit until views show it, to the last follower."""

    def __init__(self) -> None:
        self._clock = Clock()
        self.seconds = {name: Distribution(BOUNDS_S) for name in KINDS.values()}

    def note(self, facts: Sequence[Recorded]) -> None:
        """Count facts that were just applied. What is read of the past, stretch by stretch, is not told to this: it was not waited for."""
        now_us = 0
        for fact in facts:
            name = KINDS.get(type(fact.body))
            if name is not None:
                now_us = now_us or micros(self._clock.now())
                self.seconds[name].add(max(0, now_us - fact.committed_us) / 1_000_000)
