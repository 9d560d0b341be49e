"""The gates and producers above the markets of the board: one row for any number of markets, combined with each when it is read.

    {pFF}:fixtures     hash: <fixture>:gate and :mark, beside the fixture's other rows, so that they are dropped with it
    {pFF}:gates        hash: <gate>:gate and :mark of a competition or a sport
    {pFF}:producers    sorted set of the producers of prices
    {pFF}:beats        hash: <producer>: session and lease, <producer>:lived: last heartbeat

FF is the partition that all fixtures share.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from domain.fact import Recorded
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, GateFact, PricesVoided
from domain.ids import gate_of
from domain.producer.facts import HeartBeat, SessionBegun
from projections.changes import Change, Put, Rank
from projections.partitions import tag_of
from projections.ports import Fields, Page, RankedRow

FIXTURES = tag_of("fixtures")
"""The partition that all fixtures share."""

FIXTURES_KEY = f"{FIXTURES}:fixtures"
GATES_KEY = f"{FIXTURES}:gates"
PRODUCERS_KEY = f"{FIXTURES}:producers"
BEATS_KEY = f"{FIXTURES}:beats"
GATE, MARK = ":gate", ":mark"
GATE_ROWS = (GATE, MARK)
SESSION, LIVED = "", ":lived"
PRODUCER_ROWS = (SESSION, LIVED)
PRODUCERS_MAX = 100

AWAITING_PRICES = "awaiting fresh prices"
PRODUCER_SILENT = "its price source is silent"


class MarketState(msgspec.Struct, frozen=True, array_like=True):
    """The state of a market: its status, the version of its stream that says so, and why it is suspended.

    While it is open: the versions of its gates that its prices were given at, and the producer's session where they have one.
    """

    status: str
    version: int
    reason: str = ""
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0


class GateRow(msgspec.Struct, frozen=True, array_like=True):
    """The status of a gate (open, stopped or over) and why. The version of its stream, called its mark, is a row of its own."""

    status: str = "open"
    reason: str = ""


class SessionRow(msgspec.Struct, frozen=True, array_like=True):
    """The session of a producer, and its lease."""

    session: int
    lease_ms: int


_encode = msgspec.msgpack.Encoder().encode
_gate_row = msgspec.msgpack.Decoder(GateRow).decode
_session_row = msgspec.msgpack.Decoder(SessionRow).decode
_number = msgspec.msgpack.Decoder(int).decode


def _stopped(recorded: Recorded, fact: BettingStopped) -> Sequence[Change]:
    return _gate(recorded, fact, GateRow("stopped", fact.reason))


def _reopened(recorded: Recorded, fact: BettingReopened) -> Sequence[Change]:
    return _gate(recorded, fact, GateRow())


def _voided(recorded: Recorded, fact: PricesVoided) -> Sequence[Change]:
    return _gate(recorded, fact, None)


def _betting_ended(recorded: Recorded, fact: BettingEnded) -> Sequence[Change]:
    return _gate(recorded, fact, GateRow("over", fact.cause))


def _gate(recorded: Recorded, fact: GateFact, row: GateRow | None) -> Sequence[Change]:
    """Put a fixture's gate beside the fixture, so that it goes with it; others have rows of their own."""
    key, name = (FIXTURES_KEY, fact.subject[0]) if fact.scope == "fixture" else (GATES_KEY, recorded.stream_id)
    mark = Put(key, name + MARK, _encode(recorded.version))
    return (mark,) if row is None else (Put(key, name + GATE, _encode(row)), mark)


def _session_begun(recorded: Recorded, fact: SessionBegun) -> Sequence[Change]:
    return (
        Put(BEATS_KEY, recorded.stream_id, _encode(SessionRow(fact.session, fact.lease_ms))),
        Put(BEATS_KEY, recorded.stream_id + LIVED, _encode(recorded.committed_us)),
        Rank(PRODUCERS_KEY, recorded.stream_id, 0),
    )


def _beat(recorded: Recorded, _fact: HeartBeat) -> Sequence[Change]:
    return (Put(BEATS_KEY, recorded.stream_id + LIVED, _encode(recorded.committed_us)),)


PROJECTED: Mapping[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    BettingStopped: _stopped,
    BettingReopened: _reopened,
    PricesVoided: _voided,
    BettingEnded: _betting_ended,
    SessionBegun: _session_begun,
    HeartBeat: _beat,
}
"""What each kind of fact changes."""


class GateStanding(NamedTuple):
    """A gate as it stands, and the version of its stream."""

    status: str
    reason: str
    mark: int


class Around(NamedTuple):
    """Gate states and producer sessions, combined with each market's own state when it is read; `silent` are lapsed producers."""

    gates: dict[str, GateStanding]
    sessions: dict[str, int]
    silent: frozenset[str]


ALL_PRODUCERS = Page(PRODUCERS_KEY, PRODUCERS_MAX, rows=BEATS_KEY, suffixes=PRODUCER_ROWS)


def gates_above(sport: str, competition: str) -> tuple[str, ...]:
    """Return the gates that a fixture shares with others: its competition's and its sport's."""
    return (gate_of("competition", sport, competition), gate_of("sport", sport))


def gate_fields(gate_ids: Sequence[str]) -> Fields:
    """Ask for shared gates."""
    return Fields(GATES_KEY, [gate_id + suffix for gate_id in gate_ids for suffix in GATE_ROWS])


def around_of(
    fixture_id: str,
    fixture_row: Sequence[bytes | None],
    above: Sequence[str],
    rows: Sequence[bytes | None],
    producers: Sequence[RankedRow],
    now_us: int,
) -> Around:
    """Return what applies to the markets of a fixture, from `fixture_row` as it is kept, `rows` of the gates `above`, and the producers."""
    gates = {gate_of("fixture", fixture_id): _gate_of(*fixture_row[-2:])}
    for number, gate_id in enumerate(above):
        gates[gate_id] = _gate_of(*rows[2 * number : 2 * number + 2])
    sessions: dict[str, int] = {}
    silent: set[str] = set()
    for entry in producers:
        session, lived_us = entry.rows
        if session is not None and lived_us is not None:
            shown = _session_row(session)
            sessions[entry.member.decode()] = shown.session
            if now_us > _number(lived_us) + shown.lease_ms * 1_000:
                silent.add(entry.member.decode())
    return Around(gates, sessions, frozenset(silent))


def _gate_of(row: bytes | None, mark: bytes | None) -> GateStanding:
    shown = _gate_row(row) if row is not None else GateRow()
    return GateStanding(shown.status, shown.reason, _number(mark) if mark is not None else 0)


def standing(state: MarketState, gate_ids: Sequence[str], around: Around) -> tuple[str, str | None]:
    """Return a market's status as its gates and its producer leave it, and why it takes no bets."""
    if state.status in ("closed", "resulted"):
        return state.status, None
    gates = [around.gates.get(gate_id, GateStanding("open", "", 0)) for gate_id in gate_ids]
    for status, shown in (("over", "closed"), ("stopped", "suspended")):
        for gate in gates:
            if gate.status == status:
                return shown, gate.reason
    if state.status != "open":
        return state.status, state.reason
    if state.producer in around.silent:
        return "suspended", PRODUCER_SILENT
    if tuple(gate.mark for gate in gates) != state.marks or around.sessions.get(state.producer, 0) != state.session:
        return "suspended", AWAITING_PRICES
    return "open", None
