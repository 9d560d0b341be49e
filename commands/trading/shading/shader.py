"""Keeps what open bets on the matches of a feed are owed, by reading the log, and says how their scores are to be tilted.

It is held by the process that prices, and never asked when a bet is decided: there it would make every bet on a match wait for every other.
"""

from collections.abc import Callable, Mapping

import msgspec

from commands.log_reader import LogFilter, LogReader
from commands.trading.shading.open_risks import BET_FACTS, OpenRisks
from domain.fixture.facts import FixtureShadingLimited
from domain.pricing import PricedMarket
from domain.pricing.shading import counts_for_shading, owed_by_score, tilt_of
from domain.pricing.tilt import Tilt

LOOK_EVERY_S = 0.1
"""How often the log is read: prices of a match follow its bets ten times a second at most."""

FACTS_AT_ONCE, READS_MAX = 5_000, 4
"""How much of the log is read at a time, and how often in one look: a feed that begins reads on in the next one."""

_WANTED = LogFilter(kinds=BET_FACTS | {FixtureShadingLimited}, must_understand=frozenset())


class _Watched(msgspec.Struct):
    """A match whose bets are counted: its markets that the final score decides, and the limit of its shading."""

    market_ids: Mapping[PricedMarket, str]
    limit_thousandths: int


class Shader:
    """Reads one log; `monotonic_s` paces. Not for several threads."""

    def __init__(self, log: LogReader, monotonic_s: Callable[[], float]) -> None:
        self._log = log
        self._monotonic_s = monotonic_s
        self._next_s = 0.0
        self._position: int | None = None
        self._risks = OpenRisks()
        self._watched: dict[str, _Watched] = {}

    def watch(self, fixture_id: str, market_ids: Mapping[PricedMarket, str], limit_thousandths: int, since: int | None = None) -> None:
        """Count the bets on a match, called before its markets open; `since` is the position at which it began, if it did so before.

        Raises:
            StoreUnavailable: when the log cannot be read.

        """
        position = self._log.head() if self._position is None else self._position
        decided = {market: market_id for market, market_id in market_ids.items() if counts_for_shading(market)}
        self._watched[fixture_id] = _Watched(decided, limit_thousandths)
        self._risks.watch(fixture_id, decided)
        if since is not None and since <= position:
            self._risks.restart()
            position = since - 1
        self._position = position

    def forget(self, fixture_id: str) -> None:
        """Count the bets on a match no more: it is over."""
        if (watched := self._watched.pop(fixture_id, None)) is not None:
            self._risks.forget(fixture_id, watched.market_ids)

    def look(self) -> frozenset[str]:
        """Read on, if it is time; return the matches where what is owed, or the limit, changed since the last look that came to the end.

        Raises:
            StoreUnavailable: when the log cannot be read.

        """
        now_s = self._monotonic_s()
        if self._position is None or now_s < self._next_s:
            return frozenset()
        self._next_s = now_s + LOOK_EVERY_S
        for _ in range(READS_MAX):
            stretch = self._log.read_filtered(_WANTED, self._position, FACTS_AT_ONCE)
            for recorded in stretch.facts:
                if isinstance(recorded.body, FixtureShadingLimited):
                    self.limit(recorded.stream_id, recorded.body.limit_thousandths)
                else:
                    self._risks.fold(recorded)
            is_end, self._position = stretch.upto - self._position < FACTS_AT_ONCE, stretch.upto
            if is_end:
                moved, self._risks.moved = frozenset(self._risks.moved), set()
                return moved
        return frozenset()

    def limit(self, fixture_id: str, limit_thousandths: int) -> None:
        """Shade a match by so much at most."""
        if (watched := self._watched.get(fixture_id)) is not None and watched.limit_thousandths != limit_thousandths:
            watched.limit_thousandths = limit_thousandths
            self._risks.moved.add(fixture_id)

    def limit_of(self, fixture_id: str) -> int:
        """Return the limit of a match, in thousandths; 0 for one that is not watched."""
        watched = self._watched.get(fixture_id)
        return 0 if watched is None else watched.limit_thousandths

    def tilt(self, fixture_id: str, score: tuple[int, int], limit_thousandths: int) -> Tilt:
        """Return the tilt of a match's scores at a score, by what is owed on them now; empty where no bet is open."""
        owed = self._risks.owed_on(fixture_id)
        if not owed or not limit_thousandths:
            return ()
        return tilt_of(owed_by_score(owed, tuple(self._watched[fixture_id].market_ids), score), limit_thousandths)
