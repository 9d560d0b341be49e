"""The homes of a fact: the partitions in which any view changes or looks at rows because of it. A topic has a copy of the fact in each.

The views are asked. Of the kinds that nearly all facts of a busy book are, it is known that no view leaves the home of the fact: of these
one in `ASKED_EVERY` is asked about, which costs a tenth. A view that leaves it nevertheless is found by that, and by the tests.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

from domain.bet.facts import BetPlaced, BetSettled
from domain.fact import Fact, Recorded, UnknownFact
from domain.market.facts import MarketPriced
from domain.partitions import PARTITIONS, home_of, partition_of
from domain.wallet.facts import FundsDeposited, ReturnsPaid, StakeLost, StakeReserved, WalletOpened
from projections.changes import Change, Push, Spread
from projections.partitions import partition_of_key
from projections.ports import View

EVERYWHERE = tuple(range(PARTITIONS))
ALONE = tuple((partition,) for partition in range(PARTITIONS))

AT_HOME: frozenset[type[Fact]] = frozenset(
    {BetPlaced, BetSettled, FundsDeposited, MarketPriced, ReturnsPaid, StakeLost, StakeReserved, WalletOpened}
)
"""Kinds of facts because of which views change and look at rows in one partition alone, that of the account or stream."""

ASKED_EVERY = 64
"""One fact in so many of each of these kinds is asked about, the first included."""


class ViewStrays(Exception):  # noqa: N818  (named for what happened)
    """A view changes rows elsewhere because of a kind that is `AT_HOME`. All views are asked about every fact from now on."""


class Homes:
    """Finds the homes of facts for some views. A view whose version is raised may have others: see `name`."""

    def __init__(self, views: Sequence[View], at_home: Collection[type[Fact]] = AT_HOME) -> None:
        self._views = tuple(views)
        self._at_home = frozenset(at_home)
        self._met: Counter[type[Any]] = Counter()
        self._by_kind: dict[type[Any], tuple[View, ...]] = {}
        named = ",".join(sorted(f"{view.name}.{view.version}" for view in views))
        self.name = sha256(named.encode()).hexdigest()[:16]
        """Names the views and their versions: homes that were found for others are not the same."""

    def of(self, recorded: Recorded[Any]) -> tuple[int, ...]:
        """Return the partitions of a fact, in order: that of the account or stream that it belongs to, and those of all rows concerned.

        A fact that this process does not know, or that a view breaks on, is at home everywhere: whoever reads it finds out.

        Raises:
            ViewStrays: when a view is not where it was thought to be. `name` is another then: what was found before may be wrong.

        """
        kind = type(recorded.body)
        if kind not in self._at_home:
            return self.asked(recorded)
        self._met[kind] += 1
        alone = ALONE[partition_of(home_of(recorded))]
        if self._met[kind] % ASKED_EVERY == 1 and self.asked(recorded) not in (alone, EVERYWHERE):
            self._at_home, self.name = frozenset(), f"{self.name}, all asked"
            raise ViewStrays(kind.__name__)
        return alone

    def asked(self, recorded: Recorded[Any]) -> tuple[int, ...]:
        """Return the same by asking all views."""
        if isinstance(recorded.body, UnknownFact):
            return EVERYWHERE
        found = {partition_of(home_of(recorded))}
        try:
            for view in self._looking(type(recorded.body)):
                rows = view.sees(recorded) if view.sees is not None else ()
                if rows:
                    found.update([partition_of_key(row.key) for row in rows])
                else:
                    changes = view.project(recorded) if view.sees is None else view.project(recorded, {})
                    found.update([partition_of_key(_key(change)) for change in changes])
        except Exception:  # noqa: BLE001  (a view may break in any way; the projector that feeds it says how)
            return EVERYWHERE
        return tuple(sorted(found))

    def _looking(self, kind: type[Fact]) -> tuple[View, ...]:
        views = self._by_kind.get(kind)
        if views is None:
            views = self._by_kind[kind] = tuple(view for view in self._views if not view.consumes or kind in view.consumes)
        return views


def _key(change: Change) -> str:
    if isinstance(change, Push):
        return change.channel
    return change.over if isinstance(change, Spread) else change.key
