"""An audit says which views it held against the log: of the others it knows nothing, and does not call them clean."""

import pytest

from bench import run
from infra.auditing import COMPARE_TRIES, Comparison, verified
from infra.compose import Slipstream
from infra.projector import Projector
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import BuildGone
from infra.readmodels.valkey import ValkeyModels
from infra.settings import Settings
from infra.settler.worker import LEGS_PER_CHUNK
from tests import audit_story
from tests.views.history import VIEWS


class MarkedStory(audit_story.Story):
    """A log written by hand that tells its mark."""

    def mark_at(self, position):
        return f"a story:{position}" if position <= self.head() else None


def clean():
    return MarkedStory(audit_story.clean().log)


NAMES = [view.name for view in VIEWS]


def tick(done: int, total: int) -> None:
    assert done <= total


def audit(projector, views=NAMES):
    return verified(clean(), projector, views, tick)


class Rebuilt(Projector):
    """A projector of views that are rebuilt so many times while they are compared."""

    def __init__(self, times):
        super().__init__(clean(), MemoryModels(), VIEWS)
        self.times = times

    def compare(self, name):
        if self.times:
            self.times -= 1
            raise BuildGone(name)
        return super().compare(name)


def test_views_that_are_there_are_named_as_compared():
    found = audit(Projector(clean(), MemoryModels(), VIEWS))
    assert (found.wrong, found.figures["views_compared"], found.views_not_compared) == ("", NAMES, [])
    assert (found.figures["bets_unsettled"], found.figures["wallets_without_account"]) == (0, 0)


def test_views_that_are_away_are_named_as_not_compared():
    found = audit(Projector(clean(), ValkeyModels("redis://127.0.0.1:1/0"), VIEWS))
    assert (found.wrong, found.figures["views_compared"], found.views_not_compared) == ("", [], NAMES)


def test_of_a_log_that_is_wrong_no_view_is_compared():
    story = clean().change(5, available_minor=1)
    found = verified(story, Projector(story, MemoryModels(), VIEWS), NAMES, tick)
    assert found.wrong
    assert found.views_not_compared == NAMES


def test_a_view_that_is_rebuilt_meanwhile_is_compared_again_but_not_for_ever():
    assert audit(Rebuilt(COMPARE_TRIES - 1)).views_not_compared == []
    assert audit(Rebuilt(COMPARE_TRIES)).views_not_compared == NAMES[:1]


def test_a_view_that_differs_was_compared():
    models = MemoryModels()
    Projector(clean(), models, VIEWS).catch_up()
    comparison = Comparison(Projector(clean().change(18, available_minor=7), models, VIEWS))
    assert [found.view for found in comparison.differences(NAMES[0])] == NAMES[:1]
    assert comparison.compared == NAMES[:1]


def test_a_benchmark_that_fails_ends_the_command_with_its_code(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "BENCHMARKS", {"there is no such benchmark in the process that runs it": None})
    with pytest.raises(SystemExit) as ended:
        Slipstream(Settings(data_dir=tmp_path)).bench("all")
    assert ended.value.code == 1


@pytest.mark.parametrize("commands", [16, 10_000])
def test_the_settler_commits_the_bets_of_a_market_in_the_chunks_they_are_taken_in(database_url, commands):
    house = Slipstream(Settings(database_url=database_url, commands_per_batch_max=commands))
    with house._dispatcher(LEGS_PER_CHUNK) as (_, _, dispatcher):
        assert dispatcher._size.commands_max == max(commands, LEGS_PER_CHUNK)
