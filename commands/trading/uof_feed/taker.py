"""Takes messages of a Unified Odds Feed into the log, and keeps the leases of its producers while they live."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
import structlog

from commands.dispatch.batch import Contended, Overloaded
from commands.ports import EventStore, StoreUnavailable
from commands.trading.replay.heartbeats import CommandCaller, Heartbeats
from commands.trading.replay.moved_gates import MovedGates
from commands.trading.run_market import ProducerSilent
from commands.trading.uof_feed.messages import Alive, AnyMessage, FixtureTold, SnapshotComplete, UofMessage, UofRefusal
from commands.trading.uof_feed.plan import Plan, Planned, Terms
from commands.trading.uof_feed.producers import REQUEST_IDS, Snapshots, SnapshotWanted, WatchedProducer, name_of
from commands.trading.uof_feed.standings import Standings
from commands.trading.uof_feed.told import EventTold
from domain.ids import producer_of
from domain.market.commands import IN_PLAY_GRACE_MS
from domain.refused import Refused

EVENTS_MAX = 5_000
"""Events that one feed may have on offer at once."""
PRODUCERS_MAX = 50
COMMANDS_AT_ONCE_MAX = 2_000
REPORTED_MAX = 100_000
"""Refusals that are remembered as told; then each may be told once more."""
RETRY_AFTER_S = 0.5

logger = structlog.get_logger()


class UofOptions(msgspec.Struct, frozen=True):
    """How a feed is taken.

    A producer without a newer message for `silent_after_s` is down. With `snapshot_first`, nothing it says opens a market before its first
    snapshot is complete. Settlements count from `certainty_min` on.
    """

    silent_after_s: float = 20.0
    snapshot_first: bool = False
    certainty_min: int = 1
    lease_ms: int = 10_000
    grace_ms: int = 3_000
    in_play_grace_ms: int = IN_PLAY_GRACE_MS


class TakenMessages(msgspec.Struct, frozen=True):
    """What came of messages: how many there were, how many of them said nothing new, and what is refused."""

    messages: int
    repeated: int
    refused: tuple[UofRefusal, ...]


class UofFeed:
    """A feed of several producers. `now` tells the time of facts, `monotonic_s` paces, `sleep` waits (seconds), `stopping` ends waiting."""

    def __init__(
        self,
        caller: CommandCaller,
        store: EventStore,
        options: UofOptions,
        snapshots: Snapshots,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._caller = caller
        self._store = store
        self._options = options
        self._snapshots = snapshots
        self._now = now
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._stopping = stopping
        self._standings = Standings(store)
        self._gates = MovedGates(store)
        self._events: dict[str, EventTold] = {}
        self._producers: dict[int, WatchedProducer] = {}
        self._heartbeats: dict[int, Heartbeats] = {}
        self._recovered: set[int] = set()
        """Producers whose prices have to be given again: they are back, or in another session."""
        self._reported: set[UofRefusal] = set()
        self._refused: list[UofRefusal] = []

    def take(self, messages: Sequence[AnyMessage]) -> TakenMessages:
        """Bring the log to what messages say, together with all that was said before.

        Raises:
            StoreUnavailable: when the log could not be read in time; the same messages may be taken again.

        """
        changed: dict[str, EventTold] = {}
        repeated = 0
        for message in sorted(messages, key=lambda one: one.at_ms):
            if isinstance(message, UofMessage) and not self._hear(message):
                continue
            if isinstance(message, Alive | SnapshotComplete):
                continue
            event = self._event(message.event)
            if event is None:
                self._refuse(UofRefusal(message.source, message.event, f"is more than the {EVENTS_MAX} matches that one feed may offer"))
            elif event.merge(message, self._refuse):
                changed[message.event] = event
            else:
                repeated += not isinstance(message, FixtureTold)
                changed.setdefault(message.event, event)
        self._keep_alive()
        self._apply(changed.values(), again=False)
        return TakenMessages(len(messages), repeated, self._told())

    def keep_alive(self) -> tuple[UofRefusal, ...]:
        """Do what time asks for: heartbeats of producers that live, requests for snapshots, fresh prices where those that stand are void.

        Return what is refused meanwhile.

        Raises:
            StoreUnavailable: when the log could not be read in time.

        """
        self._keep_alive()
        return self._told()

    @property
    def snapshots_wanted(self) -> list[SnapshotWanted]:
        """The snapshots that were asked for and are not complete."""
        return [SnapshotWanted(one.number, one.last_ms, one.request_id) for one in self._producers.values() if one.is_waiting]

    def _told(self) -> tuple[UofRefusal, ...]:
        refused, self._refused = tuple(self._refused), []
        return refused

    def _keep_alive(self) -> None:
        again: dict[str, EventTold] = {}
        was_beaten = False
        for number, producer in self._producers.items():
            if producer.is_up and producer.is_silent(self._monotonic_s(), self._options.silent_after_s):
                producer.lost()
            producer.recover(self._snapshots.ask)
            beat = self._heartbeats[number].beat() if producer.is_up else None
            if beat is not None and beat.was_taken:
                was_beaten = True
                if beat.is_new_session:
                    self._recovered.add(number)
        if self._recovered:
            again.update({name: event for name, event in self._events.items() if not self._recovered.isdisjoint(event.producers)})
        if was_beaten:
            gates = {name: self._standings.gates(name) for name in self._events}
            moved = self._gates.look({gate_id for of_one in gates.values() for gate_id in of_one})
            again.update({name: self._events[name] for name, of_one in gates.items() if not moved.isdisjoint(of_one)})
        self._apply(again.values(), again=True)
        self._recovered.clear()

    def _hear(self, message: UofMessage) -> bool:
        """Note who speaks; return whether the message is to be taken."""
        number = message.producer
        producer = self._producers.get(number)
        if producer is None:
            if len(self._producers) >= PRODUCERS_MAX:
                self._refuse(UofRefusal(message.source, name_of(number), f"is more than the {PRODUCERS_MAX} producers that are watched"))
                return False
            producer = self._meet(number)
        is_newer = producer.heard(message.at_ms, self._monotonic_s())
        if isinstance(message, Alive) and is_newer and not message.subscribed:
            producer.lost()
        if isinstance(message, SnapshotComplete):
            if producer.completed(message.request_id):
                self._recovered.add(number)
            else:
                self._refuse(UofRefusal(message.source, name_of(number), f"answers no request that is open: {message.request_id}"))
        return True

    def _meet(self, number: int) -> WatchedProducer:
        """Watch a producer. It is one that may act from its first heartbeat on, which is sent at once where it never sent one."""
        options, name = self._options, name_of(number)
        heartbeats = Heartbeats(name, options.lease_ms, self._caller, now=self._now, monotonic_s=self._monotonic_s)
        if not self._store.load({producer_of(name): 0}) and not heartbeats.beat(at_once=True).was_taken:
            raise StoreUnavailable
        first_request = int(self._now().timestamp() * 1000) % REQUEST_IDS
        producer = WatchedProducer(number, self._monotonic_s(), first_request, is_up=not options.snapshot_first)
        self._producers[number], self._heartbeats[number] = producer, heartbeats
        return producer

    def _event(self, name: str) -> EventTold | None:
        event = self._events.get(name)
        if event is None:
            if len(self._events) >= EVENTS_MAX:
                for over in [known for known in self._events if not self._standings.gates(known)]:
                    del self._events[over]
                    self._standings.forget(over)
            if len(self._events) >= EVENTS_MAX:
                return None
            event = self._events[name] = EventTold(name, self._options.certainty_min)
        return event

    def _is_up(self, number: int) -> bool:
        producer = self._producers.get(number)
        return producer is not None and producer.is_up

    def _apply(self, events: Iterable[EventTold], *, again: bool) -> None:
        """Do what the events ask for, stage by stage: commands that are submitted together have no order."""
        events = list(events)
        if not events:
            return
        standings = self._standings.look(events)
        terms = Terms((self._options.grace_ms, self._options.in_play_grace_ms), self._is_up)
        planned: list[Planned] = []
        for told in events:
            plan = Plan(told, standings[told.event], terms, self._now(), lambda *of: self._refuse(UofRefusal(*of)))
            planned += plan.commands(again=again)
        for stage in sorted({one.stage for one in planned}):
            of_stage = [one for one in planned if one.stage == stage]
            for begin in range(0, len(of_stage), COMMANDS_AT_ONCE_MAX):
                left = of_stage[begin : begin + COMMANDS_AT_ONCE_MAX]
                while left and not self._stopping():
                    left = self._unanswered(left)
                    if left:
                        self._sleep(RETRY_AFTER_S)
        if planned:
            self._standings.look(events)

    def _unanswered(self, planned: list[Planned]) -> list[Planned]:
        """Submit commands; return those to submit again. What a rule refuses is told with where it was said."""
        try:
            answers = self._caller.try_many([one.command for one in planned])
        except (StoreUnavailable, TimeoutError, Overloaded):
            logger.warning("the feed waits for the log", commands_waiting=len(planned))
            return planned
        left: list[Planned] = []
        for one, answer in zip(planned, answers, strict=True):
            if isinstance(answer, ProducerSilent):
                for number, producer in self._producers.items():
                    if producer.name == answer.producer and producer.is_up:
                        self._heartbeats[number].beat(at_once=True)
            if isinstance(answer, StoreUnavailable | Overloaded | Contended | ProducerSilent):
                left.append(one)
            elif isinstance(answer, Refused):
                self._refuse(UofRefusal(one.source, one.about, f"{type(one.command).__name__} is refused: {answer}"))
            elif isinstance(answer, BaseException):
                raise answer
        return left

    def _refuse(self, refusal: UofRefusal) -> None:
        """Tell a refusal, once."""
        if refusal in self._reported:
            return
        if len(self._reported) >= REPORTED_MAX:
            self._reported.clear()
        self._reported.add(refusal)
        self._refused.append(refusal)
