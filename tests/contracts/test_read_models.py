"""What keeps views keeps its promises, in memory and in Valkey alike: all of a batch or nothing of it, once, and the same bytes."""

import random

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.partitions import partition_of
from infra.readmodels.memory import MemoryModels
from infra.readmodels.merge import ChangeUnknown, PartitionLeft
from infra.readmodels.port import BuildBroken, BuildGone, OperationUnknown, PositionsMoved, Section, Standing
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.betting import board, portfolio
from projections.changes import Add, Cut, Drop, Put, Rank, Spread, Trim, Unrank
from projections.partitions import TAGS, physical_key, tag_of
from projections.ports import Cursor, Fields, Page, RankedRow, ReadModelsUnavailable, View
from tests.contracts.read_models_under_test import ALL, KEEPERS, apply, builds_there, contents, live_builds, merged, sections, standing
from tests.views.history import VIEWS, busy

VIEW = View("tried", 1, lambda _fact: ())
BUILD = "tried.1"
HASH, SET = "{p00}:rows", "{p00}:set"
ELSEWHERE = "{p63}:rows"


@pytest.fixture(params=KEEPERS)
def keeper(request):
    made = KEEPERS[request.param](request.getfixturevalue)
    made.models.begin(VIEW.name, BUILD, ALL)
    made.models.switch(VIEW.name, dict.fromkeys(ALL, (None, BUILD)))
    yield made
    made.close()


def rows(keeper, build=BUILD):
    return {key: dict(found) for key, (_, found) in contents(keeper.models, build).items()}


def test_rows_are_put_added_to_ranked_and_dropped(keeper):
    apply(keeper.models, VIEW, 0, 1, Put(HASH, "a", b"1"), Put(HASH, "b", b"\x00\xff"), Add(HASH, "n", 5), Rank(SET, "m", 7))
    apply(keeper.models, VIEW, 1, 2, Drop(HASH, "a"), Add(HASH, "n", -2), Rank(SET, b"\xfe", 2**53 - 1), Rank(SET, "m", 1_000_000))
    assert rows(keeper) == {
        HASH: {b"b": b"\x00\xff", b"n": b"3"},
        SET: {b"m": b"1000000", b"\xfe": b"9007199254740991"},
    }
    apply(keeper.models, VIEW, 2, 3, Drop(HASH, "b"), Drop(HASH, "n"), Unrank(SET, "m"), Unrank(SET, b"\xfe"))
    assert rows(keeper) == {}


def test_sums_are_exact_up_to_the_largest_amount(keeper):
    apply(keeper.models, VIEW, 0, 1, Add(HASH, "n", 10**15))
    apply(keeper.models, VIEW, 1, 2, Add(HASH, "n", 10**15 + 1))
    assert rows(keeper)[HASH][b"n"] == b"2000000000000001"


def test_a_batch_wider_than_one_command_may_be_is_applied_whole(keeper):
    many = [Put(HASH, f"f{number}", b"%d" % number) for number in range(5_000)]
    apply(keeper.models, VIEW, 0, 1, *many, *[Rank(SET, f"m{number}", number) for number in range(5_000)])
    assert {key: len(found) for key, found in rows(keeper).items()} == {HASH: 5_000, SET: 5_000}


def test_what_was_applied_is_skipped_when_it_comes_again(keeper):
    for _ in range(3):
        apply(keeper.models, VIEW, 0, 4, Add(HASH, "n", 5))
    apply(keeper.models, VIEW, 0, 3, Add(HASH, "n", 5))
    assert rows(keeper)[HASH] == {b"n": b"5"}
    assert standing(keeper.models, BUILD)[0] == 4


def test_after_a_crash_between_partitions_each_takes_the_batch_once(keeper):
    calls = sections(VIEW, 0, 2, Add(HASH, "n", 5), Add(ELSEWHERE, "n", 7))
    keeper.models.apply({0: calls[0]})
    assert (standing(keeper.models, BUILD)[0], standing(keeper.models, BUILD)[63]) == (2, 0)
    keeper.models.apply(calls)
    assert rows(keeper) == {HASH: {b"n": b"5"}, ELSEWHERE: {b"n": b"7"}}
    assert keeper.models.state([63])[63].builds == {BUILD: Standing(2, "the mark")}
    assert standing(keeper.models, BUILD)[1] == 0


def test_a_partition_that_is_not_where_it_was_left_is_left_alone_and_hinders_no_other(keeper):
    apply(keeper.models, VIEW, 0, 5, Put(HASH, "a", b"1"))
    for expected in (4, 6):
        with pytest.raises(PositionsMoved):
            keeper.models.apply(sections(VIEW, expected, 9, Put(HASH, "a", b"2")) | sections(VIEW, 0, 9, Put(ELSEWHERE, "a", b"2")))
    assert rows(keeper) == {HASH: {b"a": b"1"}, ELSEWHERE: {b"a": b"2"}}
    assert (standing(keeper.models, BUILD)[0], standing(keeper.models, BUILD)[63]) == (5, 9)


def test_all_views_that_stand_in_a_partition_take_a_batch_in_one_call_and_one_that_cannot_hinders_no_other(keeper):
    models = keeper.models
    models.begin("other", "other.1", ALL)
    (mine,) = sections(VIEW, 0, 3, Put(HASH, "a", b"1"))[0]
    moved = Section("other", "other.1", 1, 3, "", merged(Put(HASH, "a", b"2"))[0])
    gone = Section("third", "third.1", 0, 3, "", merged(Put(HASH, "a", b"3"))[0])
    with pytest.raises(BuildGone):
        models.apply({0: [gone, moved, mine]})
    with pytest.raises(PositionsMoved):
        models.apply({0: [moved, mine]})
    assert (rows(keeper), rows(keeper, "other.1")) == ({HASH: {b"a": b"1"}}, {})
    models.apply({0: [moved._replace(expected=0)]})
    assert rows(keeper, "other.1") == {HASH: {b"a": b"2"}}


def test_a_build_that_is_not_there_takes_nothing(keeper):
    with pytest.raises(BuildGone):
        keeper.models.apply(sections(VIEW, 0, 1, Put(HASH, "a", b"2"), build="tried.2"))
    assert standing(keeper.models, "tried.2")[0] is None
    assert list(keeper.models.keys(dict.fromkeys(ALL, "tried.2"))) == []


def test_a_trimmed_set_keeps_the_highest_and_takes_along_what_belongs_to_the_others(keeper):
    members = [
        change
        for number in range(5)
        for change in (Rank(SET, f"m{number}", number), Rank("{p00}:all", f"m{number}", 0), Put(HASH, f"m{number}:x", b"x"))
    ]
    own = [Rank(f"{{p00}}:of:m{number}", "one", 1) for number in range(5)]
    apply(keeper.models, VIEW, 0, 1, *members, *own, Trim(SET, 3, HASH, (":x", ":y"), ("{p00}:all",), ("{p00}:of:",)))
    found = rows(keeper)
    assert set(found.pop(SET)) == set(found.pop("{p00}:all")) == {b"m2", b"m3", b"m4"}
    assert set(found.pop(HASH)) == {b"m2:x", b"m3:x", b"m4:x"}
    assert set(found) == {"{p00}:of:m2", "{p00}:of:m3", "{p00}:of:m4"}


def test_a_cut_set_keeps_what_is_scored_higher(keeper):
    apply(keeper.models, VIEW, 0, 1, *[Rank(SET, f"m{number}", number) for number in range(5)], Cut(SET, 2))
    assert set(rows(keeper)[SET]) == {b"m3", b"m4"}


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
    assert [RankedRow(*entry) for entry in page] == [(b"m1", 5, [None, b"x"]), (b"m2", 6, [None, None])]
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


def test_readers_see_another_build_partition_by_partition_and_the_old_one_can_be_deleted(keeper):
    models = keeper.models
    apply(models, VIEW, 0, 1, Put(HASH, "a", b"old"), Put(ELSEWHERE, "a", b"old"))
    others = models.begin_another(VIEW.name, 1, ALL)
    assert not set(others.values()) & {BUILD}
    for tag, partition in (("{p00}", 0), ("{p63}", 63)):
        apply(models, VIEW, 0, 1, Put(f"{tag}:rows", "a", b"new"), build=others[partition])
    assert not models.switch(VIEW.name, {0: ("somebody else's", others[0]), 63: (None, others[63])})

    async def before_and_after(reads):
        seen = [await reads.many(VIEW, [Fields(HASH, ["a"]), Fields(ELSEWHERE, ["a"])])]
        for switched in ({0}, set(ALL) - {0}):
            assert models.switch(VIEW.name, {each: (BUILD, others[each]) for each in switched}) == switched
            models.retire(VIEW.name, {each: [BUILD] for each in switched})
            seen.append(await reads.many(VIEW, [Fields(HASH, ["a"]), Fields(ELSEWHERE, ["a"])]))
        return seen

    assert keeper.ask(before_and_after) == [[[b"old"], [b"old"]], [[b"new"], [b"old"]], [[b"new"], [b"new"]]]
    assert builds_there(models, VIEW.name) == set(others.values())
    assert (live_builds(models, VIEW.name), standing(models, BUILD)[0], list(models.keys(dict.fromkeys(ALL, BUILD)))) == (others, None, [])
    assert contents(models, others) == {key: ("hash", [(b"a", b"new")]) for key in (HASH, ELSEWHERE)}


def test_an_answer_says_where_each_partition_stands_and_who_waits_waits_for_his_own(keeper):
    apply(keeper.models, VIEW, 0, 7, Put(HASH, "a", b"1"))
    asks = [Fields(HASH, ["a"]), Fields(ELSEWHERE, ["a"]), Fields(HASH, ["b"])]
    assert keeper.ask(lambda reads: reads.many_at(VIEW, asks)) == ({0: 7, 63: 0}, [[b"1"], [None], [None]])
    assert keeper.ask(lambda reads: reads.positions(VIEW, [63, 0])) == {0: 7, 63: 0}
    assert keeper.ask(lambda reads: reads.wait_for(VIEW, [0], 7))
    assert not keeper.ask(lambda reads: reads.wait_for(VIEW, [0], 8, timeout_ms=10))
    assert not keeper.ask(lambda reads: reads.wait_for(VIEW, [0, 63], 7, timeout_ms=10))


def test_a_partition_is_the_same_in_every_language_for_ever():
    assert [partition_of(home) for home in ("", "123456789", "fixtures")] == [0, 0xCBF43926 % 64, partition_of("fixtures")]
    assert tag_of("123456789") == "{p38}" == TAGS[38]
    assert physical_key("{p38}:open:x", "portfolio.1") == "{p38}:portfolio.1:open:x"


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
    reached = 0
    while reached < log.head():
        reached = Projector(
            Until(log, reached + rng.randint(1, 60 * chunk_max)), in_many, VIEWS, chunk_facts=rng.randint(1, chunk_max)
        ).catch_up()
    for view in VIEWS:
        build = f"{view.name}.{view.version}"
        assert contents(in_many, build) == contents(in_one, build)
    in_many.close()


class Until:
    """A log of which no more than up to a position is there yet."""

    def __init__(self, log, end):
        self._log, self._end = log, min(end, log.head())

    def __getattr__(self, name):
        return getattr(self._log, name)

    def head(self):
        return self._end

    def read(self, after, limit):
        return self._log.read(after, min(limit, self._end - after)) if after < self._end else ()


def test_a_batch_that_cannot_be_applied_breaks_its_build_in_that_partition_and_no_other(keeper):
    models = keeper.models
    models.begin("other", "other.1", ALL)
    apply(models, VIEW, 0, 1, Put(HASH, "m", b"text"))
    (bad,) = sections(VIEW, 1, 2, Put(SET, "x", b"1"), Add(HASH, "m", 1))[0]
    (good,) = sections(View("other", 1, None), 0, 2, Put(HASH, "a", b"1"))[0]
    with pytest.raises(BuildBroken, match=r"tried\.1 in partition 0"):
        models.apply({0: [bad, good], **sections(VIEW, 0, 2, Put(ELSEWHERE, "a", b"1"))})
    assert (standing(models, BUILD)[0], standing(models, BUILD)[63], standing(models, "other.1")[0]) == (None, 2, 2)
    with pytest.raises(BuildGone):
        models.apply(sections(VIEW, 1, 2, Put(HASH, "a", b"1")))
    assert keeper.ask(lambda reads: reads.positions(VIEW, [0, 63])) == {0: 0, 63: 2}


def test_an_operation_that_nobody_knows_is_an_error_by_its_name_and_nothing_of_its_batch_is_applied(keeper):
    operations = [["HSET", ":rows", "a", b"1"], ["SADD", ":rows", "b"]]
    with pytest.raises(OperationUnknown, match="SADD"):
        keeper.models.apply({0: [Section(VIEW.name, BUILD, 0, 1, "", operations)]})
    assert rows(keeper) == {}
    assert standing(keeper.models, BUILD)[0] == 0
    apply(keeper.models, VIEW, 0, 1, Put(HASH, "a", b"1"))


def test_a_change_that_nobody_knows_is_an_error_by_its_name():
    class Paint(msgspec.Struct):
        key: str

    with pytest.raises(ChangeUnknown, match="Paint"):
        merged(Put(HASH, "a", b"1"), Paint(HASH))


@pytest.mark.parametrize(
    "change",
    [Trim(SET, 1, ELSEWHERE), Trim(SET, 1, HASH, (), ("{p63}:all",)), Trim(SET, 1, owned=("{p63}:of:",)), Spread(SET, ELSEWHERE, b"", 1)],
)
def test_a_change_over_two_partitions_is_refused(change):
    with pytest.raises(PartitionLeft, match=r"p00.* and .*p63"):
        merged(change)


def test_a_server_that_is_not_there_is_named():
    for url in ("redis://127.0.0.1:1/0", "redis+cluster://127.0.0.1:1,127.0.0.1:2"):
        nobody = ValkeyModels(url)
        with pytest.raises(ReadModelsUnavailable):
            nobody.state(ALL)
        nobody.close()
