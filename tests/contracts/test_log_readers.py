"""Whoever reads the log, however it is kept: in order, without gaps, what is wanted and nothing else; and one reader for several."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commands.log_reader import EVERYTHING, LogFilter, LogStretch
from domain.account.facts import RoleGranted
from domain.bet.facts import BetPlaced
from domain.chain import log_of
from domain.fact import Recorded, UnknownFact
from domain.market.facts import MarketClosed
from domain.partitions import PARTITIONS, home_of, partition_of
from infra.eventstore import fact_encoding
from infra.eventstore.memory import MemoryEventStore
from infra.log import tail as tail_module
from infra.log.shared_reader import CONSUMERS_MAX, Delivery, LogConsumer, SharedReader, TooManyConsumers
from infra.log.tail import Tail
from tests.contracts.log_readers_under_test import KINDS, LOGS, MemoryLog, PostgresLog, Written, is_wanted, open_log, servers_of
from tests.servers import fresh_database

BET, MARKET, SIGN_IN, ROLE = range(len(KINDS))
NEWER_BET = b'{"fact":"bet.placed.v10","account_id":"x"}'
SHARED = b'{"fact":"slip.shared.v1"}'
HALF = frozenset(range(0, PARTITIONS, 2))
OLD_MARKET = b'{"fact":"market.closed.v1","at":"2026-06-14T12:00:00Z"}'


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest) -> Iterator[Any]:
    with open_log(request.param, servers_of(request.param, request.getfixturevalue)) as log:
        yield log


def all_of(reader: Any, wanted: LogFilter, limit: int, after: int = 0) -> list[Recorded]:
    """Read to the end, looking at each stretch."""
    found: list[Recorded] = []
    head = reader.head()
    while True:
        facts, upto = reader.read_filtered(wanted, after, limit)
        assert upto == min(after + limit, head)
        assert all(after < fact.position <= upto for fact in facts)
        found += facts
        if upto == after:
            return found
        after = upto


# Order, gaps, and what is wanted.


def test_a_log_is_read_in_order_and_without_gaps_whatever_the_stretches(log: Any):
    Written(log).append([BET, MARKET, SIGN_IN, ROLE] * 5)
    whole = log.reader.read(0, 100)
    assert [fact.position for fact in whole] == list(range(1, 21))
    assert all(fact.committed_us > 0 for fact in whole)
    for limit in (1, 7, 20, 100):
        assert all_of(log.reader, EVERYTHING, limit) == list(whole)
        assert [fact for after in range(0, 20, limit) for fact in log.reader.read(after, limit)] == list(whole)
    assert list(log.reader.read(20, 5)) == []
    end = log.reader.read_filtered(EVERYTHING, 20, 5)
    assert (list(end.facts), end.upto) == ([], 20)


filters = st.builds(
    LogFilter,
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    partitions=st.none() | st.frozensets(st.integers(0, PARTITIONS - 1)) | st.just(frozenset(range(PARTITIONS))),
    must_understand=st.none() | st.frozensets(st.sampled_from(["bet.placed.", "slip.", "market."])),
)
appended = st.lists(st.integers(0, len(KINDS) - 1), max_size=40)


@pytest.fixture(scope="module")
def kept_logs(postgres_server: str) -> Iterator[dict[str, Any]]:
    """One log of each kind for many examples, each of which adds to it."""
    with fresh_database(postgres_server) as url:
        postgres = {name: LOGS[name](url) for name in LOGS if not name.startswith("memory") and name != "kafka"}
        yield postgres
        for each in postgres.values():
            each.close()


@pytest.mark.parametrize("kind", [kind for kind in LOGS if kind != "kafka"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(kinds=appended, wanted=filters, limit=st.integers(1, 50), batch=st.integers(1, 5))
@example(kinds=[BET, ROLE, BET] * 8, wanted=LogFilter(partitions=HALF), limit=7, batch=2)
def test_a_reader_is_given_what_it_wants_and_nothing_else(kept_logs, kind, kinds, wanted, limit, batch):
    assert_given_what_it_wants(kept_logs.get(kind) or LOGS[kind](""), kinds, wanted, limit, batch)


def test_a_reader_of_a_topic_is_given_what_it_wants_and_nothing_else(request: pytest.FixtureRequest):
    """As above, without hypothesis: the client's threads draw random numbers, which it watches."""
    chosen = Random(20261127)  # noqa: S311  (a seed, so that it repeats)
    with open_log("kafka", servers_of("kafka", request.getfixturevalue)) as log:
        for kinds, partitions, limit in (
            (None, HALF, 7),
            (KINDS[:2], None, 20),
            (KINDS[1:], HALF, 50),
            (None, None, 3),
            (KINDS[:1], HALF, 5),
        ):
            wanted = LogFilter(None if kinds is None else frozenset(kinds), partitions)
            assert_given_what_it_wants(log, chosen.choices(range(len(KINDS)), k=24), wanted, limit, chosen.randint(2, 5))


def assert_given_what_it_wants(log: Any, kinds: Sequence[int], wanted: LogFilter, limit: int, batch: int) -> None:
    begin = log.reader.head()
    Written(log).append(kinds, batch)
    whole = log.reader.read(begin, 1_000)
    assert len(whole) == len(kinds)
    assert all_of(log.reader, wanted, limit, begin) == [fact for fact in whole if is_wanted(wanted, fact)]


def test_a_fact_is_at_home_with_the_account_that_it_names_else_with_its_stream(log: Any):
    Written(log).append([BET, MARKET, ROLE])
    bet, market, role = log.reader.read(0, 3)
    assert [home_of(fact) for fact in (bet, market, role)] == [bet.body.account_id, market.stream_id, role.stream_id]
    for fact in (bet, market, role):
        here = LogFilter(partitions=frozenset({partition_of(home_of(fact))}))
        assert fact in log.reader.read_filtered(here, 0, 3).facts
        elsewhere = LogFilter(partitions=frozenset(range(PARTITIONS)) - {partition_of(home_of(fact))})
        assert fact not in log.reader.read_filtered(elsewhere, 0, 3).facts


@pytest.mark.parametrize("wanted", [LogFilter.of_kinds([BetPlaced]), LogFilter(partitions=HALF), LogFilter.of_kinds([BetPlaced], HALF)])
def test_what_is_not_wanted_is_neither_sent_by_the_server_nor_decoded(
    database_url: str, monkeypatch: pytest.MonkeyPatch, wanted: LogFilter
):
    decoded: list[int] = []

    def spy(recorded: bytes) -> Any:
        decoded.append(len(fact_encoding.decode_raw(recorded)))
        return fact_encoding.decode_picked(recorded)

    with closing(PostgresLog(database_url, Tail)) as log:
        Written(log).append([BET, MARKET, SIGN_IN, ROLE] * 50)
        monkeypatch.setattr(tail_module, "decode_picked", spy)
        found = log.reader.read_filtered(wanted, 0, 1_000)
        assert (sum(decoded), found.upto) == (len(found.facts), 200)
        assert 0 < len(found.facts) < 200


# Facts that this process does not know, or knows by an older name.


def test_an_unknown_fact_is_skipped_by_who_does_not_consume_its_kind_and_given_to_who_has_to_stop_before_it(log: Any):
    Written(log).append([BET] * 4)
    log.hide(2, "bet.placed.v10", NEWER_BET)
    log.hide(3, "slip.shared.v1", SHARED)
    bets, markets = LogFilter.of_kinds([BetPlaced]), LogFilter.of_kinds([MarketClosed], [3])

    assert [fact.position for fact in all_of(log.reader, bets, 3)] == [1, 2, 4]
    assert [fact.position for fact in all_of(log.reader, bets, 3) if bets.stops_before(fact)] == [2]
    assert all_of(log.reader, markets, 3) == []
    assert [fact.position for fact in all_of(log.reader, EVERYTHING, 3) if EVERYTHING.stops_before(fact)] == [2, 3]
    assert [type(fact.body) for fact in log.reader.read(0, 4)] == [BetPlaced, UnknownFact, UnknownFact, BetPlaced]


@pytest.mark.parametrize("kind", [kind for kind in LOGS if not kind.startswith("memory")])
def test_a_fact_under_an_old_name_is_picked_as_what_it_is_lifted_to(kind: str, request: pytest.FixtureRequest):
    with open_log(kind, servers_of(kind, request.getfixturevalue)) as log:
        Written(log).append([MARKET, BET, MARKET])
        log.hide(1, "market.closed.v1", OLD_MARKET)
        (lifted, bet, market) = log.reader.read(0, 3)
        assert type(lifted.body) is MarketClosed
        assert log.reader.read_filtered(LogFilter.of_kinds([MarketClosed]), 0, 3).facts == [lifted, market]
        assert log.reader.read_filtered(LogFilter.of_kinds([BetPlaced]), 0, 3).facts == [bet]
        for fact in (lifted, bet, market):
            here = LogFilter(kinds=frozenset(KINDS), partitions=frozenset({partition_of(home_of(fact))}))
            assert fact in log.reader.read_filtered(here, 0, 3).facts


DAMAGED = {
    "no text": b"\xff",
    "no JSON": b"not JSON",
    "half": b'{"fact":"market.closed.v2","at":"2026',
    "half a character": b'{"fact":"market.closed.v2","actor":"\\ud800"}',
    "no object": b"7",
    "no name": b"{}",
    "too large a number": b'{"fact":"market.closed.v2","at":' + b"9" * 6_000 + b"}",
    "nested too deep": b'{"fact":"market.closed.v2","more":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
}


@pytest.mark.parametrize("kind", [kind for kind in LOGS if not kind.startswith("memory")])
def test_a_fact_that_is_damaged_stops_nobody_who_does_not_consume_its_kind(kind: str, request: pytest.FixtureRequest):
    with open_log(kind, servers_of(kind, request.getfixturevalue)) as log:
        Written(log).append([BET, MARKET, BET, ROLE])
        bets, markets = LogFilter.of_kinds([BetPlaced]), LogFilter.of_kinds([MarketClosed])
        damages = list(DAMAGED.items()) if kind != "kafka" else [(damage, DAMAGED[damage]) for damage in ("no text", "no object")]
        for damage, state in damages:  # of a topic each makes another copy
            log.hide(2, "market.closed.v2", state)
            whole = log.reader.read(0, 4)
            assert [type(fact.body) for fact in whole] == [BetPlaced, UnknownFact, BetPlaced, RoleGranted], damage
            for everywhere in (bets, LogFilter.of_kinds([BetPlaced], range(PARTITIONS))):
                assert all_of(log.reader, everywhere, 3) == [whole[0], whole[2]], damage
            (stop,) = all_of(log.reader, markets, 3)
            assert (stop.position, markets.stops_before(stop), stop.body.name) == (2, True, "market.closed.v2"), damage


# Which log it is, and waiting.


def test_a_log_says_which_it_is_and_no_other_says_the_same(log: Any):
    identity = log.reader.identity()
    assert log_of(log.reader.mark_at(0)) == identity
    Written(log).append([BET, MARKET])
    assert log.reader.identity() == identity
    assert log_of(log.reader.mark_at(2)) == identity
    assert MemoryLog().reader.identity() != identity


def test_waiting_ends_by_itself_and_what_was_appended_meanwhile_is_there(log: Any):
    log.reader.read(0, 1)
    log.reader.wait(1)
    writer = threading.Thread(target=Written(log).append, args=([BET],))
    writer.start()
    while not log.reader.read(0, 1):
        log.reader.wait(200)
    writer.join()
    assert log.reader.read_filtered(EVERYTHING, 0, 5).upto == log.reader.head() == 1


def test_a_reader_answers_anything_between_two_stretches_of_one_reading(log: Any):
    """A reader that had asked ahead has to let that answer pass."""
    Written(log).append([BET, MARKET] * 5)
    for question in (
        lambda: log.reader.head() == 10,
        lambda: log.reader.mark_at(3) is not None,
        lambda: log.reader.identity() != "",
        lambda: log.reader.read_filtered(LogFilter.of_kinds([BetPlaced]), 0, 10).upto == 10,
        lambda: log.reader.wait(1) is None,
    ):
        assert [fact.position for fact in log.reader.read(0, 4)] == [1, 2, 3, 4]
        assert question()
        assert [fact.position for fact in log.reader.read(4, 4)] == [5, 6, 7, 8]


# One reader for several consumers.


class Counting:
    """A reader that keeps from where it was asked to read."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        self.asked.append(after)
        return self._reader.read_filtered(wanted, after, limit)


class Seen(LogConsumer):
    """A consumer that keeps what it was given."""

    def __init__(self, wanted: LogFilter, position: int = 0, mark: str = "") -> None:
        super().__init__(wanted, position, mark)
        self.seen: list[Recorded] = []
        self.trouble = ""

    def take(self, delivery: Delivery[Any]) -> None:
        if delivery.is_of_another_log:
            self.trouble = "another log"
            return
        self.seen += delivery.facts
        self.trouble = "" if delivery.unknown is None else delivery.unknown.body.name
        self.advance(delivery.upto, delivery.mark)


def turn(shared: SharedReader[Any]) -> int:
    deliveries = 0
    for delivery in shared.turn():
        delivery.consumer.take(delivery)
        deliveries += 1
    return deliveries


def shared_by(reader: Any, consumers: Sequence[LogConsumer], limit: int) -> SharedReader[Any]:
    shared: SharedReader[Any] = SharedReader(reader, facts_per_stretch=limit)
    for each in consumers:
        shared.join(each)
    return shared


@pytest.mark.parametrize("kind", ["memory", "tail"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(rounds=st.lists(appended, min_size=1, max_size=5), wishes=st.lists(filters, min_size=1, max_size=4), limit=st.integers(1, 12))
def test_every_consumer_sees_all_that_it_wants_once_and_in_order_whoever_reads_with_it(kept_logs, kind, rounds, wishes, limit):
    log = kept_logs.get(kind) or LOGS[kind]("")
    begin = log.reader.head()
    mark = log.reader.mark_at(begin) if begin else ""
    consumers = [Seen(wanted, begin, mark) for wanted in wishes]
    shared = shared_by(log.reader, consumers[:1], limit)
    for number, kinds in enumerate(rounds, 1):
        Written(log).append(kinds)
        turn(shared)
        if number < len(consumers):
            shared.join(consumers[number])  # who joins late begins where it stands, and catches up
    for each in consumers[len(rounds) + 1 :]:
        shared.join(each)
    while turn(shared):
        pass
    whole, head = log.reader.read(begin, 10_000), log.reader.head()
    for each in consumers[: max(len(rounds) + 1, len(consumers))]:
        assert each.seen == [fact for fact in whole if is_wanted(each.wanted, fact)]
        assert each.position == head


def test_what_several_want_is_read_once_while_they_stand_together(log: Any):
    Written(log).append([BET, MARKET] * 10)
    counting = Counting(log.reader)
    bets, markets = Seen(LogFilter.of_kinds([BetPlaced])), Seen(LogFilter.of_kinds([MarketClosed]))
    shared = shared_by(counting, [bets, markets], 5)
    while turn(shared):
        pass
    assert counting.asked == [0, 5, 10, 15, 20]
    assert ({type(fact.body) for fact in bets.seen}, len(bets.seen)) == ({BetPlaced}, 10)
    assert ({type(fact.body) for fact in markets.seen}, len(markets.seen)) == ({MarketClosed}, 10)


def test_who_is_far_behind_holds_nobody_up_and_joins_the_others_once_it_has_caught_up(log: Any):
    written = Written(log)
    written.append([BET] * 30)
    counting = Counting(log.reader)
    behind, ahead = Seen(EVERYTHING), Seen(EVERYTHING, 30, log.reader.mark_at(30))
    shared = shared_by(counting, [ahead, behind], 4)
    for number in range(31, 37):
        written.append([MARKET])
        turn(shared)
        assert [fact.position for fact in ahead.seen][-1:] == [number]
        assert behind.position == 4 * (number - 30)
    while turn(shared):
        pass
    written.append([MARKET])
    counting.asked.clear()
    turn(shared)
    assert counting.asked == [36]
    assert [fact.position for fact in behind.seen] == list(range(1, 38))


def test_a_consumer_stops_before_what_it_must_understand_and_the_others_go_on(log: Any):
    Written(log).append([BET, MARKET, BET, MARKET])
    log.hide(3, "bet.placed.v10", NEWER_BET)
    bets, markets = Seen(LogFilter.of_kinds([BetPlaced])), Seen(LogFilter.of_kinds([MarketClosed]))
    shared = shared_by(log.reader, [bets, markets], 10)
    for _ in range(3):
        turn(shared)
    assert (bets.position, bets.trouble, [fact.position for fact in bets.seen]) == (2, "bet.placed.v10", [1])
    assert (markets.position, markets.trouble, [fact.position for fact in markets.seen]) == (4, "", [2, 4])


def test_what_is_not_noted_as_seen_is_delivered_again():
    log = MemoryLog()
    Written(log).append([BET] * 3)
    consumer = LogConsumer(EVERYTHING)
    shared = shared_by(log.reader, [consumer], 2)
    first, again = [list(shared.turn()) for _ in range(2)]
    assert [fact.position for fact in first[0].facts] == [1, 2]
    assert first == again


def test_a_consumer_of_another_log_or_history_is_told_and_given_nothing(log: Any):
    written = Written(log)
    written.append([BET] * 3)
    here = log.reader.mark_at(3)
    another, restored, ours = Seen(EVERYTHING, 3, "another:log"), Seen(EVERYTHING, 9, here), Seen(EVERYTHING, 3, here)
    shared = shared_by(log.reader, [another, restored, ours], 10)
    turn(shared)
    assert [each.trouble for each in (another, restored, ours)] == ["another log", "another log", ""]
    written.append([MARKET] * 8)
    turn(shared)
    assert [each.trouble for each in (another, restored, ours)] == ["another log", "another log", ""]
    assert (another.seen, restored.seen, len(ours.seen)) == ([], [], 8)


def test_who_has_left_is_given_nothing_more():
    log = MemoryLog()
    Written(log).append([BET])
    stays, leaves = Seen(EVERYTHING), Seen(EVERYTHING)
    shared = shared_by(log.reader, [stays, leaves], 2)
    shared.leave(leaves)
    turn(shared)
    assert (len(stays.seen), leaves.seen) == (1, [])
    shared.leave(stays)
    assert turn(shared) == 0


def test_a_reader_feeds_so_many_consumers_and_no_more():
    shared = shared_by(MemoryEventStore(), [Seen(EVERYTHING) for _ in range(CONSUMERS_MAX)], 2)
    with pytest.raises(TooManyConsumers):
        shared.join(Seen(EVERYTHING))
