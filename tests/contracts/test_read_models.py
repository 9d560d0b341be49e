"""What keeps views keeps its promises, in memory and in Valkey alike: all of a batch or nothing of it, once, and the same bytes."""

import random

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.readmodels.memory import MemoryModels
from infra.readmodels.merge import ChangeUnknown, merged
from infra.readmodels.port import Batch, BuildBroken, BuildGone, OperationUnknown, PositionsMoved
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.betting import board, portfolio
from projections.changes import Add, Cut, Drop, Put, Rank, Trim, Unrank
from projections.partitions import PARTITIONS, TAGS, built, partition_of, tag_of
from projections.ports import Cursor, Entry, Fields, Page, ReadModelsAway, View
from tests.contracts.read_models_under_test import MemoryKeeper, PipelinedKeeper, ValkeyKeeper, apply, changing, contents
from tests.views.history import VIEWS, busy

VIEW = View("tried", 1, lambda _fact: ())
BUILD = "tried.1"
HASH, SET = "{p00}:rows", "{p00}:set"
ELSEWHERE = "{p63}:rows"


@pytest.fixture(params=["memory", "valkey", "pipelined"])
def keeper(request):
    if request.param == "memory":
        made = MemoryKeeper()
    else:
        made = (ValkeyKeeper if request.param == "valkey" else PipelinedKeeper)(request.getfixturevalue("redis_url"))
    made.models.begin(VIEW.name, BUILD)
    made.models.switch(VIEW.name, None, BUILD)
    yield made
    made.close()


def rows(keeper):
    return contents(keeper.models, BUILD)


def test_rows_are_put_added_to_ranked_and_dropped(keeper):
    apply(keeper.models, VIEW, 0, 1, Put(HASH, "a", b"1"), Put(HASH, "b", b"\x00\xff"), Add(HASH, "n", 5), Rank(SET, "m", 7))
    apply(keeper.models, VIEW, 1, 2, Drop(HASH, "a"), Add(HASH, "n", -2), Rank(SET, b"\xfe", 2**53 - 1), Rank(SET, "m", 1_000_000))
    assert rows(keeper) == {
        HASH: (False, {b"b": b"\x00\xff", b"n": b"3"}),
        SET: (True, {b"m": b"1000000", b"\xfe": b"9007199254740991"}),
    }
    apply(keeper.models, VIEW, 2, 3, Drop(HASH, "b"), Drop(HASH, "n"), Unrank(SET, "m"), Unrank(SET, b"\xfe"))
    assert rows(keeper) == {}


def test_sums_are_exact_up_to_the_largest_amount(keeper):
    apply(keeper.models, VIEW, 0, 1, Add(HASH, "n", 10**15))
    apply(keeper.models, VIEW, 1, 2, Add(HASH, "n", 10**15 + 1))
    assert rows(keeper)[HASH][1][b"n"] == b"2000000000000001"


def test_a_batch_wider_than_one_command_may_be_is_applied_whole(keeper):
    many = [Put(HASH, f"f{number}", b"%d" % number) for number in range(5_000)]
    apply(keeper.models, VIEW, 0, 1, *many, *[Rank(SET, f"m{number}", number) for number in range(5_000)])
    assert {key: len(found) for key, (_, found) in rows(keeper).items()} == {HASH: 5_000, SET: 5_000}


def test_what_was_applied_is_skipped_when_it_comes_again(keeper):
    for _ in range(3):
        apply(keeper.models, VIEW, 0, 4, Add(HASH, "n", 5))
    apply(keeper.models, VIEW, 0, 3, Add(HASH, "n", 5))
    assert rows(keeper)[HASH][1] == {b"n": b"5"}
    assert keeper.models.positions(BUILD).view == 4


def test_after_a_crash_between_partitions_each_takes_the_batch_once(keeper):
    operations = merged(lambda _fact: (Add(HASH, "n", 5), Add(ELSEWHERE, "n", 7)), [None], BUILD)
    first_only = {0: operations[0]}
    expected = [0] * PARTITIONS
    with pytest.raises(PositionsMoved):  # the view's position is not where this batch began, so it stays
        keeper.models.apply([Batch(BUILD, 1, 2, first_only, expected)])
    assert keeper.models.positions(BUILD).view == 0
    keeper.models.apply([Batch(BUILD, 0, 2, operations, expected, "the mark")])
    assert rows(keeper) == {HASH: (False, {b"n": b"5"}), ELSEWHERE: (False, {b"n": b"7"})}
    assert keeper.models.positions(BUILD) == (2, [2, *[0] * (PARTITIONS - 2), 2], "the mark")


def test_a_partition_that_is_not_where_it_was_left_is_left_alone(keeper):
    apply(keeper.models, VIEW, 0, 5, Put(HASH, "a", b"1"))
    operations = merged(lambda _fact: (Put(HASH, "a", b"2"),), [None], BUILD)
    for expected in (4, 6):
        with pytest.raises(PositionsMoved):
            keeper.models.apply([Batch(BUILD, 5, 9, operations, [expected] * PARTITIONS)])
    assert rows(keeper)[HASH][1] == {b"a": b"1"}
    assert keeper.models.positions(BUILD).view == 5


def test_a_build_that_is_not_there_takes_nothing(keeper):
    operations = merged(lambda _fact: (Put(HASH, "a", b"2"),), [None], "tried.2")
    with pytest.raises(BuildGone):
        keeper.models.apply([Batch("tried.2", 0, 1, operations, [0] * PARTITIONS)])
    assert keeper.models.positions("tried.2") is None
    assert list(keeper.models.keys("tried.2")) == []


def test_a_trimmed_set_keeps_the_highest_and_takes_along_what_belongs_to_the_others(keeper):
    members = [
        change
        for number in range(5)
        for change in (Rank(SET, f"m{number}", number), Rank("{p00}:all", f"m{number}", 0), Put(HASH, f"m{number}:x", b"x"))
    ]
    own = [Rank(f"{{p00}}:of:m{number}", "one", 1) for number in range(5)]
    apply(keeper.models, VIEW, 0, 1, *members, *own, Trim(SET, 3, HASH, (":x", ":y"), ("{p00}:all",), ("{p00}:of:",)))
    found = rows(keeper)
    assert set(found.pop(SET)[1]) == set(found.pop("{p00}:all")[1]) == {b"m2", b"m3", b"m4"}
    assert set(found.pop(HASH)[1]) == {b"m2:x", b"m3:x", b"m4:x"}
    assert set(found) == {"{p00}:of:m2", "{p00}:of:m3", "{p00}:of:m4"}


def test_a_cut_set_keeps_what_is_scored_higher(keeper):
    apply(keeper.models, VIEW, 0, 1, *[Rank(SET, f"m{number}", number) for number in range(5)], Cut(SET, 2))
    assert set(rows(keeper)[SET][1]) == {b"m3", b"m4"}


def test_questions_are_answered_in_their_order_with_none_for_what_is_not_there(keeper):
    apply(keeper.models, VIEW, 0, 1, Put(HASH, "a", b"1"), Put(HASH, "m1:x", b"x"), Rank(SET, "m1", 5), Rank(SET, "m2", 6))
    answers = keeper.ask(
        lambda reads: reads.many(
            VIEW,
            [Fields(HASH, ["a", "b"]), Page(SET, 10, rows=HASH, suffixes=("", ":x")), Fields(ELSEWHERE, ["a"]), Page(ELSEWHERE, 1)],
        )
    )
    fields, page, nowhere, empty = answers
    assert fields == [b"1", None]
    assert [Entry(*entry) for entry in page] == [(b"m1", 5, [None, b"x"]), (b"m2", 6, [None, None])]
    assert (nowhere, list(empty)) == ([None], [])


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_goes_on_after_the_last_entry_also_among_equal_scores_and_when_that_entry_is_gone(keeper, newest_first):
    ids = sorted(f"{number:02d}" for number in range(12))
    apply(keeper.models, VIEW, 0, 1, *[Rank(SET, member, int(member) // 5) for member in ids])
    wanted = [member.encode() for member in (ids[::-1] if newest_first else ids)]
    found, after, upto = [], None, 1
    while True:
        (page,) = keeper.ask(lambda reads, after=after: reads.many(VIEW, [Page(SET, 3, after, newest_first=newest_first)]))
        if not page:
            break
        found += [entry.member for entry in page]
        after = Cursor(page[-1].score, page[-1].member.decode())
        apply(keeper.models, VIEW, upto, upto + 1, Unrank(SET, after.member))
        upto += 1
    assert found == wanted


def test_readers_follow_the_pointer_to_another_build_and_the_old_one_can_be_deleted(keeper):
    models, other = keeper.models, keeper.models.fresh(VIEW.name, 1)
    apply(models, VIEW, 0, 1, Put(HASH, "a", b"old"))
    models.begin(VIEW.name, other)
    apply(models, VIEW, 0, 1, Put(HASH, "a", b"new"), build=other)
    assert not models.switch(VIEW.name, "somebody else's", other)

    async def before_and_after(reads):
        before = await reads.many(VIEW, [Fields(HASH, ["a"])])
        assert models.switch(VIEW.name, BUILD, other)
        models.retire(VIEW.name, BUILD)
        return before, await reads.many(VIEW, [Fields(HASH, ["a"])])

    assert keeper.ask(before_and_after) == ([[b"old"]], [[b"new"]])
    assert list(models.builds(VIEW.name)) == [other]
    assert (models.live(VIEW.name), models.positions(BUILD), list(models.keys(BUILD))) == (other, None, [])
    assert contents(models, other) == {HASH: (False, {b"a": b"new"})}


def test_who_waits_for_a_position_is_told_whether_the_view_is_there(keeper):
    apply(keeper.models, VIEW, 0, 7, Put(HASH, "a", b"1"))
    assert keeper.ask(lambda reads: reads.position(VIEW)) == 7
    assert keeper.ask(lambda reads: reads.wait_for(VIEW, 7))
    assert not keeper.ask(lambda reads: reads.wait_for(VIEW, 8, timeout_ms=10))


def test_a_partition_is_the_same_in_every_language_for_ever():
    assert [partition_of(home) for home in ("", "123456789", "fixtures")] == [0, 0xCBF43926 % 64, partition_of("fixtures")]
    assert tag_of("123456789") == "{p38}" == TAGS[38]
    assert built("{p38}:open:x", "portfolio.1") == "{p38}:portfolio.1:open:x"


@pytest.fixture(scope="module")
def histories():
    return {seed: busy(seed, 300) for seed in range(3)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(case=st.tuples(st.integers(0, 2), st.integers(0, 10**6), st.sampled_from([1, 3, 40, 1_000])))
def test_any_batching_of_the_same_facts_gives_the_same_keys_and_bytes(histories, monkeypatch, valkey_server, case):
    seed, cut_seed, chunk_max = case
    monkeypatch.setattr(portfolio, "SETTLED_MAX", 5)
    monkeypatch.setattr(board, "ENDED_MAX", 2)
    monkeypatch.setattr(board, "RESULTED_MAX", 1)
    log, rng = histories[seed].log, random.Random(cut_seed)  # noqa: S311  (where batches end is no secret)
    in_one, in_many = MemoryModels(), ValkeyModels(valkey_server)
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    Projector(log, in_one, VIEWS, chunk_facts=10**6).catch_up()
    for view in VIEWS:
        build, after = f"{view.name}.{view.version}", 0
        in_many.begin(view.name, build)
        while facts := log.read(after, rng.randint(1, chunk_max)):
            upto = facts[-1].position
            in_many.apply([Batch(build, after, upto, merged(view.project, facts, build), in_many.positions(build).partitions)])
            after = upto
        assert contents(in_many, build) == contents(in_one, build)
    in_many.close()


def test_a_batch_that_cannot_be_applied_breaks_its_build_and_not_the_others(keeper):
    models = keeper.models
    models.begin("other", "other.1")
    apply(models, VIEW, 0, 1, Put(HASH, "m", b"text"))
    with pytest.raises(BuildBroken, match=r"p00|tried\.1"):
        apply(models, VIEW, 1, 2, Add(ELSEWHERE, "n", 1), Add(HASH, "m", 1))
    assert models.positions(BUILD) is None
    with pytest.raises(BuildGone):
        models.apply([Batch(BUILD, 1, 2, merged(changing(Put(HASH, "a", b"1")), [None], BUILD), [1] * PARTITIONS)])
    apply(models, VIEW, 0, 1, Put(HASH, "a", b"1"), build="other.1")
    assert models.positions("other.1").view == 1


def test_an_operation_that_nobody_knows_is_an_error_by_its_name_and_nothing_of_its_batch_is_applied(keeper):
    operations = {0: [["HSET", built(HASH, BUILD), "a", b"1"], ["SADD", built(HASH, BUILD), "b"]]}
    with pytest.raises(OperationUnknown, match="SADD"):
        keeper.models.apply([Batch(BUILD, 0, 1, operations, [0] * PARTITIONS)])
    assert rows(keeper) == {}
    assert keeper.models.positions(BUILD).view == 0
    apply(keeper.models, VIEW, 0, 1, Put(HASH, "a", b"1"))


def test_a_change_that_nobody_knows_is_an_error_by_its_name():
    class Paint(msgspec.Struct):
        key: str

    with pytest.raises(ChangeUnknown, match="Paint"):
        merged(changing(Put(HASH, "a", b"1"), Paint(HASH)), [None], BUILD)


def test_a_server_that_is_not_there_is_named():
    nobody = ValkeyModels("redis://127.0.0.1:1/0")
    with pytest.raises(ReadModelsAway):
        nobody.live(VIEW.name)
    nobody.close()
