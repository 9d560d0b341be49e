"""What an account held at any moment: by the log's time, and never an answer about what the log has not come to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from api.moments import moment_in, position_or_moment
from api.refusals import MomentMalformed, MomentNotReached, PositionNotReached, WalletNotYetOpened
from commands.audit import balance_at
from commands.ports import Append, NewFact
from domain.fact import Fact, Recorded, micros
from domain.ids import wallet_of
from domain.wallet.facts import FundsDeposited, FundsWithdrawn, WalletOpened
from infra.audit.log_auditing import held_at
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later

ANN = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b"
WALLET = wallet_of(ANN)


class Log:
    """A log in memory whose facts were committed at moments of their own, whatever their authors said."""

    def __init__(self) -> None:
        self.now = NOON
        self.store = MemoryEventStore(clock_us=lambda: micros(self.now))
        self.committed(later(hours=1), NewFact("0197a0b1-c2d3-7e4f-8a5b-000000000000", 1, WalletOpened("x", "EUR", NOON)))
        self.wallet(2, WalletOpened(ANN, "EUR", later(hours=9)))
        self.wallet(3, FundsDeposited(ANN, 100, "in", 100, later(hours=-5)))
        self.wallet(4, FundsWithdrawn(ANN, 40, "out", 60, later(hours=-9)))

    def committed(self, at: datetime, fact: NewFact) -> None:
        self.now = at
        assert self.store.append_many([Append([fact])]).verdicts[0].accepted

    def wallet(self, hour: int, fact: Fact) -> None:
        self.committed(later(hours=hour), NewFact(WALLET, hour - 1, fact))

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        return self.store.load(streams)

    def max_notification_id(self) -> int:
        return self.store.head()


@pytest.fixture
def log() -> Log:
    return Log()


def test_money_that_was_committed_later_does_not_show_earlier_whatever_its_author_said(log: Log):
    held = [(at, balance_at(log, ANN, at=later(hours=at))) for at in (1, 2, 2.5, 3, 4, 100)]
    assert [(at, balance.available_minor, balance.position) for at, balance in held] == [
        *[(1, 0, 0), (2, 0, 2), (2.5, 0, 2), (3, 100, 3), (4, 60, 4), (100, 60, 4)]
    ]


def test_a_position_beyond_the_log_and_a_moment_to_come_are_refused(log: Log):
    now = later(days=1)
    with pytest.raises(PositionNotReached) as beyond:
        held_at(log, ANN, 20261126, now)
    assert beyond.value.evidence() == {"position": 20261126, "head": 4}
    with pytest.raises(MomentNotReached):
        held_at(log, ANN, later(days=2), now)
    held = held_at(log, ANN, 4, now)
    assert held is not None
    assert held.available_minor == 60
    assert held_at(log, ANN, now, now) == held_at(log, ANN, None, now) == held


def test_an_account_that_did_not_exist_yet_says_so_and_one_that_never_did_has_nothing(log: Log):
    for moment in (1, later(hours=1)):
        with pytest.raises(WalletNotYetOpened) as early:
            held_at(log, ANN, moment, later(days=1))
        assert early.value.evidence() == {"account_id": ANN, "opened_at": later(hours=2), "opened_position": 2}
    assert held_at(log, "0197a0b1-c2d3-7e4f-8a5b-111111111111", 1, later(days=1)) is None


MOMENTS: dict[str, Any] = {
    "2026-06-11T19:00:00Z": datetime(2026, 6, 11, 19, tzinfo=UTC),
    "2026-06-11T19:00:00.123456+02:00": datetime(2026, 6, 11, 17, 0, 0, 123456, tzinfo=UTC),
    "2026-06-11t19:00z": datetime(2026, 6, 11, 19, tzinfo=UTC),
    "20260611": None, "20260611T190000Z": None, "2026-06-11": None, "2026-06-11T19:00:00": None, "2026-06-11 19:00:00Z": None,
    "2026-W24-4T19:00:00Z": None, "1781204400": None, "1781204400.0": None, "2026-06-31T19:00:00Z": None, "2026-06-11T25:00:00Z": None,
    "\uff12026-06-11T19:00:00Z": None, "": None, "now": None,
    "2026-06-11T19:00:00Z ": None, "2026-06-11T19:00:00+99:00": None,
}  # fmt: skip


@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_is_iso_8601_with_its_offset_and_nothing_else(text: str):
    assert moment_in(text) == MOMENTS[text]


@pytest.mark.parametrize("text", ["-1", "+5", "1.0", "1e3", "\u0665", "12345678901234567", "2026-11-26", "2026-11-26T12:00:00"])
def test_what_is_neither_a_position_nor_a_moment_is_refused(text: str):
    with pytest.raises(MomentMalformed):
        position_or_moment(text)
