"""Lists that exist while somebody reads them: begun by a reader, spread to by the projector, passed over by comparisons; and feeds."""

import asyncio

import pytest

from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.changes import AddAll, Rank, Spread
from projections.ports import AllFields, Common, Entries, Scores, Size, View
from projections.social import feed_page, follows
from projections.social.feed_page import following_page
from projections.social.follows import FOLLOWING, TIMELINE, key_of, unpushed_key
from tests.contracts.read_models_under_test import ALL, KEEPERS, apply
from tests.views.feed_model import FeedModel
from tests.views.history import named
from tests.views.social_history import SOCIAL_VIEWS, SocialStory, crowded

VIEW = View("tried", 1, lambda _fact: (), caches=("list:",))
SET, LIST = "{p00}:set", "{p00}:list:m"
ANN = named("account", 0)


@pytest.fixture(params=KEEPERS)
def keeper(request):
    made = KEEPERS[request.param](request.getfixturevalue)
    yield made
    made.close()


def begun(keeper):
    keeper.models.begin(VIEW.name, "tried.1", ALL)
    keeper.models.switch(VIEW.name, dict.fromkeys(ALL, (None, "tried.1")))


def asked(keeper, *asks):
    return keeper.ask(lambda reads: reads.many(VIEW, asks))


def keep(keeper, key=LIST, keep_s=60):
    keeper.ask(lambda reads: reads.keep_list(VIEW, key, keep_s))


def spread(position, keeper, entry):
    apply(keeper.models, VIEW, position - 1, position, Spread(SET, "{p00}:list:", entry, 3, existing_only=True))


def test_members_are_asked_where_they_stand_and_sets_how_large_they_are(keeper):
    begun(keeper)
    apply(keeper.models, VIEW, 0, 1, Rank(SET, "a", 5), Rank(SET, "b", 2**53 - 1))
    assert asked(keeper, Scores(SET, ["b", "x", "a"]), Size(SET), Size("{p63}:none"), Scores("{p63}:none", ["a"]), Entries(LIST, 5)) == [
        [2**53 - 1, None, 5],
        2,
        0,
        [None],
        [],
    ]


def test_all_fields_of_a_hash_are_asked_without_their_names_and_of_a_larger_one_so_many(keeper):
    begun(keeper)
    named = [AddAll("{p00}:sums", field, (number, -number)) for number, field in enumerate(("a b", "c", "d", "e"))]
    apply(keeper.models, VIEW, 0, 1, *named, AddAll("{p00}:sums", "c", (-1, 2**53 - 2)), AddAll("{p00}:sums", "e", (-3, 3)))
    whole, one, none = asked(keeper, AllFields("{p00}:sums", 2), AllFields("{p00}:sums", 1), AllFields("{p63}:none", 9))
    assert whole == {"c": b"0 %d" % (2**53 - 3), "d": b"2 -2"}
    assert len(one) == 1
    assert one.items() <= whole.items()
    assert none == {}


def test_the_members_that_another_set_has_too_come_with_where_they_stand_there(keeper):
    begun(keeper)
    apply(keeper.models, VIEW, 0, 1, Rank(SET, "a", 5), Rank(SET, "b", 6), Rank("{p00}:two", "b", 2**53 - 1), Rank("{p00}:two", "c", 1))
    assert asked(keeper, Common(SET, "{p00}:two"), Common("{p63}:none", "{p63}:two")) == [{"b": 2**53 - 1}, {}]


def test_a_set_with_too_many_members_is_not_spread_over_and_says_so(keeper):
    begun(keeper)
    apply(keeper.models, VIEW, 0, 1, Rank(SET, "m", 1), Rank(SET, "n", 1))
    keep(keeper)
    instead = Rank("{p00}:unpushed", "author", 2)
    apply(keeper.models, VIEW, 1, 2, Spread(SET, "{p00}:list:", b"one", 3, members_max=1, instead=instead))
    apply(keeper.models, VIEW, 2, 3, Spread(SET, "{p00}:list:", b"two", 3, members_max=2, instead=instead))
    assert asked(keeper, Entries(LIST, 9), Scores("{p00}:unpushed", ["author"])) == [[b"two", b"1"], [2]]


def test_a_list_begins_with_the_position_of_its_partition_and_holds_what_is_spread_from_then_on(keeper):
    begun(keeper)
    keep(keeper)
    assert asked(keeper, Entries(LIST, 9)) == [[b"0"]]
    apply(keeper.models, VIEW, 0, 7, Rank(SET, "m", 1), Rank(SET, "n", 1))
    keep(keeper, "{p00}:list:n")
    spread(8, keeper, b"one")
    keep(keeper)
    spread(9, keeper, b"two")
    assert asked(keeper, Entries(LIST, 9), Entries("{p00}:list:n", 2)) == [[b"two", b"one", b"0"], [b"two", b"one"]]
    spread(10, keeper, b"three")
    assert asked(keeper, Entries(LIST, 9), Entries("{p00}:list:x", 9)) == [[b"three", b"two", b"one"], []]


def test_no_list_is_begun_where_there_is_no_build(keeper):
    keep(keeper)
    begun(keeper)
    assert asked(keeper, Entries(LIST, 9)) == [[]]


@pytest.mark.parametrize("seed", [1])
def test_a_feed_is_the_same_in_memory_and_on_servers_and_its_timelines_are_no_difference(keeper, seed, monkeypatch):
    monkeypatch.setattr(follows, "TIMELINE_MAX", 9)
    monkeypatch.setattr(feed_page, "FIRST_ENTRIES", 4)
    story, memory = SocialStory(seed, crowded(6)), MemoryModels()
    views = [follows.view_of(64) if view is follows.VIEW else view for view in SOCIAL_VIEWS]
    for _ in range(3):
        story.go_on(40)
        Projector(story.history.log, memory, SOCIAL_VIEWS).catch_up()
        Projector(story.history.log, keeper.models, views, chunk_facts=23).catch_up()
        for viewer in story.accounts:
            page = keeper.ask(lambda reads, viewer=viewer: following_page(reads, viewer, None, 5, 0))
            assert page.found == asyncio.run(following_page(MemoryReads(memory), viewer, None, 5, 0)).found
            assert [each.entry.slip_id for each in page.found] == [
                slip_id for _, slip_id, _ in FeedModel(story.history.log, story.history.log.head()).feed(viewer)[:5]
            ]
    entries, large = keeper.ask(
        lambda reads: reads.many(follows.VIEW, [Entries(key_of(TIMELINE, ANN), 99), Common(key_of(FOLLOWING, ANN), unpushed_key(ANN))])
    )
    assert entries, "what is read is kept"
    assert large, "and somebody is large"
    projector = Projector(story.history.log, keeper.models, views)
    assert [projector.compare(view.name).difference for view in SOCIAL_VIEWS] == [None] * len(SOCIAL_VIEWS)
    projector.rebuild(follows.VIEW.name)
    assert keeper.ask(lambda reads: reads.many(follows.VIEW, [Entries(key_of(TIMELINE, ANN), 99)])) == [[]]
    first = keeper.ask(lambda reads: following_page(reads, ANN, None, 50, 0))
    assert [each.entry.slip_id for each in first.found] == [
        slip_id for _, slip_id, _ in FeedModel(story.history.log, story.history.log.head()).feed(ANN)
    ]
