"""The homes of a fact: the partitions in which any reader changes or looks at rows because of it. A topic has a copy of the fact in each.

Readers are views, and process managers, whose rows are divided into the same partitions by their keys.

They are asked. Of the kinds that nearly all facts of a busy book are, it is known that no view leaves the home of the fact: of these
one in `ASKED_EVERY` is asked about, which costs a tenth. A view that leaves it nevertheless is found by that, and by the tests. Process
managers, which consume few kinds, are asked about each fact of these.
"""

from collections import Counter
from collections.abc import Collection, Container, Sequence
from hashlib import sha256
from typing import Any, Protocol

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


class KeepsRows(Protocol):
    """Who else keeps rows in the partitions; `commands.process_manager.ProcessManager` is one."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def version(self) -> str:
        """Another where a fact may change rows in other partitions."""
        ...

    @property
    def reactions(self) -> Container[type[Fact]]:
        """The kinds of facts that it consumes."""
        ...

    def partitions_of(self, recorded: Recorded[Any], /) -> Collection[int]:
        """Return the partitions whose rows a fact changes."""
        ...


class Homes:
    """Finds the homes of facts for some views and process managers. One whose version is raised may have others: see `name`."""

    def __init__(self, views: Sequence[View], managers: Sequence[KeepsRows] = (), *, at_home: Collection[type[Fact]] = AT_HOME) -> None:
        self._views = tuple(views)
        self._managers = tuple(managers)
        self._at_home = frozenset(at_home)
        self._met: Counter[type[Any]] = Counter()
        self._by_kind: dict[type[Any], tuple[View, ...]] = {}
        self._keeping: dict[type[Any], tuple[KeepsRows, ...]] = {}
        named = ",".join(
            [*sorted(f"{view.name}.{view.version}" for view in views), *sorted(f"manager {each.name}.{each.version}" for each in managers)]
        )
        self.name = sha256(named.encode()).hexdigest()[:16]
        """Names the readers and their versions: homes that were found for others are not the same."""

    def of(self, recorded: Recorded[Any]) -> tuple[int, ...]:
        """Return the partitions of a fact, in order: that of the account or stream that it belongs to, and those of all rows concerned.

        A fact that this process does not know, or that a reader breaks on, is at home everywhere: whoever reads it finds out.

        Raises:
            ViewStrays: when a view is not where it was thought to be. `name` is another then: what was found before may be wrong.

        """
        kind = type(recorded.body)
        if kind not in self._at_home:
            return self._with_managers(recorded, self.asked(recorded))
        self._met[kind] += 1
        alone = ALONE[partition_of(home_of(recorded))]
        if self._met[kind] % ASKED_EVERY == 1 and self.asked(recorded) not in (alone, EVERYWHERE):
            self._at_home, self.name = frozenset(), f"{self.name}, all asked"
            raise ViewStrays(kind.__name__)
        return self._with_managers(recorded, alone)

    def _with_managers(self, recorded: Recorded[Any], homes: tuple[int, ...]) -> tuple[int, ...]:
        """Return homes and the partitions in which process managers change rows."""
        managers = self._consuming(type(recorded.body))
        if not managers or homes == EVERYWHERE:
            return homes
        try:
            return tuple(sorted({*homes, *(partition for manager in managers for partition in manager.partitions_of(recorded))}))
        except Exception:  # noqa: BLE001  (a manager may break in any way; what runs it says how)
            return EVERYWHERE

    def asked(self, recorded: Recorded[Any]) -> tuple[int, ...]:
        """Return those of the views alone, by asking all of them."""
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

    def _consuming(self, kind: type[Fact]) -> tuple[KeepsRows, ...]:
        managers = self._keeping.get(kind)
        if managers is None:
            managers = self._keeping[kind] = tuple(manager for manager in self._managers if kind in manager.reactions)
        return managers

    def _looking(self, kind: type[Fact]) -> tuple[View, ...]:
        views = self._by_kind.get(kind)
        if views is None:
            views = self._by_kind[kind] = tuple(view for view in self._views if not view.consumes or kind in view.consumes)
        return views


def _key(change: Change) -> str:
    if isinstance(change, Push):
        return change.channel
    return change.over if isinstance(change, Spread) else change.key
