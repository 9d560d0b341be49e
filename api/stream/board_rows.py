"""Rows of the board as the gateway keeps them: those of a fixture with its markets, and those that all fixtures share."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from api.stream.channel import Channel, Parts, Rendering
from domain.fact import Recorded
from domain.gate.facts import GateFact
from domain.ids import gate_of
from domain.producer.facts import SessionBegun
from projections.betting import board
from projections.betting.board_gates import FIXTURES_KEY as FIXTURE_FIELDS
from projections.betting.board_gates import GATE_ROWS, PRODUCER_SILENT, Around, around_of
from projections.betting.board_queries import FixtureView, MarketView, fixture_of_rows, market_of_rows
from projections.changes import Put
from projections.ports import RankedRow

ID_CHARACTERS = 36
MILLISECOND_US = 1_000

encode = msgspec.json.Encoder().encode
Rows = list[bytes | None]


class SharedRows:
    """Gates above fixtures, and producers of prices."""

    def __init__(self) -> None:
        self.gates: dict[str, Rows] = {}
        self.producers: dict[str, tuple[int, int, int]] = {}
        self.silent: frozenset[str] = frozenset()
        self._now_us = 0

    def load(self, above: Sequence[str], gates: Sequence[bytes | None], producers: Sequence[RankedRow], now_us: int) -> None:
        """Take rows that were read, where none are kept yet."""
        for number, gate_id in enumerate(above):
            self.gates.setdefault(gate_id, list(gates[2 * number : 2 * number + 2]))
        for entry in producers:
            session, lived = entry.rows
            if session is not None and lived is not None and entry.member.decode() not in self.producers:
                number, lease_ms = msgspec.msgpack.decode(session)
                self.producers[entry.member.decode()] = (number, lease_ms, msgspec.msgpack.decode(lived))
        self.look_for_silence(now_us)

    def note_gate(self, fact: Recorded) -> None:
        """Take a fact of a gate; a fixture's own stands in the fixture's rows."""
        rows = self.gates.get(fact.stream_id)
        if rows is None or not isinstance(fact.body, GateFact):
            return
        for change in board.project(fact):
            if isinstance(change, Put) and change.key != FIXTURE_FIELDS:
                rows[GATE_ROWS.index(change.field[ID_CHARACTERS:])] = change.value

    def note_producer(self, fact: Recorded) -> bool:
        """Take a sign of life; return whether it changes what a market is: a new session, or one that was given up for silent."""
        known = self.producers.get(fact.stream_id)
        if isinstance(fact.body, SessionBegun):
            self.producers[fact.stream_id] = (fact.body.session, fact.body.lease_ms, fact.committed_us)
            self.look_for_silence(self._now_us)
            return True
        if known is None:
            return False
        session, lease_ms, lived_us = known
        self.producers[fact.stream_id] = (session, lease_ms, max(lived_us, fact.committed_us))
        was_silent = fact.stream_id in self.silent or fact.committed_us > lived_us + lease_ms * MILLISECOND_US
        if was_silent:
            self.look_for_silence(self._now_us)
        return was_silent

    def look_for_silence(self, now_us: int) -> bool:
        """Look which leases have lapsed; return whether there are others than before."""
        self._now_us = now_us
        silent = frozenset(
            name for name, (_, lease_ms, lived_us) in self.producers.items() if now_us > lived_us + lease_ms * MILLISECOND_US
        )
        changed, self.silent = silent != self.silent, silent
        return changed

    def around(self, fixture_id: str, row: Sequence[bytes | None], above: Sequence[str]) -> Around:
        """Return what applies to the markets of a fixture."""
        rows = [row for gate_id in above for row in self.gates.get(gate_id, (None, None))]
        found = around_of(fixture_id, row, above, rows, (), 0)
        sessions = {name: session for name, (session, _, _) in self.producers.items()}
        return found._replace(sessions=sessions, silent=self.silent)


class Told(Protocol):
    """Called when something changed that a watcher shows: at once where betting stopped, `by_time` where no fact did it."""

    def __call__(self, *, at_once: bool, by_time: bool) -> None:
        """Take note."""
        ...


class Watcher(NamedTuple):
    """Somebody beside the fixture's own channels who shows some of its markets."""

    market_ids: frozenset[str]
    told: Told


class FixtureRows:
    """A fixture and its markets; `dirty` are the parts that may have changed: its markets by id, itself as an empty name."""

    def __init__(self, fixture_id: str, row: Sequence[bytes | None], markets: dict[str, Rows], above: tuple[str, ...]) -> None:
        self.fixture_id = fixture_id
        self.gate_id = gate_of("fixture", fixture_id)
        self.above = above
        self.row: Rows = list(row)
        self.markets = {market_id: list(rows) for market_id, rows in markets.items()}
        self.dirty: set[str] = set()
        self.channels: dict[str, Channel] = {}
        self.watchers: dict[str, Watcher] = {}

    def apply(self, fact: Recorded) -> None:
        """Change rows as the view changes them."""
        for change in board.project(fact):
            if not isinstance(change, Put):
                continue
            subject_id, suffix = change.field[:ID_CHARACTERS], change.field[ID_CHARACTERS:]
            if change.key == FIXTURE_FIELDS:
                if subject_id == self.fixture_id:
                    self.row[board.FIXTURE_ROWS.index(suffix)] = change.value
            elif change.key.endswith(":markets"):
                rows = self.markets.setdefault(subject_id, [None] * len(board.MARKET_ROWS))
                rows[board.MARKET_ROWS.index(suffix)] = change.value

    def parts(self, shared: SharedRows) -> list[tuple[str, bytes]]:
        """Return all parts: the fixture itself, then its markets in the order they were opened."""
        return [*self._head(), *self.market_parts(self.markets, shared)]

    def refreshed(self, shared: SharedRows) -> list[tuple[str, bytes]]:
        """Return the parts that may have changed since this was asked last."""
        dirty, self.dirty = self.dirty, set()
        head = self._head() if "" in dirty else []
        return [*head, *self.market_parts([market_id for market_id in self.markets if market_id in dirty], shared)]

    def market_parts(self, market_ids: Collection[str], shared: SharedRows) -> list[tuple[str, bytes]]:
        """Return some of its markets."""
        return [(market_id, encode(view)) for market_id, view in self.markets_shown(market_ids, shared).items()]

    def markets_shown(self, market_ids: Iterable[str], shared: SharedRows) -> dict[str, MarketView]:
        """Return those of some markets that it has, by id."""
        around = shared.around(self.fixture_id, self.row, self.above)
        known = [market_id for market_id in market_ids if market_id in self.markets]
        shown = [(market_id, market_of_rows(market_id, self.markets[market_id], around)) for market_id in known]
        return {market_id: view for market_id, view in shown if view is not None}

    @property
    def shown(self) -> FixtureView | None:
        """The fixture without its markets, None where it is not there."""
        return fixture_of_rows(self.fixture_id, self.row)

    def silent_markets(self, shared: SharedRows) -> list[str]:
        """Return the markets that are suspended because their price source is silent: time did that, no fact."""
        around = shared.around(self.fixture_id, self.row, self.above)
        shown = [market_of_rows(market_id, rows, around) for market_id, rows in self.markets.items()]
        return [view.market_id for view in shown if view is not None and view.reason == PRODUCER_SILENT]

    def _head(self) -> list[tuple[str, bytes]]:
        view = self.shown
        return [("", encode(view))] if view is not None else []


def _whole_fixture(parts: Parts) -> bytes:
    """Return a fixture as `GET /v1/fixtures/{id}` does."""
    by_key = dict(parts)
    head = by_key.pop("", b"{}")
    return b'%s,"markets":[%s]}' % (head[:-1], b",".join(by_key.values()))


def _changes_of_fixture(parts: Parts) -> bytes:
    """Return `{"fixture": ..., "markets": [...]}`: what changed, each whole; the fixture without its markets."""
    head = [b'"fixture":' + body for key, body in parts if not key]
    markets: Iterable[bytes] = [body for key, body in parts if key]
    return b"{%s}" % b",".join([*head, b'"markets":[%s]' % b",".join(markets)])


def _only(parts: Parts) -> bytes:
    return parts[0][1] if parts else b"null"


rendering_of_fixture = Rendering(_whole_fixture, _changes_of_fixture)
rendering_of_market = Rendering(_only, lambda parts: b'{"market":%s}' % _only(parts))
