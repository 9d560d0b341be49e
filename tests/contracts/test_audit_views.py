"""An audit says which views it held against the log: of the others it knows nothing, and does not call them clean."""

import msgspec
import pytest

from bench import run
from domain.bet.facts import BetSettled
from domain.wallet.facts import FundsDeposited, FundsWithdrawn
from infra.audit.verification import COMPARE_TRIES, CheckpointNotKept, Comparison, Proof, anchor_of, read_checkpoint, verified
from infra.process_managers.worker import CASES_PER_CHUNK
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import BuildGone
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.servers import Servers
from infra.settings import Settings
from projections.changes import Add
from projections.social import engagement, records
from tests.audit_story import clean, played
from tests.views.history import VIEWS

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
    assert found.figures["bets_unsettled"] == 0
    assert found.anchor == anchor_of(clean()).text


def test_views_that_are_away_are_named_as_not_compared():
    found = audit(Projector(clean(), ValkeyModels("redis://127.0.0.1:1/0"), VIEWS))
    assert (found.wrong, found.figures["views_compared"], found.views_not_compared) == ("", [], NAMES)


def test_of_a_log_that_is_wrong_no_view_is_compared():
    story = clean().change(clean().place(FundsDeposited), available_minor=1)
    found = verified(story, Projector(story, MemoryModels(), VIEWS), NAMES, tick)
    assert found.wrong
    assert found.views_not_compared == NAMES


def test_a_view_that_is_rebuilt_meanwhile_is_compared_again_but_not_for_ever():
    assert audit(Rebuilt(COMPARE_TRIES - 1)).views_not_compared == []
    assert audit(Rebuilt(COMPARE_TRIES)).views_not_compared == NAMES[:1]


def test_a_view_that_differs_was_compared():
    models = MemoryModels()
    Projector(clean(), models, VIEWS).catch_up()
    forged = clean().sealed()
    forged.change(forged.place(FundsWithdrawn), available_minor=7)
    comparison = Comparison(Projector(forged, models, VIEWS))
    assert [(found.name, found.view) for found in comparison.differences("statement")] == [("view-differs", "statement")]
    assert comparison.compared == ["statement"]


def doubling(view, kind):
    """A view whose code is wrong: it counts facts of a kind twice."""

    def project(recorded, *rows):
        changes = view.project(recorded, *rows)
        return [each for change in changes for each in ([change] * (2 if isinstance(change, kind) else 1))]

    return view._replace(project=project)


def mistaken(recorded, rows):
    """What the view of records makes of a settlement if it takes void bets for won ones, and all others for void."""
    if isinstance(body := recorded.body, BetSettled):
        body = msgspec.structs.replace(body, outcome="won" if body.outcome == "void" else "void")
        recorded = msgspec.structs.replace(recorded, body=body)
    return records.project(recorded, rows)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (doubling(engagement.VIEW, Add), "likes"),
        (doubling(records.VIEW, Add), "bets"),
        (records.VIEW._replace(project=mistaken), "returned_minor"),
    ],
)
def test_a_view_whose_own_code_is_wrong_is_found_by_sums_of_the_audits_own(wrong, named):
    models, view = MemoryModels(), wrong.name
    projector = Projector(clean(), models, [wrong])
    projector.catch_up()
    assert projector.compare(view).difference is None, "it differs in nothing from what its own code makes of the log"
    (found,) = Comparison(projector).differences(view)
    assert (found.name, found.view, found.sum.endswith((named, "tailers"))) == ("sum-differs", view, True)
    assert list(Comparison(Projector(clean(), MemoryModels(), VIEWS)).differences(view)) == []


def test_a_view_of_another_history_is_named():
    models = MemoryModels()
    Projector(clean(), models, VIEWS).catch_up()
    forged = clean()
    forged.change(forged.place(FundsWithdrawn), available_minor=7)
    comparison = Comparison(Projector(forged, models, VIEWS))
    assert [found.name for found in comparison.differences(NAMES[0])] == ["view-of-another-history"]


def test_a_view_that_is_newer_than_the_log_is_named_and_nothing_breaks():
    """As after a restore from a backup: the log ends before what the views have seen."""
    models = MemoryModels()
    Projector(clean(), models, VIEWS).catch_up()
    restored = clean().until(len(clean().log) - 3)
    found = verified(restored, Projector(restored, models, VIEWS), NAMES, tick)
    assert found.wrong.startswith("A read model stands beyond the log's end")
    assert found.figures["views_compared"] == NAMES[:1]


def test_an_audit_goes_on_from_the_checkpoint_that_the_one_before_left(tmp_path):
    file, story = tmp_path / "audit.checkpoint", clean()
    first = verified(played(), None, [], tick, proof=Proof(checkpoint_file=file))
    assert (first.wrong, first.since) == ("", 0)
    assert file.stat().st_mode & 0o077 == 0
    then = verified(story, None, [], tick, proof=Proof(checkpoint_file=file))
    assert (then.wrong, then.since, then.facts) == ("", len(played().log), len(story.log))
    assert read_checkpoint(file).proved.upto == len(story.log)


def test_a_checkpoint_that_is_of_no_use_is_passed_over(tmp_path):
    file = tmp_path / "audit.checkpoint"
    file.write_bytes(b"nothing of ours")
    assert read_checkpoint(file) is None
    found = verified(clean(), None, [], tick, proof=Proof(checkpoint_file=file))
    assert (found.wrong, found.since) == ("", 0)
    assert read_checkpoint(file) is not None


def test_a_checkpoint_that_cannot_be_kept_is_said_in_one_line(tmp_path):
    (tmp_path / "a file").write_bytes(b"")
    with pytest.raises(CheckpointNotKept, match="cannot be written"):
        verified(clean(), None, [], tick, proof=Proof(checkpoint_file=tmp_path / "a file" / "audit.checkpoint"))
    verified(clean(), None, [], tick, proof=Proof(checkpoint_file=tmp_path / "new" / "audit.checkpoint"))
    assert read_checkpoint(tmp_path / "new" / "audit.checkpoint") is not None


def test_a_log_that_is_wrong_leaves_no_checkpoint(tmp_path):
    story = clean().change(clean().place(FundsDeposited), available_minor=1)
    verified(story, None, [], tick, proof=Proof(checkpoint_file=tmp_path / "audit.checkpoint"))
    assert list(tmp_path.iterdir()) == []


def test_a_benchmark_that_fails_ends_the_command_with_its_code(monkeypatch):
    monkeypatch.setattr(run, "BENCHMARKS", {"there is no such benchmark in the process that runs it": None})
    with pytest.raises(SystemExit) as ended:
        run.run_named("all")
    assert ended.value.code == 1


@pytest.mark.parametrize("commands", [16, 2_000])
def test_the_settler_commits_the_bets_of_a_market_in_the_chunks_they_are_taken_in(database_url, commands):
    servers = Servers(Settings(database_url=database_url, commands_per_batch_max=commands))
    with servers.dispatcher(CASES_PER_CHUNK) as (_, _, dispatcher):
        assert dispatcher._size.commands_max == max(commands, CASES_PER_CHUNK)
