"""Runs one race: yields the commands that are due at a moment."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from commands.trading.racing.race import STEP_S, Race
from commands.trading.racing.race_prices import RaceBooks, RaceMoment
from domain.fixture.commands import EndFixture, FixtureCommand, KickOff
from domain.market.commands import CloseMarket, MarketCommand, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.state import Market

REOPEN_AFTER_ROWS = 2
"""How long betting stays suspended once a runner was withdrawn: 40 seconds."""

NON_RUNNER = "non-runner"


class RaceTiming(NamedTuple):
    """How fast races are run: simulated seconds a real second; and how long a replaced price is still struck, in milliseconds."""

    speed: float
    grace_ms: int
    in_play_grace_ms: int


class RaceStep(NamedTuple):
    """What a race does now: shows the prices of a row of its chances, is off, or is over."""

    kind: str
    row: int = 0


class RacePlayer:
    """A race on offer or being run; `off_s` is when it is off, on the monotonic clock.

    `suspended` are its markets that this feed suspended: what a trader suspends stays so until a trader reopens it. A runner that a trader
    withdrew from one market does not run in the race.
    """

    def __init__(self, race: Race, off_s: float, producer: str, timing: RaceTiming) -> None:
        self.race = race
        self.off_s = off_s
        self.is_over = False
        self.markets = tuple(race.markets())
        self.suspended: set[str] = set()
        self._gone: dict[str, frozenset[str]] = {}
        self._producer = producer
        self._timing = timing
        self._row = -1
        self._reopen_row = 0
        self._is_off = False

    def take_up(self, markets: Mapping[str, Market], *, is_off: bool) -> None:
        """Go on from where the log says that the race's markets stand."""
        self._is_off = is_off
        for market_id, market in markets.items():
            if market.suspended is not None and market.suspended.actor == self._producer:
                self.suspended.add(market_id)
        self.note(markets)

    def note(self, markets: Mapping[str, Market]) -> None:
        """Note who was withdrawn from the race's markets, as the log says."""
        self._gone.update({market_id: frozenset(market.non_runners) for market_id, market in markets.items()})

    def moment(self, row: int) -> RaceMoment:
        """Return the race at a row of its chances, for its prices."""
        return RaceMoment(self.race, row, self.race.gone_at(row).union(*self._gone.values()))

    @property
    def market_ids(self) -> list[str]:
        """The ids of the race's markets."""
        return [market.market_id for market in self.markets]

    @property
    def takes_bets(self) -> bool:
        """Whether the race is still to be off."""
        return not self._is_off and not self.is_over

    def row_at(self, now_s: float) -> int:
        """Return the row of the chances that holds now."""
        left_s = (self.off_s - now_s) * self._timing.speed
        rows = len(self.race.chances)
        return min(max(rows - 1 - int(left_s // STEP_S), 0), rows - 1)

    def due(self, now_s: float) -> RaceStep | None:
        """Return what is due now, None where nothing is; rows that were missed are skipped."""
        if self.is_over:
            return None
        if now_s < self.off_s:
            row = self.row_at(now_s)
            return RaceStep("prices", row) if row > self._row else None
        if not self._is_off:
            return RaceStep("off")
        return RaceStep("over") if (now_s - self.off_s) * self._timing.speed >= self.race.lasts_s else None

    def open_markets(self, books: RaceBooks, at: datetime) -> Iterator[OpenMarket]:
        """Yield the commands that open the race's markets at the prices of its first row."""
        for market in self.markets:
            book = books[market.type]
            yield OpenMarket(
                market_id=market.market_id,
                fixture_id=self.race.fixture_id,
                type=market.type,
                specifiers=market.specifiers,
                selections=self.race.runners,
                prices=book.prices,
                grace_ms=self._timing.grace_ms,
                at=at,
                in_play_grace_ms=self._timing.in_play_grace_ms,
                withdrawn=book.withdrawn,
                producer=self._producer,
                actor=self._producer,
            )

    def stop_betting(self, due: RaceStep, at: datetime) -> Iterator[MarketCommand]:
        """Yield what must be so before anything is told: runners withdrawn, and no bets once the race is off."""
        if due.kind == "over":
            return
        row = due.row if due.kind == "prices" else len(self.race.chances) - 1
        gone = self.moment(row).gone
        for market_id in self.market_ids:
            for selection in sorted(gone - self._gone.get(market_id, frozenset())):
                yield SuspendMarket(market_id, NON_RUNNER, at, self._producer, selection)
                self.suspended.add(market_id)
                self._reopen_row = row + REOPEN_AFTER_ROWS
            self._gone[market_id] = gone
            if due.kind == "off":
                yield CloseMarket(market_id, at, self._producer)

    def tell(self, due: RaceStep, at: datetime) -> Iterator[FixtureCommand]:
        """Yield what happens to the fixture."""
        if due.kind == "off":
            yield KickOff(self.race.fixture_id, at, self._producer)
        elif due.kind == "over":
            yield EndFixture(self.race.fixture_id, 0, 0, 0, 0, at, actor=self._producer)

    def follow_up(self, due: RaceStep, books: RaceBooks, at: datetime) -> Iterator[MarketCommand]:
        """Yield what follows: the prices of the moment, or the result by the order in which the runners finished."""
        if due.kind == "over":
            yield from results(self.race, self.moment(len(self.race.chances) - 1).gone, at, self._producer)
        elif due.kind == "prices":
            yield from self.price(due.row, books, at)

    def price(self, row: int, books: RaceBooks, at: datetime) -> Iterator[MarketCommand]:
        """Yield the prices of a row; markets that were suspended for a withdrawal come back with them when it is time."""
        for market in self.markets:
            book = books[market.type]
            if not book.prices or (market.market_id in self.suspended and row < self._reopen_row):
                continue
            given: tuple[Any, ...] = (market.market_id, book.prices, at, book.withdrawn, self._producer, self._producer)
            if market.market_id in self.suspended:
                self.suspended.discard(market.market_id)
                yield ResumeMarket(*given)
            yield PriceMarket(*given)

    def taken(self, due: RaceStep) -> None:
        """Note that what was due is done."""
        if due.kind == "prices":
            self._row = due.row
        self._is_off = self._is_off or due.kind == "off"
        self.is_over = due.kind == "over"

    def drain(self) -> None:
        """Run the race no further: it was abandoned."""
        self.is_over = True


def results(race: Race, gone: frozenset[str], at: datetime, producer: str) -> Iterator[ResultMarket]:
    """Yield the commands that grade the markets of a race that is over, without those that did not run."""
    order = tuple(left for tied in race.order if (left := tuple(runner for runner in tied if runner not in gone)))
    for market in race.markets():
        yield ResultMarket(market.market_id, at, actor=producer, order=order)
