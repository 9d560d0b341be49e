"""Takes what a feed of prices delivers into the log, and stops its markets when it falls silent.

A delivery that was taken already, or is older than what was taken, changes nothing. After a crash the feed reads where its matches stand.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from commands.dispatch.batch import Contended, Overloaded
from commands.ports import EventStore, StoreUnavailable
from commands.trading.odds_feed.consensus import Pricing, consensus_of
from commands.trading.odds_feed.messages import MARKETS_TAKEN, FeedMatch, Held, MarketKey
from commands.trading.odds_feed.offered_match import OfferedMatch
from commands.trading.replay.heartbeats import CommandCaller, Heartbeats
from commands.trading.replay.moved_gates import MovedGates
from commands.trading.run_market import ProducerSilent
from domain.fixture.commands import EndFixture, KickOff, RescheduleFixture, ScheduleFixture
from domain.market.commands import (
    IN_PLAY_GRACE_MS,
    CloseMarket,
    OpenMarket,
    PriceMarket,
    ResultMarket,
    ResumeMarket,
    SuspendMarket,
)
from domain.market.decider import AlreadySuspended
from domain.market.state import MarketSuspendedNow
from domain.pricing.markets import Book
from domain.refused import Refused

MATCHES_MAX = 5_000
"""Matches that one feed may have on offer at once."""
COMMANDS_AT_ONCE_MAX = 2_000
LOOK_UP_MAX = 64
"""How many matches are looked up in the log at once."""
RETRY_AFTER_S = 0.5

STAGES = (
    (ScheduleFixture, RescheduleFixture),
    (SuspendMarket, CloseMarket),
    (KickOff,),
    (EndFixture,),
    (OpenMarket, PriceMarket, ResumeMarket, ResultMarket),
)
"""The order in which commands are submitted."""

logger = structlog.get_logger()


class FeedOptions(msgspec.Struct, frozen=True):
    """How a feed is taken: how it prices, how long its lease is, and after how long without a delivery it counts as silent."""

    pricing: Pricing = Pricing()
    silent_after_s: float = 120.0
    lease_ms: int = 10_000
    grace_ms: int = 3_000
    in_play_grace_ms: int = IN_PLAY_GRACE_MS


class TakenDelivery(msgspec.Struct, frozen=True):
    """What came of a delivery: how many matches it has, how many of them were late, and what was held back."""

    matches: int
    late: int
    held: tuple[Held, ...]


class OddsFeed:
    """The prices of one producer. `now` tells the time of facts, `monotonic_s` paces, `sleep` waits (seconds), `stopping` ends waiting."""

    def __init__(
        self,
        producer: str,
        caller: CommandCaller,
        store: EventStore,
        options: FeedOptions,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._producer = producer
        self._caller = caller
        self._store = store
        self._options = options
        self._now = now
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._stopping = stopping
        self._offered: dict[str, OfferedMatch] = {}
        self._delivered_s = float("-inf")
        self._heartbeats = Heartbeats(producer, options.lease_ms, caller, now=now, monotonic_s=monotonic_s)
        self._gates = MovedGates(store)

    def take(self, matches: Sequence[FeedMatch]) -> TakenDelivery:
        """Bring the log to what a delivery says.

        Raises:
            StoreUnavailable: when the log could not be read in time; the same delivery may be taken again.

        """
        at = self._now()
        consensus = consensus_of(matches, self._options.pricing, at)
        held = list(consensus.held)
        books = {match.key: found for match, found in zip(matches, consensus.books, strict=True)}
        self._look_up([match for match in matches if match.key not in self._offered])
        self._delivered_s = self._monotonic_s()
        self.keep_alive()
        late = 0
        commands: list[Any] = []
        for match in matches:
            offered = self._offered.get(match.key)
            if offered is None:
                held.append(Held(match.key, "", "", f"is more than the {MATCHES_MAX} matches that one feed may offer"))
            elif match.result is not None:
                commands += self._ended(offered, match, held, at)
            elif match.quotes is not None:
                is_late = self._is_late(offered, match)
                late += is_late
                commands += () if is_late else self._offer(offered, match, books[match.key], at)
        self._submit(commands)
        return TakenDelivery(len(matches), late, tuple(held))

    def keep_alive(self) -> None:
        """Do what time asks for: a heartbeat while the feed is not silent, fresh prices where those that stand were voided, kick-offs.

        Raises:
            StoreUnavailable: when the log could not be read in time.

        """
        at = self._now()
        begun = [one for one in self._offered.values() if one.status == "scheduled" and one.match.kick_off <= at]
        self._submit([command for one in begun for command in one.begin(at)])
        if self._monotonic_s() - self._delivered_s >= self._options.silent_after_s:
            return
        beat = self._heartbeats.beat()
        on_offer = [one for one in self._offered.values() if one.status == "scheduled"]
        if not beat.was_taken:
            return
        gates = {one.fixture_id: one.gates for one in on_offer}
        moved = self._gates.look(gate_id for of_one in gates.values() for gate_id in of_one)
        again = on_offer if beat.is_new_session else [one for one in on_offer if not moved.isdisjoint(gates[one.fixture_id])]
        self._submit([command for one in again for command in one.price_again(at)])

    def _look_up(self, fresh: Sequence[FeedMatch]) -> None:
        """Make matches known that were not, as the log has them from an earlier run."""
        graces_ms = (self._options.grace_ms, self._options.in_play_grace_ms)
        room = max(MATCHES_MAX - len(self._offered), 0)
        for begin in range(0, min(len(fresh), room), LOOK_UP_MAX):
            known = [OfferedMatch(match, self._producer, graces_ms) for match in fresh[begin : min(begin + LOOK_UP_MAX, room)]]
            fixtures = self._store.load({one.fixture_id: 0 for one in known})
            markets = {one.market_id(key): 0 for one in known if one.fixture_id in fixtures for key in MARKETS_TAKEN}
            facts = self._store.load(markets) if markets else {}
            for one in known:
                one.learn(fixtures.get(one.fixture_id, ()), {key: facts.get(one.market_id(key), ()) for key in MARKETS_TAKEN})
                self._offered[one.match.key] = one

    @staticmethod
    def _is_late(offered: OfferedMatch, match: FeedMatch) -> bool:
        updated_at = max((quote.updated_at for quote in match.quotes or ()), default=None)
        if updated_at is None:
            return False
        if offered.updated_at is not None and updated_at < offered.updated_at:
            return True
        offered.updated_at = updated_at
        return False

    @staticmethod
    def _offer(offered: OfferedMatch, match: FeedMatch, books: dict[MarketKey, Book], at: datetime) -> list[Any]:
        if offered.status not in ("new", "scheduled") or (offered.status == "new" and match.kick_off <= at):
            return []
        moved = offered.match.kick_off != match.kick_off
        offered.match = match
        commands: list[Any] = [offered.announce(at)] if offered.status == "new" or moved else []
        return [*commands, *(offered.begin(at) if match.kick_off <= at else offered.offer(books, at))]

    @staticmethod
    def _ended(offered: OfferedMatch, match: FeedMatch, held: list[Held], at: datetime) -> list[Any]:
        if offered.status not in ("scheduled", "live"):
            return []
        if match.may_have_extra_time:
            held.append(Held(match.key, "", "", "its result may hold extra time; end the match by hand with the score after 90 minutes"))
            return []
        offered.match = match
        return list(offered.end(at))

    def _submit(self, commands: Sequence[Any]) -> None:
        """Submit commands stage by stage: what comes later may need what came before, and commands submitted together have no order."""
        for kinds in STAGES:
            stage = [command for command in commands if isinstance(command, kinds)]
            for begin in range(0, len(stage), COMMANDS_AT_ONCE_MAX):
                left = stage[begin : begin + COMMANDS_AT_ONCE_MAX]
                while left and not self._stopping():
                    left = self._unanswered(left)
                    if left:
                        self._sleep(RETRY_AFTER_S)

    def _unanswered(self, commands: list[Any]) -> list[Any]:
        """Submit commands; return those to submit again. A rule that says no is noted: a trader may have been here, or the feed errs."""
        try:
            answers = self._caller.try_many(commands)
        except (StoreUnavailable, TimeoutError, Overloaded):
            logger.warning("the feed waits for the log", commands_waiting=len(commands))
            return commands
        again: list[Any] = []
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, ProducerSilent):
                self._heartbeats.beat(at_once=True)
            if isinstance(answer, StoreUnavailable | Overloaded | Contended | ProducerSilent):
                again.append(command)
            elif isinstance(answer, MarketSuspendedNow):
                logger.info("prices for a market that a trader suspended are not passed on", market_id=answer.market_id)
            elif isinstance(answer, AlreadySuspended):
                for offered in self._offered.values():
                    offered.suspended_by_another(answer.market_id)
            elif isinstance(answer, Refused):
                logger.warning("what the feed says was refused", command=type(command).__name__, refusal=str(answer))
            elif isinstance(answer, BaseException):
                raise answer
        return again
