"""What a feed has said of one event, merged by the sender's times: for each thing the newest word counts, in whatever order words come.

So a message that comes twice, late, or before an older one leads to the same as all of them in order.
"""

from collections.abc import Callable, Mapping

import msgspec

from commands.trading.odds_feed.messages import MarketKey
from commands.trading.uof_feed.messages import (
    AnyMessage,
    BetCancel,
    BetSettlement,
    BetStop,
    FixtureChange,
    FixtureTold,
    MarketOdds,
    MatchTold,
    OddsChange,
    RolledBack,
    UofRefusal,
)
from domain.settling import LegResult

STAGES_IN_ORDER = ("unknown", "before", "playing", "abandoned", "over")


class OddsWord(msgspec.Struct, frozen=True):
    """The newest odds of a market: when, by which producer, where they were read."""

    at_ms: int
    producer: int
    source: str
    odds: MarketOdds


class ResultWord(msgspec.Struct, frozen=True):
    """The newest word on how a market came out; `results` is None for a void, and where a result was taken back or has to wait."""

    at_ms: int
    producer: int
    source: str
    results: Mapping[str, LegResult] | None = None
    void_reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether it says how the market came out."""
        return self.results is not None or bool(self.void_reason)


NamedWindow = tuple[int | None, int | None]
"""From when until when, in milliseconds; None where a message names no beginning, or no end."""
EVERY_WINDOW: NamedWindow = (None, None)
ROLLED_BACK = "rollback_bet_cancel"


class WindowWord(msgspec.Struct, frozen=True):
    """The newest word on whether the bets of a window of time are void on a market; `named` is the window as the message named it."""

    at_ms: int
    producer: int
    source: str
    is_void: bool
    reason: str
    named: NamedWindow


class MatchWord(msgspec.Struct, frozen=True):
    """The newest word on where the match stands."""

    at_ms: int
    producer: int
    source: str
    match: MatchTold


class MoveWord(msgspec.Struct, frozen=True):
    """The newest word on the fixture beside its document."""

    at_ms: int
    producer: int
    source: str
    change: FixtureChange


class EventTold:
    """Everything that was said of one event. `certainty_min` is from which certainty on a settlement counts."""

    def __init__(self, event: str, certainty_min: int) -> None:
        self.event = event
        self.fixture: FixtureTold | None = None
        self.moved: MoveWord | None = None
        self.match: MatchWord | None = None
        self.goals_since_ms = 0
        """Since when the goals are what they are now: older odds are of another score."""
        self.odds: dict[MarketKey, OddsWord] = {}
        self.results: dict[MarketKey, ResultWord] = {}
        self.windows: dict[MarketKey, dict[tuple[int, int], WindowWord]] = {}
        """Market -> windows, from when until when, of bets that are cancelled, or were once."""
        self.stopped_ms: dict[tuple[int, str], int] = {}
        """Producer and group of markets -> when they were stopped last."""
        self._windows_over_ms: dict[tuple[MarketKey, NamedWindow], int] = {}
        """Market and window -> the newest message that took its cancellations back; `EVERY_WINDOW` is all of them."""
        self._certainty_min = certainty_min

    def merge(self, message: AnyMessage, refuse: Callable[[UofRefusal], None]) -> bool:
        """Take in what a message says; return whether any of it is new."""
        match message:
            case FixtureTold():
                is_new = self.fixture is None or _told(self.fixture) != _told(message)
                self.fixture = message
                return is_new
            case OddsChange():
                is_new = self._merge_match(message)
                for odds in message.markets:
                    is_new |= self._merge_odds(message, odds)
                return is_new
            case BetStop():
                return max((self._stop(message.producer, group, message.at_ms) for group in message.groups), default=False)
            case BetSettlement():
                return max((self._settle(message, market, results, refuse) for market, results in message.results.items()), default=False)
            case BetCancel():
                return max((self._cancel(message, market, reason) for market, reason in message.markets.items()), default=False)
            case RolledBack():
                return max((self._roll_back(message, market) for market in message.markets), default=False)
            case FixtureChange():
                if self.moved is not None and self.moved.at_ms >= message.at_ms:
                    return False
                self.moved = MoveWord(message.at_ms, message.producer, message.source, message)
                return True
            case _:
                return False

    def is_stopped(self, producer: int, groups: frozenset[str], since_ms: int) -> bool:
        """Say whether the markets of these groups were stopped by a producer at a time or later."""
        return any(self.stopped_ms.get((producer, group), -1) >= since_ms for group in groups)

    @property
    def sources(self) -> list[str]:
        """Where all that counts was read."""
        words: list[OddsWord | ResultWord | MatchWord | WindowWord] = [
            *self.odds.values(),
            *self.results.values(),
            *(word for of_market in self.windows.values() for word in of_market.values()),
            *([self.match] if self.match else []),
        ]
        return list(dict.fromkeys(word.source for word in words))

    @property
    def producers(self) -> set[int]:
        """The producers that said something."""
        words: list[OddsWord | ResultWord | MatchWord | WindowWord] = [
            *self.odds.values(),
            *self.results.values(),
            *(word for of_market in self.windows.values() for word in of_market.values()),
            *([self.match] if self.match else []),
        ]
        return {word.producer for word in words}

    def _merge_match(self, message: OddsChange) -> bool:
        told = message.match
        if told is None or told.stage == "unknown":
            return False
        stands = self.match
        if stands is not None and (message.at_ms, _rank(told)) <= (stands.at_ms, _rank(stands.match)):
            return False
        before = (stands.match.home, stands.match.away) if stands is not None else (0, 0)
        if (told.home, told.away) != before:
            self.goals_since_ms = message.at_ms
        self.match = MatchWord(message.at_ms, message.producer, message.source, told)
        return True

    def _merge_odds(self, message: OddsChange, odds: MarketOdds) -> bool:
        stands = self.odds.get(odds.market)
        if stands is not None and (stands.at_ms, _rank(stands.odds)) >= (message.at_ms, _rank(odds)):
            return False
        self.odds[odds.market] = OddsWord(message.at_ms, message.producer, message.source, odds)
        return True

    def _stop(self, producer: int, group: str, at_ms: int) -> bool:
        if self.stopped_ms.get((producer, group), -1) >= at_ms:
            return False
        self.stopped_ms[producer, group] = at_ms
        return True

    def _settle(
        self, message: BetSettlement, market: MarketKey, results: Mapping[str, LegResult], refuse: Callable[[UofRefusal], None]
    ) -> bool:
        if message.certainty < self._certainty_min:
            refuse(
                UofRefusal(message.source, str(market), f"is settled at certainty {message.certainty}, {self._certainty_min} is awaited")
            )
            return False
        return self._merge_result(market, ResultWord(message.at_ms, message.producer, message.source, dict(results)))

    def _cancel(self, message: BetCancel, market: MarketKey, reason: str) -> bool:
        named, of = (message.start_ms, message.end_ms), (message.at_ms, message.producer, message.source)
        is_void = message.at_ms > max(self._windows_over_ms.get((market, each), -1) for each in (named, EVERY_WINDOW))
        if named == EVERY_WINDOW:
            return self._merge_result(market, ResultWord(*of, void_reason=reason if is_void else ""))
        word = WindowWord(*of, is_void, reason, named)
        return self._merge_window(market, (message.start_ms or 0, message.at_ms if message.end_ms is None else message.end_ms), word)

    def _roll_back(self, message: RolledBack, market: MarketKey) -> bool:
        """Take a settlement back; or the cancellation of a window of bets as the message names it, or without a name every one."""
        of, named = (message.at_ms, message.producer, message.source), (message.start_ms, message.end_ms)
        if message.what == "bet_settlement":
            return self._merge_result(market, ResultWord(*of))
        word, is_new = WindowWord(*of, is_void=False, reason=ROLLED_BACK, named=named), False
        if self._windows_over_ms.get((market, named), -1) < message.at_ms:
            self._windows_over_ms[market, named] = message.at_ms
            over = [window for window, each in self.windows.get(market, {}).items() if named in (each.named, EVERY_WINDOW)]
            is_new = max((self._merge_window(market, window, word) for window in over), default=False)
        if message.start_ms is not None and message.end_ms is not None:
            is_new |= self._merge_window(market, (message.start_ms, message.end_ms), word)
        stands = self.results.get(market)
        if named == EVERY_WINDOW and stands is not None and stands.void_reason and stands.at_ms <= message.at_ms:
            self.results[market] = ResultWord(stands.at_ms, message.producer, message.source)
            is_new = True
        return is_new

    def _merge_window(self, market: MarketKey, window: tuple[int, int], word: WindowWord) -> bool:
        stands = self.windows.setdefault(market, {}).get(window)
        if stands is not None and (stands.at_ms, not stands.is_void) >= (word.at_ms, not word.is_void):
            return False
        self.windows[market][window] = word
        return True

    def _merge_result(self, market: MarketKey, word: ResultWord) -> bool:
        stands = self.results.get(market)
        if stands is not None and (stands.at_ms, stands.is_final, _rank(stands.results)) >= (
            word.at_ms,
            word.is_final,
            _rank(word.results),
        ):
            return False
        self.results[market] = word
        return True


def _rank(what: object) -> bytes:
    """Return what decides between two words of one millisecond, the same whichever comes first."""
    return msgspec.json.encode(what, order="sorted")


def _told(fixture: FixtureTold) -> FixtureTold:
    return msgspec.structs.replace(fixture, source="", at_ms=0)
