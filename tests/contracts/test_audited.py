"""Journeys that wait for a clean audit fail at once with what it found, and wait only for what is late, by what the command line prints."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.audit_report import Verified
from api.cli.app import build_cli
from commands.audit import Violation, violations
from commands.audit.violations import SettlementOverdue, TableDiffers
from tests.journeys.audited import LATE as FOUND_LATE
from tests.journeys.audited import until_clean
from tests.journeys.process_tree import Site

WHERE: Any = {"position": 7, "stream_id": "a bet", "fact": "bet.placed.v9"}
LATE = SettlementOverdue(**WHERE, bet_id="a bet", due_for_s=61)
DIFFERENT = TableDiffers(**WHERE, table="open_leg", key="a bet", in_log="open since 7", in_table="no such row")


class Audited(Site):
    """A Slipstream whose audit finds one thing after another, and in the end that some views could not be compared, and then nothing."""

    def __init__(self, *found: Violation) -> None:
        super().__init__(0, Path())
        self.left = [*[Verified(7, 1.0, str(each), {}) for each in found], Verified(7, 1.0, "", {"views_not_compared": ["board"]})]

    def verify(self, *_asked: object) -> Verified:
        return self.left.pop(0) if self.left else Verified(7, 1.0, "", {})

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        operations: Any = self
        done = CliRunner().invoke(build_cli(operations, lambda *_: None), words, env=env)
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def test_what_is_only_late_is_waited_for_and_so_are_views_that_could_not_be_compared():
    site = Audited(LATE, LATE)
    until_clean(site)
    assert site.left == []


def test_everything_that_is_overdue_is_late_and_nothing_else():
    late = {
        name for name, each in vars(violations).items() if (getattr(each, "__doc__", None) or " ").splitlines()[0].startswith(FOUND_LATE)
    }
    assert late == {name for name in vars(violations) if name.endswith("Overdue")}


def test_what_no_waiting_mends_fails_at_once_with_what_was_found():
    site = Audited(LATE, DIFFERENT, LATE)
    with pytest.raises(AssertionError, match="in_table=no such row"):
        until_clean(site)
    assert len(site.left) == 2


def test_what_stays_late_is_told_in_the_end():
    site = Audited(*[LATE] * 3)
    with pytest.raises(AssertionError, match="not within") as failed:
        until_clean(site, timeout_s=-1)
    assert "due_for_s=61" in failed.value.__notes__[0]
