"""What is trending: likes lose worth with time, verified slips weigh more, an account counts once, and young accounts weigh little."""

import asyncio

import pytest

from domain.fact import micros
from domain.trending import HALF_LIFE_US, LIKE, Heat, heated, score_of, worth_of_like
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import trending as trending_view
from projections.social.trending import trending
from tests.views.history import NOON, named
from tests.views.social_history import LEG, SOCIAL_VIEWS, SocialHistory

ANN, BOB = named("account", 1), named("account", 2)
NOON_US = micros(NOON)


def told(history, sport=None, chunk_facts=1_000):
    models = MemoryModels()
    Projector(history.log, models, SOCIAL_VIEWS, chunk_facts=chunk_facts).catch_up()
    return [each.slip_id for each in asyncio.run(trending(MemoryReads(models), sport)).found]


def like(history, slip_id, likers, age_days=400):
    for number in likers:
        history.react("like", named("fan", number), slip_id, ANN, age_days)


def test_a_like_is_worth_half_after_six_hours_and_a_score_compares_for_ever():
    one = heated(Heat(), LIKE, NOON_US)
    assert heated(one, 0, NOON_US + HALF_LIFE_US).worth == LIKE // 2
    assert heated(one, 0, NOON_US + 3 * HALF_LIFE_US // 2).worth == pytest.approx(LIKE / 2**1.5, rel=0.001)
    assert heated(one, 0, NOON_US + 500 * HALF_LIFE_US).worth == 0
    assert heated(one, 1, NOON_US - 5).worth == LIKE + 1, "the log's time never goes back"
    two_early, one_late = heated(one, LIKE, NOON_US), heated(Heat(), LIKE, NOON_US + HALF_LIFE_US)
    assert score_of(two_early) == score_of(one_late)
    assert score_of(heated(Heat(), LIKE + LIKE // 100, NOON_US)) > score_of(one)
    assert score_of(heated(one, 0, NOON_US + HALF_LIFE_US)) == score_of(one)
    assert score_of(Heat()) == 0
    assert 0 < score_of(one) < 2**53


def test_two_hundred_accounts_of_a_day_weigh_less_than_ten_established_ones():
    assert 200 * worth_of_like(0, is_verified=False) < 10 * worth_of_like(400, is_verified=False)
    history = SocialHistory()
    brigaded, liked = history.pick(ANN), history.pick(ANN)
    like(history, brigaded, range(200), age_days=0)
    like(history, liked, range(10))
    assert told(history) == [liked, brigaded]


def test_a_verified_slip_weighs_more_than_a_pick():
    history = SocialHistory()
    pick, verified = history.pick(ANN), history.share(ANN, named("bet", 1), 10_00, LEG)
    like(history, pick, range(2))
    like(history, verified, range(1))
    assert told(history) == [verified, pick]


def test_an_account_counts_once_and_an_author_not_at_all():
    history = SocialHistory()
    again, once = history.pick(ANN), history.pick(ANN)
    for _ in range(5):
        history.react("like", BOB, again, ANN)
        history.unreact("like", BOB, again, ANN)
    history.react("like", ANN, again, ANN)
    like(history, once, range(2))
    assert told(history) == [once, again]
    own = history.pick(ANN)
    history.react("like", ANN, own, ANN)
    assert own not in told(history)


def test_a_slip_trends_in_the_sports_of_its_matches_and_not_while_it_is_held():
    history = SocialHistory()
    history.fixture(named("fixture", 1), sport="tennis")
    slip_id, other = history.pick(ANN), history.pick(BOB)
    history.end(named("fixture", 1))
    late = history.pick(ANN)
    like(history, slip_id, range(3))
    like(history, other, range(2))
    like(history, late, range(1))
    assert told(history) == [slip_id, other, late]
    assert (told(history, "tennis"), told(history, "football")) == ([slip_id, other], [])
    history.hold(ANN, slip_id)
    like(history, slip_id, range(10, 12))
    assert told(history, "tennis") == [other]
    history.release(ANN, slip_id)
    history.remove(BOB, other)
    assert told(history, "tennis") == told(history, "tennis", 1) == [slip_id]


@pytest.mark.parametrize("few", [1, 3, 16])
def test_the_best_are_the_same_however_few_are_asked_for_of_each_partition_first(few, monkeypatch):
    history, likes = SocialHistory(), {}
    for number in range(150):
        likes[history.pick(ANN)] = number % 7
    for slip_id, count in likes.items():
        like(history, slip_id, range(count))
    models = MemoryModels()
    Projector(history.log, models, SOCIAL_VIEWS).catch_up()
    monkeypatch.setattr(trending_view, "FIRST_OF_EACH", few)
    for limit in (1, 10, 100, 200):
        found = asyncio.run(trending(MemoryReads(models), None, limit)).found
        best = sorted([count for count in likes.values() if count], reverse=True)[:limit]
        assert [likes[each.slip_id] for each in found] == best
        monkeypatch.setattr(trending_view, "FIRST_OF_EACH", 200)
        assert asyncio.run(trending(MemoryReads(models), None, limit)).found == found
        monkeypatch.setattr(trending_view, "FIRST_OF_EACH", few)
