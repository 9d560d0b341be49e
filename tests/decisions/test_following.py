"""What is not in memory is loaded, and what others wrote is folded onto what is: in bounded rounds, each stream's trouble its own."""

from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from commands.dispatch.batch import Answer
from commands.dispatch.cached_stream import SNAPSHOT_EVERY_FACTS, TIMES_MAX, CachedStream, StreamUnreadable, schema_of
from commands.dispatch.dispatcher import Dispatcher
from commands.dispatch.state_cache import STATES_MAX, StateCache
from commands.ports import FACTS_PER_STREAM_MAX, Append, NewFact, StreamSnapshot, Wanted, facts_per_stream
from commands.registry import USE_CASES
from domain.aggregate import Aggregate
from domain.catalogue import FOLLOWED
from domain.fact import stored_name
from domain.ids import derived, wallet_of
from domain.market.decider import MARKET
from domain.reaction.decider import REACTION
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.wallet.decider import WALLET, InsufficientFunds, Wallet
from domain.wallet.facts import FundsDeposited
from infra.eventstore.memory import MemoryBatch, MemoryEventStore, MemoryLoad
from tests.decisions.given import NOON
from tests.decisions.loading import load
from tests.decisions.test_use_cases import ANN, BOB, account, deposit


class Shared:
    """A log and what each of its processes asked of it."""

    def __init__(self) -> None:
        self.log = MemoryEventStore()

    def process(self, states_max: int = STATES_MAX) -> "Process":
        return Process(self.log, states_max=states_max)


class Connection:
    """One process's connection to the log: it is told what others moved, and remembers how many facts it was given."""

    def __init__(self, log: MemoryEventStore) -> None:
        self._log = log
        self._seen = log.head()
        self.facts_loaded = 0
        self.questions: list[Mapping[str, Wanted]] = []
        self.unreadable: Mapping[str, str] = {}
        self.followed: Collection[str] = FOLLOWED

    def encode(self, facts: Sequence[NewFact]) -> None:
        del facts

    def nudge(self) -> None:
        pass

    def begin(self, appends: Sequence[Append]) -> MemoryBatch:
        facts = self._log.read(self._seen, 1_000_000)
        batch = self._log.begin(appends)
        self._seen = self._log.head()
        batch.changed_elsewhere = {fact.stream_id: fact.version for fact in facts}
        batch.facts_elsewhere = [fact for fact in facts if stored_name(type(fact.body)) in self.followed]
        return batch

    def begin_load(self, streams: Mapping[str, Wanted]) -> MemoryLoad:
        loaded = self._log.begin_load(streams).outcome()
        readable = [fact for fact in loaded.facts if fact.stream_id not in self.unreadable]
        self.facts_loaded += len(readable)
        self.questions.append(streams)
        told = {stream_id: why for stream_id, why in self.unreadable.items() if stream_id in streams}
        return MemoryLoad(msgspec.structs.replace(loaded, facts=readable, unreadable=told))

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        self._log.save_snapshots(snapshots)


class Process:
    """A dispatcher turned by hand."""

    def __init__(self, log: MemoryEventStore, **settings: Any) -> None:
        self.store = Connection(log)
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0, **settings)  # type: ignore[arg-type]
        self.turns = 0

    def do(self, *commands: Any) -> list[Any]:
        told: list[Any] = []
        for command in commands:
            self.dispatcher.submit(command, told.append)
        while self.dispatcher.turn():
            self.turns += 1
        return told


def test_what_another_process_wrote_is_folded_onto_what_is_here_and_the_stream_is_not_read_again():
    shared = Shared()
    one, other = shared.process(), shared.process()
    one.do(account(), *[deposit(1, f"r{n}") for n in range(60)])
    one.store.facts_loaded = 0
    for number in range(5):
        assert all(isinstance(answer, Answer) for answer in other.do(deposit(1, f"other {number}")))
        assert all(isinstance(answer, Answer) for answer in one.do(deposit(1, f"one {number}")))
    assert 5 <= one.store.facts_loaded <= 15
    assert shared.log.load({wallet_of(ANN): 0})[wallet_of(ANN)][-1].body.available_minor == 70


def test_what_others_moved_is_brought_up_to_the_log_before_anybody_asks():
    shared = Shared()
    one, other = shared.process(), shared.process()
    one.do(account(), account(BOB, "bob", "bob@example.org"), deposit(100, "first"))
    other.do(deposit(7, "second"))
    one.do(deposit(1, "for bob", BOB))
    one.store.questions.clear()
    (told,) = one.do(deposit(1, "third"))
    assert isinstance(told, Answer)
    assert wallet_of(ANN) not in {stream_id for question in one.store.questions for stream_id in question}


def test_a_refusal_is_never_told_on_what_another_process_has_changed():
    shared = Shared()
    one, other = shared.process(), shared.process()
    one.do(account(), deposit(100, "first"))
    other.do(deposit(900, "second"))
    withdrawal = msgspec.structs.replace(deposit(1_000, "all of it"), direction="withdrawal")
    assert isinstance(one.do(withdrawal)[0], Answer)
    assert isinstance(other.do(msgspec.structs.replace(withdrawal, reference="again"))[0], InsufficientFunds)


def grow(shared: Shared, facts: int, account_id: str = ANN) -> None:
    """Give a wallet a long past that nobody has in memory."""
    wallet_id = wallet_of(account_id)
    version = len(shared.log.load({wallet_id: 0}).get(wallet_id, ()))
    available = version - 1
    for start in range(0, facts, 500):
        new = [
            NewFact(wallet_id, version + n + 1, FundsDeposited(account_id, 1, f"g{version + n}", available + n + 1, NOON))
            for n in range(start, min(start + 500, facts))
        ]
        assert shared.log.append_many([Append(new)]).verdicts[0].accepted


def test_a_long_stream_is_folded_in_slices_while_others_are_answered():
    shared = Shared()
    shared.process().do(account(), account(BOB, "bob", "bob@example.org"))
    grow(shared, 10 * FACTS_PER_STREAM_MAX)
    process = shared.process()
    told: list[Any] = []
    process.dispatcher.submit(deposit(1, "long"), lambda answer: told.append(("ann", answer)))
    while len(process.store.questions) < 2:
        process.dispatcher.turn()
    process.dispatcher.submit(deposit(1, "short", BOB), lambda answer: told.append(("bob", answer)))
    while process.dispatcher.turn():
        pass
    assert [(who, type(answer)) for who, answer in told] == [("bob", Answer), ("ann", Answer)]
    assert shared.log.load({wallet_of(ANN): 0})[wallet_of(ANN)][-1].body.available_minor == 10 * FACTS_PER_STREAM_MAX + 1


@pytest.mark.parametrize("facts_behind", [FACTS_PER_STREAM_MAX, FACTS_PER_STREAM_MAX + 1, 5 * FACTS_PER_STREAM_MAX])
def test_a_cached_stream_that_fell_far_behind_catches_up_in_slices(facts_behind: int):
    shared = Shared()
    process = shared.process()
    process.do(account(), deposit(1, "cached"))
    process.store.facts_loaded = 0
    grow(shared, facts_behind)
    assert isinstance(process.do(deposit(1, "far behind"))[0], Answer)
    assert shared.log.load({wallet_of(ANN): 0})[wallet_of(ANN)][-1].body.available_minor == facts_behind + 2
    assert process.store.facts_loaded <= facts_behind + FACTS_PER_STREAM_MAX


def test_a_long_stream_that_was_folded_once_has_a_snapshot():
    shared = Shared()
    shared.process().do(account())
    grow(shared, 3 * SNAPSHOT_EVERY_FACTS)
    shared.process().do(deposit(1, "first"))
    fresh = shared.process()
    fresh.do(deposit(1, "second"))
    assert fresh.store.facts_loaded < SNAPSHOT_EVERY_FACTS


def test_a_stream_that_cannot_be_read_fails_its_own_commands_alone_and_is_tried_again_later():
    shared = Shared()
    shared.process().do(account(), account(BOB, "bob", "bob@example.org"))
    process = shared.process()
    process.store.unreadable = {wallet_of(ANN): "FactUnknown: wallet.vanished.v9"}
    with structlog.testing.capture_logs() as logged:
        told = process.do(deposit(1, "a"), deposit(1, "b", BOB))
    assert {type(answer) for answer in told} == {StreamUnreadable, Answer}
    assert any("cannot be read" in entry["event"] for entry in logged)
    process.store.unreadable = {}
    assert isinstance(process.do(deposit(1, "a"))[0], Answer)


def test_a_stream_that_cannot_be_folded_fails_alone_too():
    shared = Shared()
    shared.process().do(account(), account(BOB, "bob", "bob@example.org"))
    wallet_id = wallet_of(ANN)
    shared.log.append_many([Append([NewFact(wallet_id, 2, FundsDeposited(ANN, 5, "lie", 500, NOON))])])
    with structlog.testing.capture_logs():
        told = shared.process().do(deposit(1, "a"), deposit(1, "b", BOB))
    assert {type(answer) for answer in told} == {StreamUnreadable, Answer}


def test_a_snapshot_that_does_not_fit_its_stream_is_dropped_and_the_facts_are_folded():
    shared = Shared()
    shared.process().do(account(), deposit(100, "first"))
    wallet_id = wallet_of(ANN)
    lying = msgspec.msgpack.encode(Wallet(ANN, "EUR", 9_000_000_00, 0))
    for state in (lying, b"damaged"):
        shared.log._snapshots.clear()
        shared.log.save_snapshots([StreamSnapshot(wallet_id, schema_of(WALLET), 1, state)])
        with structlog.testing.capture_logs():
            assert isinstance(shared.process().do(deposit(1, f"after {state[:3]!r}"))[0], Answer)
    assert shared.log.load({wallet_id: 0})[wallet_id][-1].body.available_minor == 102


BOUNDED = {
    "bet": "two facts for each leg, and two more for each correction, which takes two traders",
    "claim": "one fact",
    "comment": "20 edits, and what moderators hold and release",
    "free_bet": "two facts, and two more for each correction, which takes two traders",
    "proposal": "two facts",
    "tail": "one fact",
    "transfer": "one fact",
}
"""Aggregate -> why its streams stay short; all others are snapshotted."""


def test_every_aggregate_whose_streams_grow_without_bound_is_snapshotted():
    modules = [import_module(f"domain.{path.parent.name}.{path.stem}") for path in (Path(__file__).parents[2] / "domain").glob("*/*.py")]
    aggregates = {each.name: each for module in modules for each in vars(module).values() if isinstance(each, Aggregate)}
    assert len(aggregates) > 15
    assert {name for name, each in aggregates.items() if each.snapshot is None} == set(BOUNDED)


def test_a_like_given_and_taken_back_without_end_is_loaded_from_its_snapshot():
    shared, given = Shared(), Reacted("like", ANN, BOB, BOB, 1, NOON)
    for version in range(1, 1_001, 2):
        withdrawn = NewFact(BOB, version + 1, ReactionWithdrawn("like", ANN, BOB, BOB, NOON))
        assert shared.log.append_many([Append([NewFact(BOB, version, given), withdrawn])]).verdicts[0].accepted
    load(StateCache(shared.log), REACTION, BOB)
    assert shared.log.begin_load({BOB: Wanted(schema_of(REACTION))}).outcome().snapshots[BOB].version == 1_000


def test_the_name_of_a_snapshot_follows_from_its_types_and_the_version_of_evolve():
    class Other(msgspec.Struct, frozen=True):
        """A state with one field of another type."""

        account_id: str = ""
        currency: str = ""
        available_minor: str = ""
        reserved_minor: int = 0

    names = {schema_of(WALLET), schema_of(WALLET._replace(evolve_version=2)), schema_of(WALLET._replace(snapshot=Other))}
    assert len(names) == 3
    assert schema_of(WALLET._replace(snapshot=None)) == ""


def test_loaded_times_are_the_logs_and_versions_under_way_have_none():
    timed = WALLET._replace(times_kept_ms=60_000)
    now = [1_000_000]
    log = MemoryEventStore(clock_us=lambda: now[0])
    wallet_id = derived("wallet", "timed")
    log.append_many([Append([NewFact(wallet_id, 1, FundsDeposited(ANN, 5, "a", 5, NOON))])])
    now[0] += 5_000_000
    log.append_many([Append([NewFact(wallet_id, 2, FundsDeposited(ANN, 5, "b", 10, NOON))])])
    states = StateCache(log)
    entry = load(states, timed, wallet_id)
    assert [entry.committed_us(version) for version in (1, 2, 3)] == [1_000_000, 6_000_000, None]
    states.stage(entry, timed, entry.state, 3)
    assert entry.committed_us(3) is None
    states.confirm(entry, entry.state, 3, 7_000_000, 9)
    assert entry.committed_us(3) == 7_000_000


def test_times_that_are_all_still_needed_are_not_looked_through_at_every_fact():
    entry = CachedStream(derived("market", "fast"), MARKET, MARKET.initial)
    looked_through = 0
    for version in range(1, 10_001):
        kept = entry.times
        entry.keep_time(version, 1_000_000, MARKET.times_kept_ms)
        looked_through += entry.times is not kept
    assert entry.times is not None
    assert len(entry.times) == 10_000
    assert looked_through < 20
    much_later_us = 1_000_000 + 2 * MARKET.times_kept_ms * 1_000
    for version in range(10_001, 40_001):
        entry.keep_time(version, much_later_us + 1_000_000 * version, MARKET.times_kept_ms)
    assert len(entry.times) <= 2 * max(TIMES_MAX, MARKET.times_kept_ms // 1_000)


def test_an_answer_holds_so_many_facts_of_each_stream_that_whoever_folds_them_is_soon_done():
    assert [facts_per_stream(streams) for streams in (0, 1, 8, 80, 512)] == [2_000, 2_000, 2_000, 200, 100]
    assert facts_per_stream(512) > SNAPSHOT_EVERY_FACTS
    log, wallets = MemoryEventStore(), [derived("wallet", f"long {number}") for number in range(100)]
    new = [[NewFact(each, n + 1, FundsDeposited(ANN, 1, f"g{n}", n + 1, NOON)) for n in range(500)] for each in wallets]
    assert all(verdict.accepted for verdict in log.append_many([Append(facts) for facts in new]).verdicts)
    loaded = log.begin_load(dict.fromkeys(wallets, Wanted())).outcome()
    assert (len(loaded.facts), len(loaded.more)) == (16_000, 100)
