"""Which gates changed since the feed checked last: the prices below them are void until fresh ones are given."""

from collections.abc import Iterable

from commands.ports import EventStore


class MovedGates:
    """Knows the versions of gates as they were seen last. A gate that is looked at for the first time has moved if anything happened."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._versions: dict[str, int] = {}

    def look(self, gate_ids: Iterable[str]) -> frozenset[str]:
        """Return which of these gates moved since the last look; the others are forgotten.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        self._versions = {gate_id: self._versions.get(gate_id, 0) for gate_id in gate_ids}
        moved = self._store.load(self._versions) if self._versions else {}
        for gate_id, facts in moved.items():
            self._versions[gate_id] = facts[-1].version
        return frozenset(moved)
