"""Rows in memory, changed by the same operations as on a server, with the same results."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from infra.readmodels.merge import with_all
from infra.readmodels.port import OperationUnknown, RowsKind

Rows = dict[bytes, bytes]
"""A hash: field -> value. A sorted set: member -> score as text."""


class WrongKind(Exception):  # noqa: N818  (named for what happened)
    """The key holds rows of another kind."""


class MemoryRows:
    """Hashes, sorted sets and lists by their physical name; `rows` counts all of them. For one thread."""

    def __init__(self) -> None:
        self.hashes: dict[str, Rows] = {}
        self.ranked: dict[str, Rows] = {}
        self.lists: dict[str, list[bytes]] = {}
        self.rows = 0

    def names(self) -> Iterator[str]:
        """Return the names of all keys."""
        for kept in (self.hashes, self.ranked, self.lists):
            yield from kept

    def rows_in_order(self, name: str) -> tuple[RowsKind, list[tuple[bytes, bytes]]]:
        """Return the kind of a key and its rows: by field, by score and member, or from the head on."""
        if name in self.ranked:
            return "zset", in_order(self.ranked[name])
        if name in self.lists:
            return "list", [(entry, b"") for entry in self.lists[name]]
        return ("hash", sorted(self.hashes[name].items())) if name in self.hashes else ("none", [])

    def drop_all(self, prefix: str) -> None:
        """Delete all keys whose name begins so."""
        for name in [name for name in self.names() if name.startswith(prefix)]:
            self._unlink(name)

    def run(self, prefix: str, command: str, words: Sequence[bytes]) -> None:
        """Carry out an operation of a build; `prefix` is its hash tag and name.

        Raises:
            OperationUnknown, WrongKind, ValueError: where it cannot be.

        """
        name, arguments = prefix + words[0].decode(), words[1:]
        match command:
            case "HSET":
                self._set(self.hashes, name, dict(zip(arguments[::2], arguments[1::2], strict=True)))
            case "HDEL":
                self._discard(self.hashes, name, arguments)
            case "ADD":
                for by, field in zip(arguments[::2], arguments[1::2], strict=True):
                    held = int(self.hashes.get(name, {}).get(field, 0))
                    self._set(self.hashes, name, {field: b"%d" % (held + int(by))})
            case "ADD_ALL":
                for key, field, by in zip(words[::3], words[1::3], words[2::3], strict=True):
                    self._add_all(prefix + key.decode(), field, by)
            case "ZADD":
                self._set(self.ranked, name, dict(zip(arguments[1::2], arguments[::2], strict=True)))
            case "ZREM":
                self._discard(self.ranked, name, arguments)
            case "ZREMRANGEBYSCORE":
                below = int(arguments[1])
                self._discard(self.ranked, name, [member for member, score in self.ranked.get(name, {}).items() if int(score) <= below])
            case "RANK_EACH":
                for key, score, member in zip(words[::3], words[1::3], words[2::3], strict=True):
                    self._set(self.ranked, prefix + key.decode(), {member: score})
            case "TALLY":
                for by, member in zip(arguments[::2], arguments[1::2], strict=True):
                    self._tally(name, by, member)
            case "TALLY_EACH":
                for key, by, member in zip(words[::3], words[1::3], words[2::3], strict=True):
                    self._tally(prefix + key.decode(), by, member)
            case "TRIM":
                self._trim(prefix, name, arguments)
            case "SPREAD":
                self._spread(prefix, name, arguments)
            case _:
                raise OperationUnknown(command)

    def _add_all(self, name: str, field: bytes, by: bytes) -> None:
        row = with_all(self.hashes.get(name, {}).get(field), [int(number) for number in by.split(b" ")])
        if row is None:
            self._discard(self.hashes, name, [field])
        else:
            self._set(self.hashes, name, {field: row})

    def _tally(self, name: str, by: bytes, member: bytes) -> None:
        score = int(self.ranked.get(name, {}).get(member, 0)) + int(by)
        self._set(self.ranked, name, {member: b"%d" % score})
        if not score:
            self._discard(self.ranked, name, [member])

    def _trim(self, prefix: str, name: str, arguments: Sequence[bytes]) -> None:
        keep_max, rows, suffixes = int(arguments[0]), prefix + arguments[1].decode(), int(arguments[2])
        indexes = int(arguments[3 + suffixes])
        owned = 4 + suffixes + indexes
        ranked = in_order(self.ranked.get(name, {}))
        for member, _ in ranked[: max(0, len(ranked) - keep_max)]:
            self._discard(self.hashes, rows, [member + suffix for suffix in arguments[3 : 3 + suffixes]])
            for index in (name, *[prefix + each.decode() for each in arguments[4 + suffixes : owned]]):
                self._discard(self.ranked, index, [member])
            for each in arguments[owned:]:
                self._unlink(prefix + (each + member).decode())

    def _spread(self, prefix: str, into: str, words: Sequence[bytes]) -> None:
        keep_max, slack, push, members_max, width = int(words[0]), int(words[1]), words[2], int(words[3]), int(words[4])
        for at in range(5, len(words), width):
            over, entry, *instead = words[at : at + width]
            members = in_order(self.ranked.get(prefix + over.decode(), {}))
            if len(members) <= members_max:
                self._push([into + member.decode() for member, _ in members], entry, keep_max, slack, existing_only=push == b"LPUSHX")
            elif instead:
                self._set(self.ranked, prefix + instead[0].decode(), {instead[2]: instead[1]})

    def _push(self, names: Iterable[str], entry: bytes, keep_max: int, slack: int, *, existing_only: bool) -> None:
        for name in names:
            if name in self.hashes or name in self.ranked:
                raise WrongKind(name)
            entries = self.lists.get(name)
            if entries is None and existing_only:
                continue
            entries = self.lists.setdefault(name, [])
            entries.insert(0, entry)
            self.rows += 1
            if len(entries) > keep_max + slack:
                self.rows -= len(entries) - keep_max
                del entries[keep_max:]

    def _set(self, kept: dict[str, Rows], name: str, rows: Rows) -> None:
        if any(name in other for other in (self.hashes, self.ranked, self.lists) if other is not kept):
            raise WrongKind(name)
        held = kept.setdefault(name, {})
        before = len(held)
        held.update(rows)
        self.rows += len(held) - before

    def _discard(self, kept: dict[str, Rows], name: str, names: Sequence[bytes]) -> None:
        """Drop rows, and the key with its last row, as Redis does."""
        held = kept.get(name)
        if held is None:
            if any(name in other for other in (self.hashes, self.ranked, self.lists)):
                raise WrongKind(name)
            return
        before = len(held)
        for each in names:
            held.pop(each, None)
        self.rows -= before - len(held)
        if not held:
            del kept[name]

    def _unlink(self, name: str) -> None:
        all_kinds: tuple[dict[str, Any], ...] = (self.hashes, self.ranked, self.lists)
        for kept in all_kinds:
            self.rows -= len(kept.pop(name, ()))


def in_order(ranked: Rows) -> list[tuple[bytes, bytes]]:
    """Return a sorted set as Redis orders it: by score, then by the bytes of the member."""
    return sorted(ranked.items(), key=lambda row: (int(row[1]), row[0]))
