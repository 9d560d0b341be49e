"""The homes of a fact: the partitions in which any view changes or looks at rows because of it. A topic has a copy of the fact in each."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from domain.fact import Fact, Recorded, UnknownFact
from domain.partitions import PARTITIONS, home_of, partition_of
from projections.changes import Change, Push, Spread
from projections.partitions import partition_of_key
from projections.ports import View

EVERYWHERE = tuple(range(PARTITIONS))


class Homes:
    """Finds the homes of facts for some views. A view whose version is raised may have others: see `name`."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = tuple(views)
        self._by_kind: dict[type[Any], tuple[View, ...]] = {}
        named = ",".join(sorted(f"{view.name}.{view.version}" for view in views))
        self.name = sha256(named.encode()).hexdigest()[:16]
        """Names the views and their versions: homes that were found for others are not the same."""

    def of(self, recorded: Recorded[Any]) -> tuple[int, ...]:
        """Return the partitions of a fact, in order: that of the account or stream that it belongs to, and those of all rows concerned.

        A fact that this process does not know, or that a view breaks on, is at home everywhere: whoever reads it finds out.
        """
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
