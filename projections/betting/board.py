"""The board: fixtures with clock and score, and their markets with live prices.

Fixtures are few, read often and listed together, so they share one partition; markets move all the time and have a partition each by id.

    {pFF}:fixtures     hash: <fixture> as scheduled, <fixture>:status, :clock, :score, :kick-off where it was moved, :tennis, :gate, :mark
    {pFF}:all, :scheduled, :live, :ended, :abandoned
                       sorted sets of fixtures: all by kick-off; scheduled by kick-off, live, ended and abandoned by when they became so;
                       the newest 2,000 ended and 500 abandoned
    {pFF}:of:<fixture> sorted set of the fixture's markets, in the order they were opened
    {pFF}:gates        hash: <gate>:gate, :mark of a competition or a sport
    {pFF}:producers    sorted set of the producers of prices
    {pFF}:beats        hash: <producer>: session and lease, <producer>:lived: last heartbeat
    {pNN}:markets      hash: <market> as opened, <market>:state, :prices, :results, :delay of bets in play, where one was set
    {pNN}:resulted     sorted set of resulted markets; the newest 512 of each partition, older ones go with their rows

FF is the partition of the word "fixtures", NN that of the market's id. Gates and producers are few: one row says that the prices of any
number of markets are void, and is combined with each market's own state when it is read.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from domain.fact import Recorded
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.market.facts import (
    MarketBetDelaySet,
    MarketClosed,
    MarketOpened,
    MarketPayoutLimited,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
    Selection,
)
from domain.odds import Odds
from domain.settling import LegResult
from projections.betting import board_gates
from projections.betting.board_gates import FIXTURES, FIXTURES_KEY, GATE_ROWS, MarketState
from projections.changes import Change, Put, Rank, Trim, Unrank
from projections.partitions import tag_of
from projections.ports import View

ENDED_MAX = 2_000
ABANDONED_MAX = 500
RESULTED_MAX = 512

ALL_FIXTURES_KEY = f"{FIXTURES}:all"
MARKETS_OF_FIXTURE_KEY = f"{FIXTURES}:of:"
STATUS, CLOCK, SCORE, KICK_OFF, TENNIS = ":status", ":clock", ":score", ":kick-off", ":tennis"
STATE, PRICES, RESULTS, DELAY = ":state", ":prices", ":results", ":delay"
FIXTURE_ROWS = ("", STATUS, CLOCK, SCORE, KICK_OFF, TENNIS, *GATE_ROWS)
MARKET_ROWS = ("", STATE, PRICES, RESULTS, DELAY)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class FixtureRow(msgspec.Struct, frozen=True, array_like=True):
    """A fixture as scheduled, as it is kept."""

    sport: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    neutral: bool


class MarketRow(msgspec.Struct, frozen=True, array_like=True):
    """A market as opened, as it is kept."""

    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: tuple[Selection, ...]
    gates: tuple[str, ...]


class ClockRow(msgspec.Struct, frozen=True, array_like=True):
    """The match clock, as it is kept."""

    minute: int
    period: str


class ScoreRow(msgspec.Struct, frozen=True, array_like=True):
    """The score, as it is kept."""

    home: int
    away: int


Prices = dict[str, Odds]
Results = dict[str, LegResult]

_encode = msgspec.msgpack.Encoder().encode

NOT_STARTED = _encode(ClockRow(0, "not_started"))
FIRST_HALF = _encode(ClockRow(0, "first_half"))
FULL_TIME = _encode(ClockRow(90, "full_time"))
NO_GOALS = _encode(ScoreRow(0, 0))


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact of a fixture or a market changes."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _scheduled(recorded: Recorded, fact: FixtureScheduled) -> Sequence[Change]:
    fixture_id, kick_off = recorded.stream_id, _in_utc(fact.kick_off)
    at_s = _seconds(kick_off)
    row = FixtureRow(fact.sport, fact.competition, fact.home, fact.away, kick_off, fact.neutral)
    return (
        Put(FIXTURES_KEY, fixture_id, _encode(row)),
        Put(FIXTURES_KEY, fixture_id + STATUS, b"scheduled"),
        Put(FIXTURES_KEY, fixture_id + CLOCK, NOT_STARTED),
        Put(FIXTURES_KEY, fixture_id + SCORE, NO_GOALS),
        Rank(ALL_FIXTURES_KEY, fixture_id, at_s),
        Rank(_by_status("scheduled"), fixture_id, at_s),
    )


def _rescheduled(recorded: Recorded, fact: FixtureRescheduled) -> Sequence[Change]:
    fixture_id, kick_off = recorded.stream_id, _in_utc(fact.kick_off)
    return (
        Put(FIXTURES_KEY, fixture_id + KICK_OFF, _encode(kick_off)),
        Rank(ALL_FIXTURES_KEY, fixture_id, _seconds(kick_off)),
        Rank(_by_status("scheduled"), fixture_id, _seconds(kick_off)),
    )


def _kicked_off(recorded: Recorded, fact: KickedOff) -> Sequence[Change]:
    fixture_id = recorded.stream_id
    return (
        Put(FIXTURES_KEY, fixture_id + STATUS, b"live"),
        Put(FIXTURES_KEY, fixture_id + CLOCK, FIRST_HALF),
        Unrank(_by_status("scheduled"), fixture_id),
        Rank(_by_status("live"), fixture_id, _seconds(fact.at)),
    )


def _clock(recorded: Recorded, fact: ClockAdvanced) -> Sequence[Change]:
    return (Put(FIXTURES_KEY, recorded.stream_id + CLOCK, _encode(ClockRow(fact.minute, fact.period))),)


def _score(recorded: Recorded, fact: ScoreChanged) -> Sequence[Change]:
    tennis = () if fact.tennis is None else (Put(FIXTURES_KEY, recorded.stream_id + TENNIS, _encode(fact.tennis)),)
    return (
        *tennis,
        Put(FIXTURES_KEY, recorded.stream_id + SCORE, _encode(ScoreRow(fact.home, fact.away))),
        Put(FIXTURES_KEY, recorded.stream_id + CLOCK, _encode(ClockRow(fact.minute, fact.period))),
    )


def _ended(recorded: Recorded, fact: FixtureEnded) -> Sequence[Change]:
    score = Put(FIXTURES_KEY, recorded.stream_id + SCORE, _encode(ScoreRow(fact.final_home, fact.final_away)))
    clock = Put(FIXTURES_KEY, recorded.stream_id + CLOCK, FULL_TIME)
    return (score, clock, *_over(recorded.stream_id, "ended", fact.at, ENDED_MAX))


def _abandoned(recorded: Recorded, fact: FixtureAbandoned) -> Sequence[Change]:
    return _over(recorded.stream_id, "abandoned", fact.at, ABANDONED_MAX)


def _over(fixture_id: str, status: str, at: datetime, keep_max: int) -> Sequence[Change]:
    index = _by_status(status)
    return (
        Put(FIXTURES_KEY, fixture_id + STATUS, status.encode()),
        Unrank(_by_status("scheduled"), fixture_id),
        Unrank(_by_status("live"), fixture_id),
        Rank(index, fixture_id, _seconds(at)),
        Trim(index, keep_max, FIXTURES_KEY, FIXTURE_ROWS, (ALL_FIXTURES_KEY,), (MARKETS_OF_FIXTURE_KEY,)),
    )


def _opened(recorded: Recorded, fact: MarketOpened) -> Sequence[Change]:
    market_id = recorded.stream_id
    row = MarketRow(fact.fixture_id, fact.type, fact.specifiers, fact.selections, fact.gates)
    return (
        Put(_markets(market_id), market_id, _encode(row)),
        *_priced(recorded, fact),
        Rank(MARKETS_OF_FIXTURE_KEY + fact.fixture_id, market_id, recorded.position),
    )


def _priced(recorded: Recorded, fact: MarketOpened | MarketPriced | MarketResumed) -> Sequence[Change]:
    market_id = recorded.stream_id
    key = _markets(market_id)
    state = MarketState("open", recorded.version, "", fact.marks, fact.producer, fact.session)
    return (Put(key, market_id + PRICES, _encode(fact.prices)), Put(key, market_id + STATE, _encode(state)))


def _suspended(recorded: Recorded, fact: MarketSuspended) -> Sequence[Change]:
    return (_state(recorded, "suspended", fact.reason),)


def _delayed(recorded: Recorded, fact: MarketBetDelaySet) -> Sequence[Change]:
    return (Put(_markets(recorded.stream_id), recorded.stream_id + DELAY, b"%d" % fact.delay_s),)


def _closed(recorded: Recorded, _fact: MarketClosed) -> Sequence[Change]:
    return (_state(recorded, "closed"),)


def _resulted(recorded: Recorded, fact: MarketResulted) -> Sequence[Change]:
    market_id, tag = recorded.stream_id, tag_of(recorded.stream_id)
    key = _markets(market_id)
    return (
        _state(recorded, "resulted"),
        Put(key, market_id + RESULTS, _encode(fact.results)),
        Rank(f"{tag}:resulted", market_id, recorded.position),
        Trim(f"{tag}:resulted", RESULTED_MAX, key, MARKET_ROWS),
    )


def _state(recorded: Recorded, status: str, reason: str = "") -> Put:
    return Put(_markets(recorded.stream_id), recorded.stream_id + STATE, _encode(MarketState(status, recorded.version, reason)))


def _markets(market_id: str) -> str:
    return f"{tag_of(market_id)}:markets"


def _by_status(status: str) -> str:
    return f"{FIXTURES}:{status}"


def _in_utc(at: datetime) -> datetime:
    """Return a moment in UTC; one that lies beyond the calendar there, as logs may hold, is its first or last."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if at < EPOCH else datetime.max.replace(tzinfo=UTC)


def _seconds(at: datetime) -> int:
    return (at - EPOCH) // SECOND


_PROJECTED: Mapping[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    FixtureScheduled: _scheduled,
    FixtureRescheduled: _rescheduled,
    KickedOff: _kicked_off,
    ClockAdvanced: _clock,
    ScoreChanged: _score,
    FixtureEnded: _ended,
    FixtureAbandoned: _abandoned,
    MarketOpened: _opened,
    MarketPriced: _priced,
    MarketResumed: _priced,
    MarketSuspended: _suspended,
    MarketClosed: _closed,
    MarketResulted: _resulted,
    MarketBetDelaySet: _delayed,
    **board_gates.PROJECTED,
}

VIEW = View(
    "board",
    5,
    project,
    consumes=frozenset(_PROJECTED),
    ignores=frozenset({ScoreConfirmed, FixtureShadingLimited, MarketPayoutLimited, MarketVoidWindowsSet, MarketPriceErrorsSet}),
)
